"""Awards as Open Badges 2.0, for those who cannot read 3.0 yet: hosted documents, each at its own address.

Built beside the 3.0 documents and never part of them: the two standards share neither ids nor vocabulary.
"""

from typing import Any

from .badge import Achievement, Alignment, Issuer
from .credential import Document

CONTEXT = "https://w3id.org/openbadges/v2"
BADGE_CLASS = "https://w3id.org/openbadges#BadgeClass"
ACHIEVEMENT = "https://purl.imsglobal.org/spec/vc/ob/vocab.html#Achievement"


def is_shown(said: bool | None, minors: bool) -> bool:
    """Whether an award's view is shown: as its holder said; else yes, but not where learners are minors."""
    return not minors if said is None else said


def assertion(credential: Document, url: str, badge: str) -> Document:
    """The Assertion of an award (Open Badges 2.0, Assertion), from its signed 3.0 credential."""
    return {
        "@context": CONTEXT,
        "type": "Assertion",
        "id": url,
        "recipient": _recipient(credential["credentialSubject"]),
        "issuedOn": credential["awardedDate"],
        "badge": badge,
        "verification": {"type": "HostedBadge"},
        **_some(
            expires=credential.get("validUntil"),
            evidence=[_evidence(each) for each in credential.get("evidence", ())],
        ),
    }


def withdrawn(url: str) -> Document:
    """All that is said of a withdrawn award: neither whose it was, nor for what, nor why."""
    return {"@context": CONTEXT, "type": "Assertion", "id": url, "revoked": True}


def badge_class(achievement: Achievement, url: str, issuer: str) -> Document:
    """The BadgeClass of one version of an achievement, pointing to the Achievement that it is too."""
    return {
        "@context": CONTEXT,
        "type": "BadgeClass",
        "id": url,
        "name": achievement.name,
        "description": achievement.description,
        "image": achievement.image,
        "criteria": {"narrative": achievement.criteria},
        "issuer": issuer,
        "related": [{"id": achievement.id, "type": [ACHIEVEMENT], "version": "Open Badges v3p0"}],
        **_some(alignment=[_alignment(each) for each in achievement.alignments], tags=list(achievement.tags)),
    }


def profile(issuer: Issuer, url: str, email: str, newer: str) -> Document:
    """The Issuer profile of an organisation, in which Open Badges 2.0 demands an e-mail address.

    `newer` is the web address of its profile of Open Badges 3.0: ids of 2.0 are web addresses, never DIDs.
    """
    return {
        "@context": CONTEXT,
        "type": "Issuer",
        "id": url,
        "name": issuer.name,
        "url": issuer.url,
        "email": email,
        "related": [{"id": newer, "version": "Open Badges v3p0"}],
        **_some(description=issuer.description, image=issuer.image),
    }


def related_badge_class(url: str) -> Document:
    """How a 3.0 Achievement points to the BadgeClass that it is too (Open Badges 3.0, Related)."""
    return {"id": url, "type": ["Related", BADGE_CLASS], "version": "Open Badges v2p0"}


def _recipient(subject: Document) -> Document:
    """The same salted hash as in the credential; for who is known by a random number, that number."""
    for each in subject.get("identifier", ()):
        return {
            "type": "email",
            "hashed": True,
            "salt": each["salt"],
            "identity": each["identityHash"],
        }
    return {"type": "id", "hashed": False, "identity": subject["id"]}


def _evidence(evidence: Document) -> Document:
    return {name: evidence[name] for name in ("id", "name", "narrative") if name in evidence}


def _alignment(alignment: Alignment) -> Document:
    return {
        "targetName": alignment.name,
        "targetUrl": alignment.url,
        **_some(
            targetFramework=alignment.framework,
            targetCode=alignment.code,
            targetDescription=alignment.description,
        ),
    }


def _some(**members: Any) -> Document:
    return {name: value for name, value in members.items() if value}
