"""NATS for a city: users and their permissions."""
