"""What a pathway is and how far somebody has come; the standard library only."""
