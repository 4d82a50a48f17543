"""What the catalogue keeps, in PostgreSQL; one module per concept."""

from . import (
    achievements,
    activities,
    clients,
    completions,
    learners,
    organisations,
    participations,
    recipients,
    search,
    sign_ins,
    skill_import,
    skills,
    words,
)
from .tables import Table

__all__ = [
    "Table",
    "achievements",
    "activities",
    "clients",
    "completions",
    "learners",
    "organisations",
    "participations",
    "recipients",
    "search",
    "sign_ins",
    "skill_import",
    "skills",
    "words",
]
