"""The few sentences that badges writes itself, in the languages it speaks; English for all others."""

from datetime import date
from typing import Any

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


def spoken_day(day: date, language: str) -> str:
    """A day as it is written in one of our languages: 30 September 2026, 30.9.2026, 30 september 2026."""
    if language == "fi":
        return f"{day.day}.{day.month}.{day.year}"
    return f"{day.day} {_MONTHS[language].split()[day.month - 1]} {day.year}"


_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "nl": "januari februari maart april mei juni juli augustus september oktober november december",
}

CLAIM: dict[str, dict[str, Any]] = {
    "en": {
        "issuer": "Awarded by",
        "awarded": "Awarded on",
        "withdrawn": "The organisation has withdrawn this badge. It no longer verifies.",
        "keep": "Keep your badge",
        "picture": "Download the picture with the badge inside it (PNG)",
        "drawing": "Download the picture as a drawing, sharp at any size (SVG)",
        "document": "Download the signed document (JSON)",
        "token": "Download it as a signed token (JWT)",
        "achievement": "What this badge stands for",
        "secret": "Whoever has the address of this page can see and download the badge.",
        "endorsements": "What others say",
        "endorses": {
            "credential": "about this very badge",
            "achievement": "about what it stands for",
            "organisation": "about the organisation that awarded it",
        },
    },
    "fi": {
        "issuer": "Myöntäjä",
        "awarded": "Myönnetty",
        "withdrawn": "Organisaatio on perunut tämän osaamismerkin. Se ei ole enää voimassa.",
        "keep": "Tallenna merkkisi",
        "picture": "Lataa kuva, johon merkki on upotettu (PNG)",
        "drawing": "Lataa kuva piirroksena, tarkka kaikissa kooissa (SVG)",
        "document": "Lataa allekirjoitettu asiakirja (JSON)",
        "token": "Lataa se allekirjoitettuna tunnisteena (JWT)",
        "achievement": "Mitä tämä merkki tarkoittaa",
        "secret": "Jokainen, jolla on tämän sivun osoite, voi nähdä ja ladata merkin.",
        "endorsements": "Mitä muut sanovat",
        "endorses": {
            "credential": "juuri tästä merkistä",
            "achievement": "siitä, mitä merkki tarkoittaa",
            "organisation": "merkin myöntäjästä",
        },
    },
    "nl": {
        "issuer": "Uitgereikt door",
        "awarded": "Uitgereikt op",
        "withdrawn": "De organisatie heeft deze badge ingetrokken. Hij is niet meer geldig.",
        "keep": "Bewaar je badge",
        "picture": "Download de afbeelding met de badge erin (PNG)",
        "drawing": "Download de afbeelding als tekening, scherp in elke maat (SVG)",
        "document": "Download het ondertekende document (JSON)",
        "token": "Download hem als ondertekend token (JWT)",
        "achievement": "Waar deze badge voor staat",
        "secret": "Iedereen die het adres van deze pagina heeft, kan de badge zien en downloaden.",
        "endorsements": "Wat anderen zeggen",
        "endorses": {
            "credential": "over juist deze badge",
            "achievement": "over waar deze badge voor staat",
            "organisation": "over wie hem uitreikte",
        },
    },
}
"""The words of the page that shows a recipient their badge."""

LAYERS = {
    "en": {
        "name": "Layer of taking part",
        "engage": "Got to know something new.",
        "participate": "Took an active part.",
        "demonstrate": "Showed what was learned.",
        "lead": "Led others, or passed it on to them.",
    },
    "fi": {
        "name": "Osallistumisen taso",
        "engage": "Tutustui johonkin uuteen.",
        "participate": "Osallistui aktiivisesti.",
        "demonstrate": "Näytti, mitä oli oppinut.",
        "lead": "Ohjasi muita tai siirsi osaamistaan muille.",
    },
    "nl": {
        "name": "Niveau van deelname",
        "engage": "Maakte kennis met iets nieuws.",
        "participate": "Deed actief mee.",
        "demonstrate": "Liet zien wat er geleerd is.",
        "lead": "Gaf leiding aan anderen, of bracht het hun bij.",
    },
}
"""What the layers mean, as the rubric in a badge explains them."""

ENDORSEMENT = {
    "en": "Endorsement of “{name}”",
    "fi": "Suositus: ”{name}”",
    "nl": "Aanbeveling van ‘{name}’",
}
"""The title of an endorsement."""
