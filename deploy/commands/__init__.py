"""What the operator's command does, one file per command."""
