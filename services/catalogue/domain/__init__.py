"""The rules of the catalogue. Standard library only."""
