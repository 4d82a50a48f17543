"""Tables and queries of badges. Table classes do not leave this folder."""

from .endorsements import CarriedRow, EndorsementRow
from .tables import Table
from .wallets import ChallengeRow, WalletRow

__all__ = ["CarriedRow", "ChallengeRow", "EndorsementRow", "Table", "WalletRow"]
