"""What Open Badges 3.0 (appendix B) demands of a badge and its JSON Schema lets pass."""

from collections.abc import Iterator, Mapping
from typing import Any

# What stands under these names must say that it is of this type; the schema takes any single text for it.
_TYPES = {
    "achievement": "Achievement",
    "address": "Address",
    "alignment": "Alignment",
    "creator": "Profile",
    "credentialSubject": "AchievementSubject",
    "evidence": "Evidence",
    "identifier": "IdentityObject",
    "issuer": "Profile",
    "otherIdentifier": "IdentifierEntry",
    "parentOrg": "Profile",
    "related": "Related",
    "result": "Result",
    "resultDescription": "ResultDescription",
    "rubricCriterionLevel": "RubricCriterionLevel",
    "source": "Profile",
}
# Signed parts inside are documents of their own; the rest belongs to other standards.
_NOT_OURS = {"@context", "proof", "endorsement", "credentialStatus", "credentialSchema", "termsOfUse"}


def broken_rules(document: Mapping[str, Any]) -> list[str]:
    """Each rule that a badge breaks, as `place: what is wrong`."""
    found = list(_wrong_types(document, ""))
    subject = document.get("credentialSubject")
    if not isinstance(subject, dict):
        return found
    if not subject.get("id") and not subject.get("identifier"):
        found.append("credentialSubject: it has neither an id nor an identifier")
    achievement = subject.get("achievement")
    criteria = achievement.get("criteria") if isinstance(achievement, dict) else None
    if isinstance(criteria, dict) and not (criteria.get("id") or criteria.get("narrative")):
        found.append("credentialSubject.achievement.criteria: it has neither an id nor a narrative")
    return found


def _wrong_types(node: Mapping[str, Any], where: str) -> Iterator[str]:
    for name, value in node.items():
        if name in _NOT_OURS:
            continue
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, dict):
                if name in _TYPES and not _is_of_type(each, _TYPES[name]):
                    yield f"{where}{name}: it is not of the type {_TYPES[name]}"
                yield from _wrong_types(each, f"{where}{name}.")


def _is_of_type(node: Mapping[str, Any], wanted: str) -> bool:
    types = node.get("type")
    return wanted in (types if isinstance(types, list) else [types])
