"""Presentations: a badge as its holder shows it, with a proof of their own around it.

That proof answers a question that only who asked for the presentation knows, so it is not checked here: it
says who shows the badge, not whether the badge is genuine.
"""

from collections.abc import Mapping

from .limits import NotReadable
from .reading import Paper, enclosed_token
from .shapes import listed, types_of

MOST_NAMED = 10
_PRESENTATIONS = {"VerifiablePresentation", "EnvelopedVerifiablePresentation"}


def taken_out(paper: Paper) -> Paper:
    """The one badge that a presentation shows; anything else as it is.

    Raises NotReadable for a presentation of none or several, naming them.
    """
    document = paper.document or {}
    if not types_of(document) & _PRESENTATIONS:
        return paper
    each = listed(document.get("verifiableCredential"))
    if not each:
        raise NotReadable("it is a presentation that shows no badge")
    if len(each) > 1:
        names = ", ".join(f"{number}. {_name(one)}" for number, one in enumerate(each[:MOST_NAMED], 1))
        raise NotReadable(f"it is a presentation of {len(each)} badges; hand them in one by one: {names}")
    around = f"{paper.form}: a presentation, whose own proof was not checked, of "
    return _shown(each[0], around)


def _shown(value: object, around: str) -> Paper:
    if isinstance(value, str):
        return _token(value, around)
    if not isinstance(value, dict):
        raise NotReadable("it is a presentation of something that is no badge")
    enclosed = enclosed_token(value)
    if enclosed:
        return _token(enclosed, around)
    if types_of(value) & _PRESENTATIONS:
        raise NotReadable("it is a presentation of another presentation")
    return Paper(around + "a JSON document", value)


def _token(text: str, around: str) -> Paper:
    found = Paper.of_token(text, around + "a signed token (JWT)")
    if types_of(found.document or {}) & _PRESENTATIONS:
        raise NotReadable("it is a presentation of another presentation")
    return found


def _name(value: object) -> str:
    """What a badge in a presentation calls itself."""
    try:
        token = value if isinstance(value, str) else enclosed_token(value)
        found: object = Paper.of_token(token, "").document if token else value
    except NotReadable:
        found = None
    if not isinstance(found, Mapping):
        return "something that is no badge"
    subject = found.get("credentialSubject")
    achievement = subject.get("achievement") if isinstance(subject, dict) else None
    named = found.get("name") or (achievement.get("name") if isinstance(achievement, dict) else None)
    return f"“{named[:100]}”" if isinstance(named, str) and named else "one without a name"
