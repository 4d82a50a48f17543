"""Names from strangers, and the choice of a language."""

import pytest

from services.notify.domain.wording import Choice, choose, one_line, web_address

OFFERED = ("en", "fi", "nl")


@pytest.mark.parametrize(
    ("wanted", "choice"),
    [
        ("fi", Choice("fi")),
        ("nl-BE", Choice("nl")),
        ("FI", Choice("fi")),
        ("lt", Choice("en", "lt")),
        (None, Choice("nl")),
    ],
)
def test_letters_are_in_the_wanted_language_or_say_that_they_are_not(
    wanted: str | None, choice: Choice
) -> None:
    assert choose(wanted, OFFERED, default="nl") == choice


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("Aino\r\nBcc: all@example.org", "Aino Bcc: all@example.org"),
        ("  Aino \t Virtanen\u2028x ", "Aino Virtanen x"),
        ("evil\u202egnp.exe", "evilgnp.exe"),
        ("\x00\x1b[31mred", "[31mred"),
        ("ليلى", "ليلى"),
    ],
)
def test_a_name_becomes_one_harmless_line(name: str, line: str) -> None:
    assert one_line(name) == line


def test_a_long_name_is_cut() -> None:
    assert one_line("x" * 500) == "x" * 149 + "…"


@pytest.mark.parametrize(
    "url", [None, "javascript:alert(1)", "data:text/html,x", 'https://a/"onload=', "https://a/ b", "//a"]
)
def test_only_web_addresses_are_led_to(url: str | None) -> None:
    assert web_address(url) is None
    assert web_address("https://city.test/credentials/x?y=1&z=2") is not None
