"""The few sentences that badges writes itself, in the languages it speaks; English for all others."""

SPOKEN = ("en", "fi", "nl")

_COMPLETED = {
    "en": "Took part in “{title}”, and {issuer} confirmed that it was completed.",
    "fi": "Osallistui: ”{title}”. {issuer} on vahvistanut suorituksen.",
    "nl": "Deed mee aan ‘{title}’, en {issuer} heeft bevestigd dat het is afgerond.",
}
_FOLLOWED = {
    "en": "Completed every mandatory step of “{title}”, a playlist by {issuer}.",
    "fi": "Suoritti kaikki pakolliset vaiheet: ”{title}”, {issuer}.",
    "nl": "Rondde alle verplichte stappen af van ‘{title}’, een playlist van {issuer}.",
}


def spoken_language(tag: str | None) -> str:
    """The language to write in for somebody who reads `tag` (BCP 47), or None where that is unknown."""
    language = (tag or "").split("-")[0].lower()
    return language if language in SPOKEN else "en"


def activity_criteria(title: str, issuer: str, language: str) -> str:
    """What somebody did who was awarded an activity's badge."""
    return _COMPLETED[spoken_language(language)].format(title=title, issuer=issuer)


def pathway_criteria(title: str, issuer: str, language: str) -> str:
    """What somebody did who was awarded a pathway's badge."""
    return _FOLLOWED[spoken_language(language)].format(title=title, issuer=issuer)
