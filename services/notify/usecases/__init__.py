"""What notify does. Each function works in its caller's transaction."""
