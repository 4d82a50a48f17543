"""The picture of an achievement as SVG, in the same layout as the PNG: sharp at any size, and read aloud."""

from collections.abc import Iterator
from functools import lru_cache
from html import escape

from .picture import FALL, HOLLOW, PIP, RINGS, Colour, Picture, darker, parsed, readable
from .picture_fonts import width
from .picture_icons import ICON_PATHS
from .picture_layout import HALF, LAYERS, SIZE, Layout, Line, lay_out
from .picture_shapes import SHAPES, Outline, inside, scaled

_FONTS = "'Noto Sans', system-ui, sans-serif"


@lru_cache(maxsize=128)
def draw_svg(picture: Picture, alt: str) -> bytes:
    """The picture as a whole SVG document; `alt` is what it shows, for those who do not see it.

    Raises ValueError if its colour is none.
    """
    layer_name = picture.layer_name or (picture.layer or "").capitalize()
    layout = lay_out(picture.title, picture.issuer, picture.kind, picture.layer, layer_name)
    parts = [*_ground(picture), *_ink(picture, layout)]
    told = escape(" ".join(alt.split()))
    head = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0"'
        f' viewBox="0 0 {SIZE} {SIZE}" width="{SIZE}" height="{SIZE}" role="img" aria-label="{told}">'
    )
    return "\n".join((head, f"<title>{told}</title>", *parts, "</svg>\n")).encode()


def _ground(picture: Picture) -> Iterator[str]:
    """The shape with its gradient and rings."""
    top = readable(parsed(picture.colour))
    yield (
        '<defs><linearGradient id="fall" x2="0" y2="1" gradientUnits="objectBoundingBox">'
        f'<stop stop-color="{_hex(top)}"/><stop offset="1" stop-color="{_hex(darker(top, FALL))}"/>'
        "</linearGradient></defs>"
    )
    yield f'<path fill="url(#fall)" d="{_path(SHAPES[picture.kind])}"/>'
    for outer, inner in RINGS[picture.layer]:
        shape = inside(picture.kind)
        both = _path(scaled(shape, outer)) + _path(scaled(shape, inner))
        yield f'<path fill="#fff" fill-rule="evenodd" d="{both}"/>'


def _ink(picture: Picture, layout: Layout) -> Iterator[str]:
    """Icon, texts and pips, all in white."""
    icon = layout.icon
    scale = (icon.right - icon.left) / 1000
    place = f"translate({icon.left:g} {icon.top:g}) scale({scale:g})"
    yield f'<path fill="#fff" transform="{place}" d="{ICON_PATHS[picture.kind]}"/>'
    yield f'<g fill="#fff" font-family="{_FONTS}" font-weight="600" text-anchor="middle" aria-hidden="true">'
    yield from (_text(line) for line in (*layout.title, *layout.issuer, *layout.layer))
    yield "</g>"
    filled = LAYERS.index(picture.layer) + 1 if picture.layer else 0
    for number, (x, y) in enumerate(layout.pips):
        fill = "#fff" if number < filled else "none"
        radius = PIP - HOLLOW / 2
        yield (
            f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" fill="{fill}" stroke="#fff"'
            f' stroke-width="{HOLLOW}"/>'
        )


def _text(line: Line) -> str:
    """A line as wide as in the PNG, whatever font is at hand."""
    return (
        f'<text x="{line.middle:g}" y="{line.baseline:.1f}" font-size="{line.size}"'
        f' textLength="{width(line.text, line.size):.1f}" lengthAdjust="spacingAndGlyphs">'
        f"{escape(line.text)}</text>"
    )


def _path(outline: Outline) -> str:
    points = (f"{HALF + x * HALF:.1f} {HALF + y * HALF:.1f}" for x, y in outline)
    return f"M{'L'.join(points)}Z"


def _hex(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
