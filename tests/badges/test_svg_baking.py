from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.badges.svg_baking import NotABadgeDrawing, bake_svg

SVG = b'<?xml version="1.0"?>\n<!-- a > b -->\n<svg xmlns="http://www.w3.org/2000/svg" id="a>b"><g/></svg>'
HEAD, REST = SVG[: SVG.index(b"<g/>")], SVG[SVG.index(b"<g/>") :]
JWS = b"eyJhbGciOiJSUzI1NiJ9.e30.c2lnbmF0dXJl"
URL = b"https://city.test/ob2/assertions/x?a&b"
NS_3_0, NS_2_0 = "{https://purl.imsglobal.org/ob/v3p0}", "{http://openbadges.org}"


def test_the_credential_stands_right_behind_the_opening_tag_and_all_else_is_untouched() -> None:
    baked = bake_svg(SVG, b'{"a": "<b>"}')
    assert baked.startswith(HEAD + b"<openbadges:credential ")
    assert baked.endswith(REST)
    first = ElementTree.fromstring(baked)[0]
    assert (first.tag, first.text) == (f"{NS_3_0}credential", '{"a": "<b>"}')


def test_a_token_stands_in_an_attribute() -> None:
    assert ElementTree.fromstring(bake_svg(SVG, JWS))[0].get("verify") == JWS.decode()


def test_both_standards_stand_in_one_drawing_each_in_its_own_namespace() -> None:
    newer, older, _ = ElementTree.fromstring(bake_svg(SVG, JWS, URL))
    assert (newer.tag, older.tag) == (f"{NS_3_0}credential", f"{NS_2_0}assertion")
    assert older.get("verify") == URL.decode()


@pytest.mark.parametrize("old", [b'{"old": "]]> <x>"}', JWS])
def test_baking_again_replaces_what_the_drawing_carried(old: bytes) -> None:
    assert bake_svg(bake_svg(SVG, old, b"https://old.example"), b"{}", URL) == bake_svg(SVG, b"{}", URL)
    assert URL.replace(b"&", b"&amp;") in bake_svg(bake_svg(SVG, old, URL), b"{}")


def test_what_other_software_baked_is_replaced_too() -> None:
    other = b"<openbadges:credential\n  verify='x.y.z' >\n  </openbadges:credential >"
    declared = SVG.replace(b"<svg ", b'<svg xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0" ')
    late = declared.replace(b"<g/>", b"<g/>" + other)
    assert bake_svg(late, JWS) == bake_svg(declared, JWS)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")))
def test_any_text_comes_out_as_it_went_in(text: str) -> None:
    credential = "{" + text
    first = ElementTree.fromstring(bake_svg(SVG, credential.encode()))[0]
    assert first.text == credential


@pytest.mark.parametrize(
    "other", [b"", b"GIF89a", b"<html><svg></svg></html>", b"<svg", b"<svg/>", b"<svgx>"]
)
def test_what_is_no_drawing_is_refused(other: bytes) -> None:
    with pytest.raises(NotABadgeDrawing):
        bake_svg(other, b"{}")
