"""What the catalogue keeps, in PostgreSQL; one module per concept."""

from . import activities, completions, learners, organisations, participations, recipients, sign_ins
from .tables import Table

__all__ = [
    "Table",
    "activities",
    "completions",
    "learners",
    "organisations",
    "participations",
    "recipients",
    "sign_ins",
]
