"""In what a badge may come, and what is no badge."""

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


async def test_a_badge_is_fetched_from_its_address(elsewhere: Elsewhere, png: bytes) -> None:
    url = "https://issuer.example/badge"
    elsewhere.publish(url, bake(png, as_bytes(with_proof(badge()))))
    assert (await checked(url, elsewhere)).verdict is Verdict.VALID
    elsewhere.publish(url, url.encode())
    assert (await checked(url, elsewhere)).verdict is Verdict.NOT_A_CREDENTIAL
    del elsewhere.pages[url]
    assert (await checked(url, elsewhere)).verdict is Verdict.CANNOT_CHECK_NOW
