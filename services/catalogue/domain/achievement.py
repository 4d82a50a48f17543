"""The badge that an activity gives, as badges announced it."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class Achievement:
    """A badge that can be earned; of its versions the highest counts."""

    id: UUID
    version: int
    activity: UUID
    name: str
    picture: str
