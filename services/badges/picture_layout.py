"""Where everything on a badge stands: icon, title, issuer and layer, each inside the shape's own safe area.

Pixels of the finished picture, from its upper left corner. What does not fit gets smaller, then two lines,
then a mark of omission; nothing ever touches the ring.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from .domain.badge import Kind, Layer
from .picture_fonts import drawable, width
from .picture_shapes import Outline, half_width, inside, scaled

SIZE = 600
HALF = SIZE / 2
LAYERS: tuple[Layer, ...] = ("engage", "participate", "demonstrate", "lead")

# Parts of the shape, measured from its middle: inside SAFE nothing reaches the ring.
SAFE = 0.84
_TITLE_SIZES = (58, 54, 50, 46, 42, 38, 34, 30, 26)
_ISSUER_SIZES = (26, 24, 22, 20)
_LAYER_SIZE = 22
_ICON_SIZE = 104
_LINE_HEIGHT = 1.22
# How far letters reach above and below the line they stand on, in parts of their size; the tallest are
# capitals with an accent (Ž) and joined Arabic letters.
_ABOVE, _BELOW = 1.0, 0.36
# Heights of the middles of the parts, from -1 to 1.
_ICON, _TITLE, _ISSUER, _PIPS, _LAYER = -0.54, -0.06, 0.285, 0.45, 0.605
_WITHOUT_LAYER = 0.07
_SHIFT: dict[Kind, float] = {"project": 0.08}
_PIP_APART = 34


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text: its size, the point under its middle on which it stands, and the box it keeps to."""

    text: str
    size: int
    middle: float
    baseline: float
    box: Box


@dataclass(frozen=True, slots=True)
class Layout:
    """Everything there is to draw on the shape."""

    icon: Box
    title: tuple[Line, ...]
    issuer: tuple[Line, ...]
    layer: tuple[Line, ...]
    pips: tuple[tuple[float, float], ...]


def lay_out(title: str, issuer: str, kind: Kind, layer: Layer | None, layer_name: str) -> Layout:
    """Places a badge's parts; characters that no font has are left out."""
    shape = scaled(inside(kind), SAFE)
    shift = _SHIFT.get(kind, 0.0) + (0.0 if layer else _WITHOUT_LAYER)
    middle = HALF * (1 + _PIPS + shift)
    pips = tuple((HALF + (index - 1.5) * _PIP_APART, middle) for index in range(len(LAYERS)))
    return Layout(
        icon=_square(HALF * (1 + _ICON + shift), _ICON_SIZE),
        title=_fitted(drawable(title), shape, _TITLE + shift, _TITLE_SIZES, most_lines=2),
        issuer=_fitted(drawable(issuer), shape, _ISSUER + shift, _ISSUER_SIZES, most_lines=1),
        layer=_fitted(drawable(layer_name if layer else ""), shape, _LAYER + shift, (_LAYER_SIZE,), 1),
        pips=pips if layer else (),
    )


def _square(middle: float, size: int) -> Box:
    return Box(HALF - size / 2, middle - size / 2, HALF + size / 2, middle + size / 2)


def _fitted(
    text: str, shape: Outline, middle: float, sizes: tuple[int, ...], most_lines: int
) -> tuple[Line, ...]:
    """The text in the largest size in which it fits, on the fewest lines; cut in the smallest if in none."""
    if not text:
        return ()
    for size in sizes:
        for lines in _arrangements(text.split(), most_lines):
            placed = _placed(lines, size, shape, middle)
            if all(map(_fits, placed)):
                return placed
    return _cut(text, sizes[-1], shape, middle, most_lines)


def _arrangements(words: list[str], most_lines: int) -> Iterator[list[str]]:
    """The ways to spread words over lines: one line first, then the most even pairs."""
    yield [" ".join(words)]
    if most_lines == 2:
        pairs = [[" ".join(words[:at]), " ".join(words[at:])] for at in range(1, len(words))]
        yield from sorted(pairs, key=lambda pair: max(map(len, pair)))


def _placed(lines: list[str], size: int, shape: Outline, middle: float) -> tuple[Line, ...]:
    """The lines around a height, each with the box that the shape leaves it there."""
    height = size * _LINE_HEIGHT
    first = HALF * (1 + middle) - height * (len(lines) - 1) / 2 + size * (_ABOVE - _BELOW) / 2
    return tuple(
        Line(text, size, HALF, first + index * height, _room(shape, first + index * height, size))
        for index, text in enumerate(lines)
    )


def _room(shape: Outline, baseline: float, size: int) -> Box:
    top, bottom = baseline - size * _ABOVE, baseline + size * _BELOW
    reach = HALF * half_width(shape, top / HALF - 1, bottom / HALF - 1)
    return Box(HALF - reach, top, HALF + reach, bottom)


def _fits(line: Line) -> bool:
    return width(line.text, line.size) <= line.box.right - line.box.left


def _cut(text: str, size: int, shape: Outline, middle: float, most_lines: int) -> tuple[Line, ...]:
    """As much of the text as fits, ending in a mark of omission."""
    lines, rest = [""] * most_lines, text
    for index in range(most_lines):
        last = index == most_lines - 1
        line = _placed(lines, size, shape, middle)[index]
        lines[index], rest = _start_of(rest, line, last)
    return _placed(lines, size, shape, middle)


def _start_of(text: str, line: Line, last: bool) -> tuple[str, str]:
    """The longest start of a text that fits into the line, up to a space if there is one, and the rest."""
    room = line.box.right - line.box.left
    for end in range(len(text) - 1, 0, -1):
        start = text[:end].rstrip() + ("…" if last else "" if text[end] == " " else "-")
        broken = not last and text[end] != " " and " " in text[:end]
        if not broken and width(start, line.size) <= room:
            return start, text[end:].lstrip()
    return "", text
