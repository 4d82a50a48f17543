"""Foreign badges of every kind, and a world in which they are published."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import orjson

from services.badges import status_list
from services.badges.checking.checklist import verify
from services.badges.checking.findings import LINES, Checklist
from services.badges.vocabularies import (
    CREDENTIALS_V1,
    CREDENTIALS_V2,
    DATA_INTEGRITY_V1,
    OPEN_BADGES_3_0_1,
    OPEN_BADGES_3_0_3,
    OPEN_BADGES_EXTENSIONS,
    STATUS_LIST_2021_V1,
)
from tests.badges.issuing_elsewhere import (
    DID_KEY,
    Document,
    Internet,
    with_proof,
)

T = TypeVar("T")
NOW = datetime(2026, 10, 2, tzinfo=UTC)
LIST = "https://issuer.example/status/1"
ADDRESS = "a@example.com"
IDENTITY = {
    "type": "IdentityObject",
    "hashed": True,
    "identityType": "emailAddress",
    "salt": "Kosher",
    "identityHash": "sha256$b5809d8a92f8858436d7e6b87c12ebc0ae1eac4baecc2c0b913aee2c922ef399",
}
STATUS = {
    "id": f"{LIST}#7",
    "type": "BitstringStatusListEntry",
    "statusPurpose": "revocation",
    "statusListIndex": "7",
    "statusListCredential": LIST,
}


@dataclass
class Elsewhere(Internet):
    """The internet as a world that a verifier asks."""

    trusted: set[str] | None = None

    def __init__(self, trusted: set[str] | None = None) -> None:
        super().__init__()
        self.trusted = trusted

    async def work(self, what: Callable[..., T], *args: Any) -> T:
        """Worked out here, as these documents are ours."""
        return what(*args)


def badge(issuer: str = DID_KEY, **more: Any) -> Document:
    """A badge of the data model 2.0, not signed yet."""
    return {
        "@context": [CREDENTIALS_V2, OPEN_BADGES_3_0_3, OPEN_BADGES_EXTENSIONS],
        "id": "urn:uuid:7c0b5a0e-3c55-4d0c-9e35-000000000001",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": "Podcast",
        "issuer": {"id": issuer, "type": ["Profile"], "name": "Radio"},
        "validFrom": "2026-10-01T09:30:15Z",
        "credentialSubject": {
            "id": "urn:uuid:7c0b5a0e-3c55-4d0c-9e35-000000000002",
            "type": ["AchievementSubject"],
            "identifier": [IDENTITY],
            "achievement": {
                "id": "urn:uuid:7c0b5a0e-3c55-4d0c-9e35-000000000003",
                "type": ["Achievement"],
                "name": "Podcast",
                "description": "Plans an episode.",
                "criteria": {"narrative": "One episode."},
            },
        },
        **more,
    }


def old_badge(*contexts: str, **more: Any) -> Document:
    """A badge of the data model 1.1."""
    document = badge(**more)
    since = document.pop("validFrom")
    return document | {
        "@context": [CREDENTIALS_V1, OPEN_BADGES_3_0_1, *contexts],
        "issuanceDate": since,
        "expirationDate": "2030-01-01T00:00:00Z",
    }


def as_bytes(document: Document | str) -> bytes:
    return document.encode() if isinstance(document, str) else orjson.dumps(document)


async def checked(document: Document | str | bytes, world: Elsewhere, **more: Any) -> Checklist:
    content = document if isinstance(document, bytes) else as_bytes(document)
    found = await verify(content, world, more.pop("now", NOW), **more)
    assert [line.name for line in found.lines] == [each for each in LINES if each in found.found]
    assert all(line.finding.reason for line in found.lines)
    return found


def reason(checklist: Checklist, name: str) -> str:
    return checklist.found[name].finding.reason


def claims(document: Document, **more: Any) -> Document:
    """The payload of a token by the Open Badges profile."""
    ids = {"iss": document["issuer"]["id"], "jti": document["id"], "sub": document["credentialSubject"]["id"]}
    return {**document, **ids, "nbf": 1790847015, **more}


def bit_list(kind: str = "Bitstring", *withdrawn: int, issuer: str = DID_KEY, **subject: Any) -> Document:
    """A signed list in which these entries are withdrawn."""
    encoded = status_list.encode(status_list.with_withdrawn(status_list.empty(), withdrawn))
    old = kind == "2021"
    document = {
        "@context": [CREDENTIALS_V1, STATUS_LIST_2021_V1, DATA_INTEGRITY_V1] if old else [CREDENTIALS_V2],
        "id": LIST,
        "type": [
            "VerifiableCredential",
            "StatusList2021Credential" if old else "BitstringStatusListCredential",
        ],
        "issuer": issuer,
        ("issuanceDate" if old else "validFrom"): "2026-10-01T00:00:00Z",
        "credentialSubject": {
            "id": f"{LIST}#list",
            "type": "StatusList2021" if old else "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": encoded[1:] if old else encoded,
        }
        | subject,
    }
    return with_proof(document)


def endorsement(**more: Any) -> Document:
    return {
        "@context": [CREDENTIALS_V2, OPEN_BADGES_3_0_3],
        "id": "urn:uuid:7c0b5a0e-3c55-4d0c-9e35-000000000009",
        "type": ["VerifiableCredential", "EndorsementCredential"],
        "name": "Yes",
        "issuer": {"id": DID_KEY, "type": ["Profile"]},
        "validFrom": "2026-10-01T00:00:00Z",
        "credentialSubject": {
            "id": "urn:uuid:7c0b5a0e-3c55-4d0c-9e35-000000000003",
            "type": ["EndorsementSubject"],
            "endorsementComment": "Well made.",
        },
    } | more


def svg(text: str, version: int = 3, before: str = "") -> bytes:
    """A picture that carries a badge: JSON as text, a token or an address as attribute."""
    space, name = (
        ("https://purl.imsglobal.org/ob/v3p0", "credential")
        if version == 3
        else ("http://openbadges.org", "assertion")
    )
    inside = f"><![CDATA[{text}]]></b:{name}>" if text.startswith("{") else f' verify="{text}"/>'
    return (
        f'{before}<svg xmlns="http://www.w3.org/2000/svg" xmlns:b="{space}"><b:{name}{inside}</svg>'.encode()
    )
