"""Verifying anybody's badge: what was handed in, who signed it, whether it still holds, line by line."""
