"""What can be done in the catalogue: one function each, in the caller's transaction."""
