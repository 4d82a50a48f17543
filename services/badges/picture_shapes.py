"""The outlines of badges: one shape for each kind of activity, so that they are told apart without colour.

Coordinates are fractions of half the picture, from its middle: x to the right and y down, both from -1 to 1.
"""

from collections.abc import Callable
from math import cos, dist, pi, sin
from types import MappingProxyType

from .domain.badge import Kind

Outline = tuple[tuple[float, float], ...]

_CURVE = 10


def _around(radius: Callable[[float], float], points: int, turned: float = 0.0) -> Outline:
    """Points at equal angles, the first straight up (plus `turned`, in turns)."""
    angles = [2 * pi * (index / points + turned) for index in range(points)]
    return tuple((radius(angle) * sin(angle), -radius(angle) * cos(angle)) for angle in angles)


def _rounded(corners: Outline, cut: float) -> Outline:
    """The outline with each corner replaced by a curve that begins `cut` before it, or halfway if nearer."""
    curved: list[tuple[float, float]] = []
    for before, corner, after in zip(
        (corners[-1], *corners), corners, (*corners[1:], corners[0]), strict=False
    ):
        start, end = _towards(corner, before, cut), _towards(corner, after, cut)
        for step in range(_CURVE + 1):
            t = step / _CURVE
            weights = ((1 - t) ** 2, 2 * t * (1 - t), t**2)
            points = (start, corner, end)
            curved.append(
                (
                    sum(weight * x for weight, (x, _) in zip(weights, points, strict=True)),
                    sum(weight * y for weight, (_, y) in zip(weights, points, strict=True)),
                )
            )
    return tuple(curved)


def _towards(point: tuple[float, float], other: tuple[float, float], distance: float) -> tuple[float, float]:
    part = min(distance / dist(point, other), 0.5)
    return point[0] + (other[0] - point[0]) * part, point[1] + (other[1] - point[1]) * part


def _regular(corners: int, turned: float = 0.0) -> Outline:
    return _rounded(_around(lambda _: 1.0, corners, turned), 0.12)


def _gear() -> Outline:
    """Twelve teeth, the first straight up."""
    tooth = ((-0.2, 0.98), (0.2, 0.98), (0.3, 0.9), (0.7, 0.9))
    points = [(2 * pi * (number + turn) / 12, radius) for number in range(12) for turn, radius in tooth]
    return _rounded(tuple((radius * sin(angle), -radius * cos(angle)) for angle, radius in points), 0.06)


def _pentagon() -> Outline:
    """A little lower than around its middle, where it looks too high."""
    return _rounded(tuple((x, y + 0.08) for x, y in _around(lambda _: 1.06, 5)), 0.14)


def _shield() -> Outline:
    """Flat above, straight at the sides, curving to a point below."""
    right = [(0.84 * cos(step / 10), 0.16 + 0.78 * sin(step / 10)) for step in range(14)]
    box = _rounded(((-0.84, 0.84), (-0.84, -0.86), (0.84, -0.86), (0.84, 0.84)), 0.12)
    above = box[_CURVE + 1 : 3 * (_CURVE + 1)]
    return (*above, *right, (0.0, 0.96), *((-x, y) for x, y in reversed(right)))


SHAPES: MappingProxyType[Kind, Outline] = MappingProxyType(
    {
        "event": _around(lambda _: 0.98, 240),
        "workshop": _gear(),
        "course": _regular(8, 1 / 16),
        "project": _pentagon(),
        "volunteering": _around(lambda angle: 0.93 + 0.05 * cos(10 * angle), 240),
        "internship": _rounded(((0.86, -0.86), (0.86, 0.86), (-0.86, 0.86), (-0.86, -0.86)), 0.2),
        "open_space": _around(lambda angle: 0.9 + 0.08 * cos(4 * angle), 240),
        "digital_experience": _regular(6),
        "pathway": _shield(),
    }
)

# What rings and text follow where it is not the shape itself.
_INSIDE: MappingProxyType[Kind, Outline] = MappingProxyType({"workshop": _around(lambda _: 0.9, 120)})


def inside(kind: Kind) -> Outline:
    """The outline that a shape's rings and safe area are parts of."""
    return _INSIDE.get(kind, SHAPES[kind])


def scaled(outline: Outline, factor: float) -> Outline:
    """The same shape, smaller or larger around its middle."""
    return tuple((x * factor, y * factor) for x, y in outline)


def half_width(outline: Outline, top: float, bottom: float) -> float:
    """How far a box of rows from `top` to `bottom`, with its middle at x = 0, may reach to either side.

    0 if not at all. Looks at both edges of the box and at every corner of the outline between them.
    """
    rows = [top, bottom, *(y for _, y in outline if top < y < bottom)]
    return min(_half_width_at(outline, y) for y in rows)


def _half_width_at(outline: Outline, y: float) -> float:
    crossings = []
    for (x1, y1), (x2, y2) in zip(outline, (*outline[1:], outline[0]), strict=True):
        if (y1 <= y < y2) or (y2 <= y < y1):
            crossings.append(x1 + (x2 - x1) * (y - y1) / (y2 - y1))
    right = min((x for x in crossings if x > 0), default=0.0)
    left = min((-x for x in crossings if x <= 0), default=0.0)
    return min(left, right)
