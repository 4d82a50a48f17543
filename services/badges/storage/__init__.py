"""Tables and queries of badges. Table classes do not leave this folder."""

from .endorsements import EndorsementRow
from .tables import Table

__all__ = ["EndorsementRow", "Table"]
