"""The list that says which credentials of an organisation were withdrawn (Bitstring Status List 1.0, 2.2)."""

from dataclasses import dataclass
from datetime import datetime

from .credential import CONTEXTS, Document, timestamp


@dataclass(frozen=True, slots=True)
class StatusList:
    """One list as it is published: `encoded` is the compressed bit string, `ttl` how long it keeps, in ms.

    After `valid_until` nothing follows from it any more, so that nobody can go on showing an old one.
    """

    url: str
    issuer: str
    encoded: str
    valid_from: datetime
    ttl: int = 300_000
    valid_until: datetime | None = None


def status_list_document(status: StatusList) -> Document:
    """The unsigned BitstringStatusListCredential of a list."""
    return {
        "@context": [CONTEXTS[0]],
        "id": status.url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": status.issuer,
        "validFrom": timestamp(status.valid_from),
        **({"validUntil": timestamp(status.valid_until)} if status.valid_until else {}),
        "credentialSubject": {
            "id": f"{status.url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": status.encoded,
            "ttl": status.ttl,
        },
    }
