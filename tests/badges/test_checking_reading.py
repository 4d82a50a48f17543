"""In what a badge may come, and what is no badge."""

import zlib

import pytest

from services.badges.baking import bake
from services.badges.picture import Picture, draw
from services.badges.verifying import Result, Verdict
from tests.badges.foreign import Elsewhere, as_bytes, badge, checked, claims, reason, svg
from tests.badges.issuing_elsewhere import (
    RSA,
    did_jwk,
    token,
    with_proof,
)


@pytest.fixture(scope="module")
def png() -> bytes:
    return draw(Picture("Podcast", "Radio", "workshop", None, "#0b5a9c"))


async def test_a_badge_is_found_in_its_picture(elsewhere: Elsewhere, png: bytes) -> None:
    signed = as_bytes(with_proof(badge()))
    did = did_jwk(RSA)
    jws = token(claims(badge(did)), RSA, kid=f"{did}#0")
    for content, form in (
        (bake(png, signed), "JSON document baked into a PNG"),
        (bake(png, jws.encode()), "token (JWT) baked into a PNG"),
        (svg(signed.decode()), "JSON document baked into a SVG"),
        (svg(jws), "token (JWT) baked into a SVG"),
    ):
        found = await checked(content, elsewhere)
        assert found.verdict is Verdict.VALID
        assert form in reason(found, "format")


async def test_of_two_badges_in_a_picture_the_newer_standard_counts(elsewhere: Elsewhere) -> None:
    newer = svg(as_bytes(with_proof(badge())).decode())
    older = svg("https://issuer.example/1", version=2)
    both = b"<svg>" + older + newer + b"</svg>"
    assert (await checked(both, elsewhere)).verdict is Verdict.VALID
    twice = b"<svg>" + newer + newer + b"</svg>"
    assert (await checked(twice, elsewhere)).verdict is Verdict.NOT_A_CREDENTIAL


BOMB = '<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
UNREADABLE: dict[str, bytes] = {
    "nothing": b"",
    "a text": b"hello",
    "a list": b"[]",
    "another document": b'{"type": "Person"}',
    "a large document": b'{"a": "' + b"a" * (256 << 10) + b'"}',
    "a deep document": b'{"a":' * 40 + b"1" + b"}" * 40,
    "a very deep document": b"[" * 100_000,
    "a picture without a badge": svg("{").replace(b"b:credential", b"g"),
    "a picture with entities": svg("{}", before=BOMB),
    "a picture from elsewhere": svg("{}", before='<!DOCTYPE svg SYSTEM "file:///etc/passwd">') + b"<",
    "a picture of many elements": b"<svg>" + b"<g/>" * 30_000 + b"</svg>",
    "a deep picture": b"<g>" * 100,
    "half a PNG": b"\x89PNG\r\n\x1a\n",
    "a token of nothing": b"a.b.c",
    "half a character": b"https://\xff",
}


@pytest.mark.parametrize("content", UNREADABLE)
async def test_what_is_no_badge_is_called_that(elsewhere: Elsewhere, content: str) -> None:
    found = await checked(UNREADABLE[content], elsewhere)
    assert found.verdict is Verdict.NOT_A_CREDENTIAL
    assert found.found["format"].finding.result is Result.FAILED
    assert not elsewhere.asked


def chunk(text: bytes) -> bytes:
    """An iTXt chunk of a PNG with that data."""
    return len(text).to_bytes(4) + b"iTXt" + text + zlib.crc32(b"iTXt" + text).to_bytes(4)


async def test_a_picture_with_a_bomb_in_a_chunk_is_not_unpacked(elsewhere: Elsewhere, png: bytes) -> None:
    bomb = chunk(b"openbadgecredential\0\1\0\0\0" + zlib.compress(b" " * (64 << 20), 9))
    found = await checked(png[:33] + bomb + png[33:], elsewhere)
    assert (found.verdict, "1 MiB" in reason(found, "format")) == (Verdict.NOT_A_CREDENTIAL, True)


async def test_a_picture_of_open_badges_2_carries_an_address(elsewhere: Elsewhere, png: bytes) -> None:
    elsewhere.publish("https://issuer.example/badge", with_proof(badge()))
    carried = chunk(b"openbadges\0\0\0\0\0https://issuer.example/badge")
    found = await checked(png[:33] + carried + png[33:], elsewhere)
    assert (found.verdict, elsewhere.asked) == (Verdict.VALID, ["https://issuer.example/badge"])


async def test_a_picture_inside_the_badge_is_data_like_any_other(elsewhere: Elsewhere) -> None:
    document = badge()
    picture = {"id": "data:image/png;base64," + "iVBORw0KGgo" * 15_000, "type": "Image"}
    document["credentialSubject"]["achievement"]["image"] = picture
    found = await checked(with_proof(document), elsewhere)
    assert found.verdict is Verdict.VALID, reason(found, "proof") + reason(found, "schema")
    assert not elsewhere.asked


async def test_a_badge_is_fetched_from_its_address(elsewhere: Elsewhere, png: bytes) -> None:
    url = "https://issuer.example/badge"
    elsewhere.publish(url, bake(png, as_bytes(with_proof(badge()))))
    assert (await checked(url, elsewhere)).verdict is Verdict.VALID
    elsewhere.publish(url, url.encode())
    assert (await checked(url, elsewhere)).verdict is Verdict.NOT_A_CREDENTIAL
    del elsewhere.pages[url]
    assert (await checked(url, elsewhere)).verdict is Verdict.CANNOT_CHECK_NOW
