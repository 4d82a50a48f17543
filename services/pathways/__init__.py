"""Playlists of steps towards a badge, and each learner's way through them."""
