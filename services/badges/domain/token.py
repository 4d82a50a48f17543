"""What a credential says as the payload of a JSON Web Token (Open Badges 3.0, 8.2.4)."""

from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from .credential import Document


def token_payload(document: Document) -> Document:
    """The credential without an embedded proof, and beside its members the claims that repeat some of them.

    `sub` is demanded, so a subject that is known by a hashed address alone gets an id here. It follows from
    the credential's own secret address: always the same, and meaning nothing anywhere else.
    """
    subject = _with_id(document["credentialSubject"], document["id"])
    unsigned = {name: value for name, value in document.items() if name != "proof"}
    claims = {
        "iss": _id_of(document["issuer"]),
        "jti": document["id"],
        "sub": subject["id"],
        "nbf": _seconds(document["validFrom"]),
    }
    if "validUntil" in document:
        claims["exp"] = _seconds(document["validUntil"])
    return {**unsigned, "credentialSubject": subject, **claims}


def _with_id(subject: Document, credential: str) -> Document:
    return subject if "id" in subject else {"id": f"urn:uuid:{uuid5(NAMESPACE_URL, credential)}", **subject}


def _id_of(issuer: Document | str) -> str:
    return issuer if isinstance(issuer, str) else str(issuer["id"])


def _seconds(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp())
