"""What a letter may become; the standard library only."""
