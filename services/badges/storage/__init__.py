"""Tables and queries of badges. Table classes do not leave this folder."""

from .tables import Table

__all__ = ["Table"]
