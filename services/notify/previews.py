"""Letters to look at before anybody gets one: every kind and language, in cases that go wrong easily."""

from dataclasses import replace

from .domain.letter import Kind
from .domain.wording import Facts
from .settings import Settings

_LONG = (
    "Bürgerschaftlich organisierte Nachbarschaftswerkstatt für Reparatur, Wiederverwendung und Klimaschutz"
)
CASES: dict[str, str] = {
    "usual": "a usual letter",
    "long-names": "names as long as they may be",
    "no-picture": "without a picture",
    "nameless": "to somebody whose name is not known",
    "other-direction": "names from right to left among words from left to right, or the other way round",
    "hostile": "names that try to be more than names",
    "minor": "in a city of minors: the same letter, since it names nobody but its reader",
    "expired-link": "with a link that is worth nothing any more: it is cancelled and never leaves",
    "other-language": "to somebody whose language we do not write in",
}
KINDS: tuple[Kind, ...] = ("badge_awarded", "pathway_completed", "sign_in", "digest", "subscription_disabled")


def sample(kind: Kind, language: str, case: str, settings: Settings) -> Facts:
    """What a letter of this kind says in this case."""
    usual = Facts(
        kind,
        "aino@example.org",
        "Aino Virtanen",
        language,
        "Youth Radio",
        "Podcast Producer",
        "en",
        f"{settings.public_url}/letters/preview/sample-badge.png" if kind == "badge_awarded" else None,
        f"{settings.public_url}/credentials/sample",
        figures=(120, 118, 2) if kind == "digest" else (),
        choices=None if kind == "sign_in" else f"{settings.public_url}/letters/preferences/sample",
    )
    if kind == "sign_in":
        usual = replace(usual, code="271828", minutes=15, link=f"{settings.public_url}/sign-in?t=sample")
    return _in_case(usual, case)


def _in_case(usual: Facts, case: str) -> Facts:
    match case:
        case "long-names":
            return replace(usual, name=_LONG, organisation=_LONG, about=_LONG)
        case "no-picture":
            return replace(usual, picture=None)
        case "nameless":
            return replace(usual, name=None)
        case "other-direction":
            return replace(
                usual, name="ليلى حداد", organisation="إذاعة الشباب (Youth 1)", about="מפיקת פודקאסטים"
            )
        case "hostile":
            bad = '"><img src=x onerror=alert(1)> {{7*7}} =?utf-8?q?x?= \u202eback'
            return replace(usual, name=bad, organisation=bad, about=bad)
        case "expired-link":
            return replace(usual, link=None, minutes=1)
        case "other-language":
            return replace(usual, language="et")
        case _:
            return usual
