"""Badge pictures: nothing outside its shape, nothing unreadable, no boxes, the same bytes every time."""

import io
import time
from itertools import pairwise, product
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops, ImageDraw

from services.badges import picture
from services.badges.domain.badge import Kind, Layer
from services.badges.picture import RINGS, Picture, contrast_with_white, draw, ink, readable
from services.badges.picture_fonts import TEXT_FONTS, drawable, font, pieces
from services.badges.picture_layout import HALF, SIZE, Box, lay_out
from services.badges.picture_shapes import SHAPES, Outline, half_width, inside, scaled

pytestmark = pytest.mark.usefixtures("undisturbed")

KINDS = get_args(Kind)
LAYERS: tuple[Layer | None, ...] = (None, *get_args(Layer))
TITLES = {
    "Lithuanian": "Žygimantės ateities dirbtuvės: šviesa, ąžuolai ir įkvėpimas",
    "Finnish": "Äänisuunnittelun yöpaja",
    "Finnish, one word": "Ympäristövaikutustenarviointikoulutus",
    "Dutch": "Stage bij een maatschappelijke organisatie",
    "Spanish": "¿Qué será? Taller de fotografía y edición para jóvenes",
    "Ukrainian": "Волонтёр на фестивалі «Їжак»",
    "Greek": "Ψηφιακή ξενάγηση στην πόλη",
    "Arabic": "مدرّب الشباب في مختبر المدينة 2026",
    "Persian": "کارگاه عکاسی برای نوجوانان",
    "Hebrew": "סדנת צילום (מתחילים)",
    "Turkish": "İstanbul'da Ğüşçö gönüllülük",
    "Polish": "Łódź: zażółć gęślą jaźń",
    "German": "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
    "short": "Go",
    "long": "A title that goes on and on and should really have been shortened by somebody else",
    "wide": "WWWWWW MMMMMM WWWWWW MMMMMM",
}
ISSUERS = ("Youth Radio Helsinki", "Ayuntamiento de Málaga, Área de Juventud, Educación y Fomento del Empleo")


def area_inside_the_rings(kind: Kind, layer: Layer | None) -> Image.Image:
    inner = min(inner for _, inner in RINGS[layer])
    area = Image.new("L", (SIZE, SIZE))
    points = [(HALF + x * HALF, HALF + y * HALF) for x, y in scaled(inside(kind), inner)]
    ImageDraw.Draw(area).polygon(points, fill=255)
    return area


@pytest.mark.parametrize(("kind", "layer"), list(product(KINDS, (None, "lead"))))
def test_nothing_written_touches_the_ring_of_any_shape(kind: Kind, layer: Layer | None) -> None:
    area = area_inside_the_rings(kind, layer)
    for title, issuer in zip(TITLES.values(), ISSUERS * len(TITLES), strict=False):
        written = ink(Picture(title, issuer, kind, layer))
        assert ImageChops.subtract(written, area).getbbox() is None, title


def corners(box: Box) -> list[tuple[float, float]]:
    return [(x, y) for x in (box.left, box.right) for y in (box.top, box.bottom)]


def is_within(outline: Outline, x: float, y: float) -> bool:
    return abs(x / HALF - 1) <= half_width(outline, y / HALF - 1, y / HALF - 1) + 0.001


@pytest.mark.parametrize("kind", KINDS)
def test_every_box_lies_inside_its_shape_and_no_two_overlap(kind: Kind) -> None:
    for title in TITLES.values():
        layout = lay_out(title, ISSUERS[0], kind, "demonstrate", "Demonstrate")
        boxes = [layout.icon, *(line.box for line in (*layout.title, *layout.issuer, *layout.layer))]
        for box in boxes:
            assert all(is_within(inside(kind), x, y) for x, y in corners(box))
        lines = (*layout.title, *layout.issuer, *layout.layer)
        for above, below in pairwise(lines):
            assert above.baseline < below.baseline - below.size * 0.75
        assert layout.icon.bottom <= layout.title[0].box.top + layout.title[0].size * 0.25


@pytest.mark.parametrize(("kind", "layer"), list(product(KINDS, get_args(Layer))))
def test_issuer_and_layer_are_always_named(kind: Kind, layer: Layer) -> None:
    layout = lay_out("Podcast", "Youth Radio Helsinki", kind, layer, layer)
    assert [line.text for line in layout.issuer] == ["Youth Radio Helsinki"]
    assert [line.text for line in layout.layer] == [layer]
    assert len(layout.pips) == 4


