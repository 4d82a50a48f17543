"""The picture of an achievement: shape by kind, ring and pips by layer, icon, colour of the city, title.

The same values always give the same bytes, so that a picture need not be kept to be had again.
"""

import io
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from PIL import Image, ImageChops, ImageColor, ImageDraw

from .domain.badge import Kind, Layer
from .picture_fonts import ICON_FONT, font, pieces, width
from .picture_layout import HALF, LAYERS, SIZE, Box, Line, lay_out
from .picture_shapes import SHAPES, Outline, inside, scaled

CITY_COLOUR = "#0b5a9c"
READABLE = 4.5
Colour = tuple[int, int, int]

# Code points in the Lucide icon font.
ICONS: MappingProxyType[Kind, str] = MappingProxyType(
    {
        "event": "\ue2b9",  # calendar-days
        "workshop": "\ue0ec",  # hammer
        "course": "\ue234",  # graduation-cap
        "project": "\ue286",  # rocket
        "volunteering": "\ue2d7",  # heart-handshake
        "internship": "\ue062",  # briefcase
        "open_space": "\ue3d6",  # door-open
        "digital_experience": "\ue3a2",  # monitor-smartphone
        "pathway": "\ue53e",  # route
    }
)
# Inner white rings, as (outer, inner) parts of the shape: the further the layer, the more there is of it.
RINGS: MappingProxyType[Layer | None, tuple[tuple[float, float], ...]] = MappingProxyType(
    {
        None: ((0.93, 0.915),),
        "engage": ((0.93, 0.92),),
        "participate": ((0.935, 0.91),),
        "demonstrate": ((0.945, 0.92), (0.895, 0.885)),
        "lead": ((0.955, 0.91), (0.89, 0.875)),
    }
)
FALL = 0.62  # how much of its light is left at the foot
_FINE = 4
_WHITE = (255, 255, 255)
PIP, HOLLOW = 10, 3


@dataclass(frozen=True, slots=True)
class Picture:
    """What a picture shows; `colour` is `#rrggbb`, `layer_name` the layer's word in another language."""

    title: str
    issuer: str
    kind: Kind
    layer: Layer | None = None
    colour: str = CITY_COLOUR
    layer_name: str | None = None


def draw(picture: Picture) -> bytes:
    """The picture as PNG, 600 by 600 pixels, transparent around the shape.

    Raises ValueError if `colour` is none.
    """
    image = _ground(readable(parsed(picture.colour)), picture.kind, picture.layer)
    image.paste(_WHITE, mask=ink(picture))
    image.putalpha(_mask(SHAPES[picture.kind], 1.0))
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()


def ink(picture: Picture) -> Image.Image:
    """What is written on the shape, white on black: icon, texts and pips, without the rings."""
    layer_name = picture.layer_name or (picture.layer or "").capitalize()
    layout = lay_out(picture.title, picture.issuer, picture.kind, picture.layer, layer_name)
    image = Image.new("L", (SIZE, SIZE))
    drawing = ImageDraw.Draw(image)
    _draw_icon(drawing, ICONS[picture.kind], layout.icon)
    for line in (*layout.title, *layout.issuer, *layout.layer):
        _draw_line(drawing, line)
    filled = LAYERS.index(picture.layer) + 1 if picture.layer else 0
    for number, (x, y) in enumerate(layout.pips):
        pip = _pip(number < filled)
        image.paste(pip, (round(x - pip.width / 2), round(y - pip.height / 2)))
    return image


def readable(colour: Colour) -> Colour:
    """The colour, darkened until white on it has a contrast of at least 4.5 (WCAG 2.2, 1.4.3)."""
    while contrast_with_white(colour) < READABLE:
        colour = darker(colour, 0.97)
    return colour


def contrast_with_white(colour: Colour) -> float:
    """The contrast ratio of white text on a colour, from 1 to 21 (WCAG 2.2, contrast ratio)."""
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (each / 255 for each in colour)
    ]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return 1.05 / (luminance + 0.05)


def parsed(colour: str) -> Colour:
    """Red, green and blue of `#rrggbb`. Raises ValueError."""
    red, green, blue = ImageColor.getrgb(colour)[:3]
    return red, green, blue


def darker(colour: Colour, part: float) -> Colour:
    """That part of its light."""
    red, green, blue = (int(each * part) for each in colour)
    return red, green, blue


def _ground(colour: Colour, kind: Kind, layer: Layer | None) -> Image.Image:
    """The coloured shape with its rings: a gradient that gets darker downwards, never lighter."""
    image = Image.new("RGB", (SIZE, SIZE), colour)
    image.paste(darker(colour, FALL), mask=_fall())
    for outer, inner in RINGS[layer]:
        image.paste(_WHITE, mask=_ring(inside(kind), outer, inner))
    return image


@lru_cache(maxsize=1)
def _fall() -> Image.Image:
    return Image.linear_gradient("L").resize((SIZE, SIZE), Image.Resampling.BILINEAR)


@lru_cache(maxsize=64)
def _ring(outline: Outline, outer: float, inner: float) -> Image.Image:
    return ImageChops.subtract(_mask(outline, outer), _mask(outline, inner))


@lru_cache(maxsize=64)
def _mask(outline: Outline, factor: float) -> Image.Image:
    """The shape, white on black."""
    half = HALF * _FINE
    points = [(half + x * half, half + y * half) for x, y in scaled(outline, factor)]
    fine = Image.new("L", (SIZE * _FINE, SIZE * _FINE))
    ImageDraw.Draw(fine).polygon(points, fill=255)
    return fine.reduce(_FINE)


@lru_cache(maxsize=2)
def _pip(filled: bool) -> Image.Image:
    """A disc or a circle, white on black."""
    middle, radius = (PIP + 2) * _FINE, PIP * _FINE
    fine = Image.new("L", (2 * middle, 2 * middle))
    fill = 255 if filled else 0
    ImageDraw.Draw(fine).circle((middle, middle), radius, fill=fill, outline=255, width=HOLLOW * _FINE)
    return fine.reduce(_FINE)


def _draw_icon(drawing: ImageDraw.ImageDraw, icon: str, box: Box) -> None:
    middle = ((box.left + box.right) / 2, (box.top + box.bottom) / 2)
    drawing.text(middle, icon, fill=255, font=font(ICON_FONT, round(box.right - box.left)), anchor="mm")


def _draw_line(drawing: ImageDraw.ImageDraw, line: Line) -> None:
    x = line.middle - width(line.text, line.size) / 2
    for name, run in pieces(line.text):
        face = font(name, line.size)
        drawing.text((x, line.baseline), run, fill=255, font=face, anchor="ls")
        x += face.getlength(run)
