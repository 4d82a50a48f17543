"""What tests of badges share: a city that does not exist, and the world a stranger sees of it."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from services.badges import status_list
from services.badges.domain.badge import Credential
from services.badges.domain.credential import Document
from services.badges.domain.status import StatusList, status_list_document
from services.badges.signing import SigningKey, sign, stored_form

CITY = "https://city.test"
ORGANISATION = "0199a0b0-0000-7000-8000-000000000001"
NOW = datetime(2026, 10, 1, 9, 30, 15, tzinfo=UTC)
STANDARDS = Path(__file__).parents[2].parent / "shared" / "data" / "standards"


@dataclass
class World:
    """What a stranger can fetch: DID documents and status lists by address. Tests change it as they need."""

    did_documents: dict[str, Document]
    status_lists: dict[str, bytes]

    def resolve_did(self, did: str) -> Document | None:
        """As a verifier's DID resolver."""
        return self.did_documents.get(did)

    def fetch_status_list(self, url: str) -> bytes | None:
        """As a verifier's fetch of a status list."""
        return self.status_lists.get(url)


def published_list(
    credential: Credential, key: SigningKey, withdrawn: tuple[int, ...] = (), **changes: Any
) -> bytes:
    """The signed status list that the credential points to."""
    bits = status_list.with_withdrawn(status_list.empty(), withdrawn)
    published = StatusList(credential.status.list_url, credential.issuer.id, status_list.encode(bits), NOW)
    return stored_form(sign(status_list_document(replace(published, **changes)), key, NOW))


def uncontested(texts: list[str]) -> bool:
    """Whether all verifiers sort these alike; others cannot be signed (`refuse_contested_order`)."""
    return sorted(texts) == sorted(texts, key=lambda text: text.encode("utf-16-be", "surrogatepass"))