@pytest.mark.parametrize("language", TITLES)
def test_no_character_of_a_title_is_drawn_as_a_box(language: str) -> None:
    title = drawable(TITLES[language])
    assert title == TITLES[language]
    boxes = {name: bytes(font(name, 40).getmask("\U0010fffd")) for name in TEXT_FONTS}
    for name, run in pieces(title):
        assert all(bytes(font(name, 40).getmask(each)) != boxes[name] for each in run if each != " ")


def test_what_no_font_has_is_left_out() -> None:
    assert drawable("Fest 🎉 日本 Ivalo\n2026\u200d") == "Fest Ivalo 2026"
    assert lay_out("日本語", "🎉", "event", "lead", "Lead").title == ()
    assert draw(Picture("日本語", "🎉", "event")).startswith(b"\x89PNG")


def test_a_title_gets_smaller_and_two_lines_before_anything_is_cut() -> None:
    def sizes(title: str) -> tuple[list[str], int]:
        lines = lay_out(title, "A", "event", None, "").title
        return [line.text for line in lines], lines[0].size

    short, medium = sizes("Podcast"), sizes("Podcast Producer of the Year")
    assert short[0] == ["Podcast"]
    assert medium[0] == ["Podcast Producer", "of the Year"]
    assert short[1] > medium[1]
    cut, _ = sizes(TITLES["long"])
    assert cut[0] == "A title that goes on and on and should"
    assert cut[1].endswith("…")
    broken, _ = sizes(TITLES["German"])
    assert broken[0].endswith("-")
    assert broken[1].endswith("…")


def test_the_same_badge_always_has_the_same_bytes() -> None:
    badge = Picture("Podcast Producer", "Youth Radio Helsinki", "workshop", "demonstrate")
    first = draw(badge)
    for cached in (picture._mask, picture._ring, picture._pip, picture._fall, font):
        cached.cache_clear()
    assert draw(badge) == first


def test_badges_differ_by_kind_and_by_layer() -> None:
    drawn = {draw(Picture("Podcast", "Radio", kind, layer)) for kind, layer in product(KINDS, LAYERS)}
    assert len(drawn) == len(KINDS) * len(LAYERS)
    outlines = {SHAPES[kind] for kind in KINDS}
    assert len(outlines) == len(KINDS)


def test_the_picture_is_transparent_around_its_shape() -> None:
    with Image.open(io.BytesIO(draw(Picture("Podcast", "Radio", "event")))) as image:
        assert (image.size, image.mode) == ((SIZE, SIZE), "RGBA")
        around = image.getchannel("A")
    assert around.getpixel((0, 0)) == 0
    assert around.getpixel((SIZE // 2, 30)) == 255


@given(st.tuples(*[st.integers(0, 255)] * 3))
@settings(max_examples=50)
def test_white_can_be_read_on_any_colour_a_city_chooses(colour: tuple[int, int, int]) -> None:
    assert contrast_with_white(readable(colour)) >= 4.5


def test_the_whole_of_a_bright_badge_is_dark_enough() -> None:
    with Image.open(io.BytesIO(draw(Picture("A", "B", "internship", colour="#ffff00")))) as image:
        column = image.convert("RGB").crop((120, 80, 121, 520)).tobytes()
    colours = zip(column[::3], column[1::3], column[2::3], strict=True)
    assert min(map(contrast_with_white, colours)) >= 4.5


def test_contrast_is_that_of_the_guidelines() -> None:
    assert contrast_with_white((0, 0, 0)) == pytest.approx(21)
    assert contrast_with_white((255, 255, 255)) == pytest.approx(1)
    assert contrast_with_white((118, 118, 118)) == pytest.approx(4.54, abs=0.01)


def test_a_colour_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="color"):
        draw(Picture("A", "B", "event", colour="bluish"))


def test_a_picture_takes_no_more_than_a_moment() -> None:
    started = time.process_time()
    for kind in KINDS:
        draw(Picture(TITLES["Spanish"], ISSUERS[0], kind, "lead", "#00747c"))
    assert (time.process_time() - started) / len(KINDS) < 0.15
