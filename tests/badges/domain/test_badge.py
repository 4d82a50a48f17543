from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.badges.canonical import canonicalise
from services.badges.domain.badge import Credential, Evidence, hashed_email, identity_hash, image_alt
from services.badges.domain.credential import credential_document
from services.badges.domain.text import Unsignable


@pytest.mark.parametrize("character", ["\x00", "\x08", "\x0b", "\x1f", "\x7f", "\ud800", "\ufffe"])
@pytest.mark.parametrize("field", ["name", "description", "criteria", "image_alt"])
def test_a_control_character_is_refused_by_the_name_of_its_field(
    credential: Credential, field: str, character: str
) -> None:
    change: dict[str, Any] = {field: f"Podcast{character}"}
    with pytest.raises(Unsignable) as refused:
        replace(credential.achievement, **change)
    assert refused.value.field == f"achievement.{field}"
    assert f"U+{ord(character):04X}" in refused.value.reason


def test_control_characters_are_found_inside_tags_skills_and_evidence(credential: Credential) -> None:
    with pytest.raises(Unsignable, match=r"achievement\.tags"):
        replace(credential.achievement, tags=("radio", "a\x01"))
    with pytest.raises(Unsignable, match=r"alignment\.name"):
        replace(credential.achievement.alignments[0], name="\x02")
    with pytest.raises(Unsignable, match=r"evidence\.narrative"):
        Evidence("https://a.example", narrative="\x03")
    with pytest.raises(Unsignable, match=r"issuer\.name"):
        replace(credential.issuer, name="\x04")


def test_tabs_and_line_breaks_are_text(credential: Credential) -> None:
    assert replace(credential.achievement, description="a\tb\nc\r\nd").description == "a\tb\nc\r\nd"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "podcast",
        "//a.example/x",
        "javascript:alert(1)",
        "https://",
        "https://a b",
        'https://a"',
        "http:///x",
    ],
)
def test_an_address_that_is_not_one_is_refused_by_the_name_of_its_field(
    credential: Credential, address: str
) -> None:
    with pytest.raises(Unsignable, match=r"evidence\.url"):
        Evidence(address)
    with pytest.raises(Unsignable, match=r"achievement\.image"):
        replace(credential.achievement, image=address)
    with pytest.raises(Unsignable, match=r"issuer\.url"):
        replace(credential.issuer, url=address)
    with pytest.raises(Unsignable, match=r"issuer\.image"):
        replace(credential.issuer, image=address)


def test_an_achievement_says_what_it_is_and_in_which_language(credential: Credential) -> None:
    with pytest.raises(Unsignable, match=r"achievement\.criteria"):
        replace(credential.achievement, criteria=" \n")
    with pytest.raises(Unsignable, match=r"achievement\.language"):
        replace(credential.achievement, language="Finnish")


def test_a_credential_cannot_end_before_it_begins(credential: Credential) -> None:
    with pytest.raises(Unsignable, match=r"credential\.valid_until"):
        replace(credential, valid_until=credential.valid_from - timedelta(days=1))


def test_an_address_is_hashed_as_the_standard_does_it() -> None:
    assert identity_hash("a@example.com", "Kosher") == (
        "sha256$b5809d8a92f8858436d7e6b87c12ebc0ae1eac4baecc2c0b913aee2c922ef399"
    )


def test_the_salt_is_hashed_as_it_is_written() -> None:
    hashed = hashed_email("a@example.com", bytes.fromhex("00112233445566778899aabbccddeeff"))
    assert hashed.identity_hash == identity_hash("a@example.com", "00112233445566778899aabbccddeeff")


def test_a_salt_of_less_than_128_bits_is_refused() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        hashed_email("a@example.com", bytes(15))


def test_the_picture_is_described_to_those_who_do_not_see_it() -> None:
    assert image_alt("Podcast Producer", "demonstrate", "Youth Radio Helsinki") == (
        "Podcast Producer, Demonstrate layer, issued by Youth Radio Helsinki"
    )
    assert image_alt("City Explorer", None, "Helsinki") == "City Explorer, issued by Helsinki"


@pytest.mark.parametrize(
    ("tags", "refused"),
    [
        (("a\ue000", "a😀"), True),
        (("❤️ radio", "❤😀"), True),
        (("ＡＢ", "😀"), True),
        (("radio", "😀", "🎙️ podcast"), False),
        (("ＡＢ", "é", "radio"), False),
        (("a😀", "a"), False),
    ],
)
def test_tags_that_verifiers_sort_differently_are_refused(
    credential: Credential, tags: tuple[str, ...], refused: bool
) -> None:
    if refused:
        with pytest.raises(Unsignable, match=r"achievement\.tags.*sort differently"):
            replace(credential.achievement, tags=tags)
    else:
        assert replace(credential.achievement, tags=tags).tags == tags


def test_what_is_refused_is_what_two_ways_of_sorting_sign_differently(credential: Credential) -> None:
    """As one of them takes the lines by code points, which is the standard, and the other by UTF-16."""
    document = credential_document(credential)
    document["credentialSubject"]["achievement"]["tag"] = ["a\ue000", "a😀"]
    lines = canonicalise(document).decode().splitlines()
    assert lines == sorted(lines)
    assert lines != sorted(lines, key=lambda line: line.encode("utf-16-be"))
