"""Tables and queries of notify. Table classes do not leave this folder."""

from .tables import Table

__all__ = ["Table"]
