"""The rules of badges as values and plain functions; nothing but the standard library."""
