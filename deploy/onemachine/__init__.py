"""A whole city on one machine: the real components as child processes of one supervisor."""
