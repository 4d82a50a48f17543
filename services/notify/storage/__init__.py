"""Tables and queries of notify. Table classes do not leave this folder."""

from . import feedback_tables as feedback_tables
from . import integration_tables as integration_tables
from .tables import Table

__all__ = ["Table"]
