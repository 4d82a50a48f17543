"""What badges needs to run, beside what every service needs."""

import base64
import binascii
from typing import ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from services.chassis.settings import Settings as ChassisSettings

from .domain.issue import Naming


def key_bytes(text: str) -> bytes:
    """The bytes of a key written as 64 hex digits or in base64; none where it is neither."""
    text = text.strip()
    try:
        return bytes.fromhex(text) if len(text) == 64 else base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return b""


class Settings(ChassisSettings):
    """Settings of badges. The key-encryption key has no default: keys sealed under a known one are not."""

    service: ClassVar[str] = "badges"

    key_encryption_key: SecretStr = Field(
        description="seals the organisations' private keys at rest: 32 bytes as 64 hex digits or in base64;"
        " part of the backup, as badges can no longer be issued without it"
    )
    require_verification: bool = Field(
        default=True, description="whether an operator must verify an organisation before it awards"
    )
    learners_are_minors: bool = Field(
        default=False,
        description="whether learners are minors: badges then name their holder by a random number (see"
        " RECIPIENTS_NAMED_BY), and show no Open Badges 2.0 view until the holder says so",
    )
    recipients_named_by: Literal["hash", "number"] | None = Field(
        default=None,
        description="how badges name their holder: by a salted hash of the address, or by a random number;"
        " where not set by a number if learners are minors, else by a hash",
    )
    hash_beside_wallet: bool = Field(
        default=True,
        description="whether badges of who proved a wallet also bear the hashed address, where others do",
    )
    endorsements_carried: int = Field(
        default=10,
        ge=0,
        le=50,
        description="endorsements that a badge carries at most as endorsementJwt; 0: by link alone, for"
        " validators whose copy of the Open Badges context does not know that term",
    )
    evidence_of_minors: bool = Field(
        default=False,
        description="whether badges may carry evidence though learners are minors",
    )
    badge_colour: str = Field(
        default="#0b5a9c", pattern="^#[0-9a-fA-F]{6}$", description="the city's colour on its badges, #rrggbb"
    )
    workers: int = Field(
        default=1, ge=0, le=64, description="processes that sign and draw; 0 for a thread of the service"
    )
    issue_batch: int = Field(default=200, ge=1, le=2000, description="badges signed in one transaction")
    contact_address: str | None = Field(
        default=None,
        max_length=254,
        pattern=r"^[^\s@]+@[^\s@]+$",
        description="e-mail address in Open Badges 2.0 issuer profiles, which must have one;"
        " badges@<host of PUBLIC_URL> where not set",
    )
    status_ttl_seconds: int = Field(
        default=300, ge=1, description="how long a status list may be kept by whoever fetched it, seconds"
    )
    status_valid_days: int = Field(
        default=30, ge=1, le=3650, description="until when a signed status list counts, days; renewed halfway"
    )
    verify_seconds: float = Field(
        default=4.5, gt=0, le=60, description="longest time that verifying one badge may take, seconds"
    )
    verify_per_minute: int = Field(
        default=120,
        ge=0,
        description="times that one client may ask for /verify in a minute, per process; 0 for no limit",
    )
    verify_allowed_hosts: str = Field(
        default="",
        description="hosts, by spaces, from which verification may fetch though they are not public",
    )
    max_rows: int = Field(default=5000, ge=1, description="people in one direct award")
    max_bulk_rows: int = Field(default=50_000, ge=1, description="people in one bulk award")
    max_bulk_bytes: int = Field(default=10_000_000, ge=1, description="largest list of a bulk award, bytes")
    bulk_batch: int = Field(
        default=400, ge=1, le=2000, description="people awarded in bulk in one transaction"
    )
    bulk_batches_at_once: int = Field(
        default=2,
        ge=1,
        le=16,
        description="batches of bulk awards in hand: one is stored while one is signed",
    )
    bulk_backlog: int = Field(
        default=3000, ge=1, description="events that may wait for NATS before bulk awards wait for them"
    )
    keep_rows_days: int = Field(
        default=30, ge=0, description="days that addresses, names and notes of a finished bulk award are kept"
    )

    @field_validator("key_encryption_key")
    @classmethod
    def _key(cls, value: SecretStr) -> SecretStr:
        if len(key_bytes(value.get_secret_value())) != 32:
            raise ValueError("give 32 random bytes as 64 hex digits or in base64")
        return value

    @field_validator("recipient_secret")
    @classmethod
    def _secret(cls, value: SecretStr) -> SecretStr:
        if len(value.get_secret_value().encode()) < 16:
            raise ValueError("set at least 16 characters; it can never change afterwards")
        return value

    def max_body(self, path: str) -> int:
        """The largest body that a path takes, bytes; lists of bulk awards have a limit of their own."""
        bulk = path.startswith("/achievements/") and path.endswith("/awards/bulk")
        return self.max_bulk_bytes if bulk else super().max_body(path)

    @property
    def naming(self) -> Naming:
        """How badges name who holds them."""
        chosen = self.recipients_named_by or ("number" if self.learners_are_minors else "hash")
        return Naming(hashed=chosen == "hash", hash_beside_wallet=self.hash_beside_wallet)

    @property
    def contact(self) -> str:
        """The e-mail address that issuer profiles give."""
        return self.contact_address or f"badges@{urlsplit(self.public_url).hostname}"

    @property
    def sealing_key(self) -> bytes:
        """The 32 bytes of the key-encryption key."""
        return key_bytes(self.key_encryption_key.get_secret_value())
