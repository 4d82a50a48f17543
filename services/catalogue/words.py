"""What the sign-in pages say, by language; another language is one more entry."""

from typing import NamedTuple


class Words(NamedTuple):
    """One page's words."""

    title: str
    text: str
    button: str | None = None


_WORDS: dict[str, dict[str, Words]] = {
    "en": {
        "sign_in": Words("Sign in", "You asked for this by e-mail. One press and you are in.", "Sign me in"),
        "prove": Words(
            "Add this address",
            "Somebody wants to add this address to their account. Go on only if that is you: badges sent to "
            "the address will be in that account.",
            "Add the address",
        ),
        "signed_in": Words("You are signed in", "You can close this page."),
        "dead_link": Words("This link no longer works", "It was used, or is too old. Ask for a new letter."),
        "not_yours": Words(
            "Not in this browser",
            "Open the link in the browser where you added the address, or type the code there.",
        ),
    },
    "fi": {
        "sign_in": Words("Kirjaudu sisään", "Pyysit tätä sähköpostilla. Yksi painallus riittää.", "Kirjaudu"),
        "prove": Words(
            "Lisää tämä osoite",
            "Joku haluaa lisätä tämän osoitteen tiliinsä. Jatka vain, jos se olet sinä: osoitteeseen "
            "lähetetyt osaamismerkit tulevat siihen tiliin.",
            "Lisää osoite",
        ),
        "signed_in": Words("Olet kirjautunut sisään", "Voit sulkea tämän sivun."),
        "dead_link": Words("Linkki ei enää toimi", "Se on käytetty tai liian vanha. Pyydä uusi viesti."),
        "not_yours": Words(
            "Ei tässä selaimessa",
            "Avaa linkki selaimessa, jossa lisäsit osoitteen, tai kirjoita koodi siellä.",
        ),
    },
    "nl": {
        "sign_in": Words(
            "Aanmelden", "Je vroeg hierom per e-mail. Eén druk en je bent binnen.", "Meld me aan"
        ),
        "prove": Words(
            "Dit adres toevoegen",
            "Iemand wil dit adres aan een account toevoegen. Ga alleen verder als jij dat bent: badges voor "
            "dit adres komen in dat account.",
            "Adres toevoegen",
        ),
        "signed_in": Words("Je bent aangemeld", "Je kunt deze pagina sluiten."),
        "dead_link": Words(
            "Deze link werkt niet meer", "Hij is gebruikt of te oud. Vraag een nieuwe e-mail aan."
        ),
        "not_yours": Words(
            "Niet in deze browser", "Open de link waar je het adres toevoegde, of typ daar de code."
        ),
    },
}
LANGUAGES = tuple(_WORDS)


def say(language: str, page: str) -> Words:
    """The words of a page in the language, or in English where it is not spoken here."""
    return _WORDS.get(spoken(language), _WORDS["en"])[page]


def spoken(language: str) -> str:
    """The language in which a page will be for a reader of `language`."""
    primary = language.partition("-")[0]
    return primary if primary in _WORDS else "en"
