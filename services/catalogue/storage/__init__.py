"""What the catalogue keeps, in PostgreSQL; one module per concept."""

from . import activities, completions, organisations, participations, recipients
from .tables import Table

__all__ = ["Table", "activities", "completions", "organisations", "participations", "recipients"]
