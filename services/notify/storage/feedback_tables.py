"""The tables of what comes back: bounces, complaints, what readers want, corrected addresses, digests."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field

from .tables import MOMENT, Table


class FeedbackRow(Table, table=True):
    """Something came back about a letter: what, why, and from where. `reason` is personal."""

    __tablename__ = "feedback"
    id: UUID = Field(primary_key=True)
    letter: UUID = Field(index=True)
    kind: str
    reason: str | None = None
    source: str
    at: datetime = Field(sa_type=MOMENT)


class SuppressedRow(Table, table=True):
    """An address nothing is sent to, in its normal form."""

    __tablename__ = "suppressed"
    address: str = Field(primary_key=True)
    recipient: UUID | None = Field(default=None, index=True)
    why: str
    by: str
    at: datetime = Field(sa_type=MOMENT)


class PreferenceRow(Table, table=True):
    """What a reader wants: `what` is `language`, or a kind of letter they do not want.

    `reader` is a recipient; of a digest its organisation, of a subscription's letter the subscription.
    """

    __tablename__ = "preference"
    reader: UUID = Field(primary_key=True)
    what: str = Field(primary_key=True)
    value: str = ""


class CorrectionRow(Table, table=True):
    """Somebody corrected where a letter goes: who and when. The address is the letter's own."""

    __tablename__ = "correction"
    id: UUID = Field(primary_key=True)
    letter: UUID = Field(index=True)
    by: str
    at: datetime = Field(sa_type=MOMENT)


class DigestRow(Table, table=True):
    """Who gets an organisation's digest, and until when the last one reached."""

    __tablename__ = "digest"
    organisation: UUID = Field(primary_key=True)
    address: str
    language: str
    until: datetime = Field(sa_type=MOMENT)
