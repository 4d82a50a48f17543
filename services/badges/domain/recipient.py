"""What is known of a recipient, and whose word counts.

What the person says outranks what an organiser wrote; then the newest counts, and between two of the same
moment the later in alphabetical order, so that it never matters which came first. Nothing said before a
person was forgotten counts ever again.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

SaidBy = Literal["person", "organiser"]


@dataclass(frozen=True, slots=True)
class Named:
    """Address and language of a recipient, as somebody gave them at `at`."""

    address: str
    language: str | None
    said_by: SaidBy
    at: datetime
