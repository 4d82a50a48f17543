from xml.etree import ElementTree

import pytest

from services.badges.domain.badge import Kind, Layer
from services.badges.picture import ICONS, RINGS, Picture, contrast_with_white, parsed
from services.badges.picture_fonts import width
from services.badges.picture_icons import ICON_PATHS
from services.badges.picture_layout import lay_out
from services.badges.picture_svg import draw_svg

SVG = "{http://www.w3.org/2000/svg}"


def drawn(picture: Picture, alt: str = "what it shows") -> ElementTree.Element:
    return ElementTree.fromstring(draw_svg(picture, alt))


@pytest.mark.parametrize("kind", ICONS)
@pytest.mark.parametrize("layer", RINGS)
def test_the_drawing_has_the_layout_of_the_picture(kind: Kind, layer: Layer | None) -> None:
    root = drawn(Picture("Podcast maker and editor", "Nuorten Ääni", kind, layer))
    layout = lay_out("Podcast maker and editor", "Nuorten Ääni", kind, layer, (layer or "").capitalize())
    lines = (*layout.title, *layout.issuer, *layout.layer)
    texts = list(root.iter(f"{SVG}text"))
    assert [each.text for each in texts] == [line.text for line in lines]
    for text, line in zip(texts, lines, strict=True):
        assert float(text.get("textLength", "")) == pytest.approx(width(line.text, line.size), abs=0.1)
        assert float(text.get("y", "")) == pytest.approx(line.baseline, abs=0.1)
    assert len(list(root.iter(f"{SVG}circle"))) == len(layout.pips)
    assert ICON_PATHS[kind] in [each.get("d") for each in root.iter(f"{SVG}path")]
    assert len([each for each in root.iter(f"{SVG}path") if each.get("fill-rule")]) == len(RINGS[layer])


def test_it_says_what_it_shows() -> None:
    root = drawn(Picture('<"Ä" & b>', "x", "event"), 'It shows "Ä"\n& <b>')
    assert root.get("role") == "img"
    assert root.get("aria-label") == root.findtext(f"{SVG}title") == 'It shows "Ä" & <b>'


def test_its_colour_can_be_written_on_in_white() -> None:
    root = drawn(Picture("x", "y", "event", colour="#ffee00"))
    colours = [each.get("stop-color", "") for each in root.iter(f"{SVG}stop")]
    assert all(contrast_with_white(parsed(each)) >= 4.5 for each in colours)


def test_it_loads_nothing_from_elsewhere() -> None:
    svg = draw_svg(Picture("x", "y", "pathway", "lead"), "z")
    assert b"href" not in svg and b"<script" not in svg and b"<image" not in svg
    assert len(svg) < 40_000
