"""The Open Badges 3.0 documents of a badge, built from plain values (Open Badges 3.0, appendix B).

Lists are never empty and nothing is null, as the serialisation rules of the standard demand.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from .badge import (
    Achievement,
    Alignment,
    Credential,
    Evidence,
    HashedEmail,
    Issuer,
    Kind,
    Pseudonym,
    Recipient,
    Related,
    StatusEntry,
)
from .rubric import layer_reached, layer_rubric
from .versions import version_text

Document = dict[str, Any]

# The first two in this order are demanded; without the third the type of credentialSchema is undefined.
CONTEXTS = (
    "https://www.w3.org/ns/credentials/v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
    "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json",
)
SCHEMA = "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json"
ACHIEVEMENT_TYPE: MappingProxyType[Kind, str] = MappingProxyType(
    {
        "event": "Badge",
        "workshop": "Badge",
        "course": "CertificateOfCompletion",
        "project": "Badge",
        "volunteering": "CommunityService",
        "internship": "Fieldwork",
        "open_space": "Badge",
        "digital_experience": "Badge",
        "pathway": "LearningProgram",
    }
)


def credential_document(credential: Credential, shared: bool = False) -> Document:
    """The unsigned OpenBadgeCredential of an award (Open Badges 3.0, AchievementCredential).

    With `shared` badges that are alike hold the same objects for issuer and achievement: nobody may change
    them, and making thousands of badges is quicker.
    """
    issuer = _shared_profile if shared else profile
    return {
        "@context": list(CONTEXTS),
        "id": credential.id,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": credential.achievement.name,
        "issuer": issuer(credential.issuer),
        "validFrom": timestamp(credential.valid_from),
        **_some(validUntil=credential.valid_until and timestamp(credential.valid_until)),
        "awardedDate": timestamp(credential.awarded_at),
        "credentialSubject": _subject(credential, shared),
        **_some(evidence=[_evidence(each) for each in credential.evidence]),
        "credentialStatus": status_entry(credential.status),
        "credentialSchema": [{"id": SCHEMA, "type": "1EdTechJsonSchemaValidator2019"}],
        **_some(endorsementJwt=list(credential.endorsements)),
    }


def renewed(document: Document, valid_from: datetime, endorsements: Sequence[str]) -> Document:
    """An unsigned credential as it is issued anew: with these endorsements in place of those of before."""
    before = {name: value for name, value in document.items() if name != "endorsementJwt"}
    return {**before, "validFrom": timestamp(valid_from), **_some(endorsementJwt=list(endorsements))}


def handed_over(document: Document, recipient: Recipient) -> Document:
    """A credential that names its holder otherwise, and says the same of them."""
    said = document["credentialSubject"]
    rest = {name: value for name, value in said.items() if name not in ("id", "type", "identifier")}
    return {**document, "credentialSubject": {**_holder(recipient), **rest}}


def achievement_document(achievement: Achievement, issuer: Issuer) -> Document:
    """An achievement as it is served at its own address, naming who offers it."""
    return {"@context": list(CONTEXTS), **_achievement(achievement), "creator": profile(issuer)}


def profile_document(issuer: Issuer) -> Document:
    """An issuer as it is served at its own address."""
    return {"@context": list(CONTEXTS), **profile(issuer)}


def profile(issuer: Issuer) -> Document:
    """The Profile object of an issuer, as it stands inside other documents."""
    return {
        "id": issuer.id,
        "type": ["Profile"],
        "name": issuer.name,
        "url": issuer.url,
        **_some(description=issuer.description, image=issuer.image and _image(issuer.image, None)),
    }


def status_entry(status: StatusEntry) -> Document:
    """The one credentialStatus object that the JSON Schema allows (Bitstring Status List 1.0, 2.1)."""
    return {
        "id": f"{status.list_url}#{status.index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": str(status.index),
        "statusListCredential": status.list_url,
    }


@lru_cache(maxsize=256)
def timestamp(moment: datetime) -> str:
    """RFC 3339 in UTC to the second, always with Z. Raises ValueError for a time without a zone."""
    if moment.tzinfo is None:
        raise ValueError("a time in a credential needs a zone")
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _subject(credential: Credential, shared: bool) -> Document:
    achievement = _shared_achievement if shared else _achievement
    return {
        **_holder(credential.recipient),
        **_some(
            activityStartDate=_day(credential.activity_start), activityEndDate=_day(credential.activity_end)
        ),
        **_some(result=_results(credential.achievement)),
        "achievement": achievement(credential.achievement),
    }


def _holder(recipient: Recipient) -> Document:
    kind = {"type": ["AchievementSubject"]}
    if isinstance(recipient, Pseudonym):
        return {"id": f"urn:uuid:{recipient.uuid}", **kind}
    if isinstance(recipient, HashedEmail):
        return {**kind, "identifier": [_identity(recipient)]}
    return {
        "id": recipient.did,
        **kind,
        **_some(identifier=[_identity(recipient.hashed)] if recipient.hashed else None),
    }


def _results(achievement: Achievement) -> list[Document]:
    return [layer_reached(achievement.id, achievement.layer)] if achievement.layer else []


def _identity(recipient: HashedEmail) -> Document:
    return {
        "type": "IdentityObject",
        "hashed": True,
        "identityType": "emailAddress",
        "identityHash": recipient.identity_hash,
        "salt": recipient.salt,
    }


def _achievement(achievement: Achievement) -> Document:
    return {
        "id": achievement.id,
        "type": ["Achievement"],
        "achievementType": ACHIEVEMENT_TYPE[achievement.kind],
        "name": achievement.name,
        "description": achievement.description,
        "criteria": {"narrative": achievement.criteria},
        "image": _image(achievement.image, achievement.image_alt),
        "inLanguage": achievement.language,
        "version": version_text(achievement.version),
        **_some(
            tag=list(achievement.tags),
            alignment=[_alignment(each) for each in achievement.alignments],
            related=[_related(each, achievement.version) for each in achievement.related],
            resultDescription=_rubrics(achievement),
        ),
    }


_shared_profile = lru_cache(maxsize=256)(profile)
_shared_achievement = lru_cache(maxsize=256)(_achievement)


def _rubrics(achievement: Achievement) -> list[Document]:
    return [layer_rubric(achievement.id, achievement.language)] if achievement.layer else []


def _related(related: Related, version: int) -> Document:
    return {
        "id": related.id,
        "type": ["Related"],
        "inLanguage": related.language,
        "version": version_text(version),
    }


def _alignment(alignment: Alignment) -> Document:
    return {
        "type": ["Alignment"],
        "targetName": alignment.name,
        "targetUrl": alignment.url,
        **_some(
            targetFramework=alignment.framework,
            targetType=alignment.type,
            targetCode=alignment.code,
            targetDescription=alignment.description,
        ),
    }


def _evidence(evidence: Evidence) -> Document:
    return {
        "id": evidence.url,
        "type": ["Evidence"],
        **_some(name=evidence.name, narrative=evidence.narrative),
    }


def _image(url: str, caption: str | None) -> Document:
    return {"id": url, "type": "Image", **_some(caption=caption)}


def _day(day: date | None) -> str | None:
    """A day as the date-time that the JSON Schema wants; the hour of an activity is nobody's business."""
    return None if day is None else f"{day:%Y-%m-%d}T00:00:00Z"


def _some(**members: Any) -> Document:
    return {name: value for name, value in members.items() if value}
