"""A plot of how far things were at each moment, drawn as PNG."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

Line = Sequence[tuple[float, float]]
"""Points of (seconds, how many)."""
WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 960, 540, 90, 60, 70, 30
COLOURS = ("#0b5a9c", "#c2410c", "#15803d", "#7e22ce")
GRID, INK = "#dddddd", "#222222"


def draw(path: Path, title: str, subtitle: str, lines: Mapping[str, Line]) -> None:
    """Draw these lines, each with its name, into a PNG."""
    image = Image.new("RGB", (WIDTH, HEIGHT), "white")
    pen = ImageDraw.Draw(image)
    most_x = max(x for line in lines.values() for x, _ in line) or 1.0
    most_y = max(y for line in lines.values() for _, y in line) or 1.0
    _frame(pen, title, subtitle, most_x, most_y)
    for number, (name, line) in enumerate(lines.items()):
        colour = COLOURS[number % len(COLOURS)]
        pen.line([_point(x, y, most_x, most_y) for x, y in line], fill=colour, width=3)
        place = LEFT + 20, TOP + 15 + 24 * number
        pen.line([place[0], place[1] + 9, place[0] + 24, place[1] + 9], fill=colour, width=4)
        pen.text((place[0] + 34, place[1]), name, fill=INK, font=_font(16))
    image.save(path, optimize=True)


def _frame(pen: ImageDraw.ImageDraw, title: str, subtitle: str, most_x: float, most_y: float) -> None:
    pen.text((LEFT, 12), title, fill=INK, font=_font(22))
    pen.text((LEFT, 42), subtitle, fill=INK, font=_font(14))
    for part in range(6):
        x, y = most_x * part / 5, most_y * part / 5
        left, right = _point(0, y, most_x, most_y), _point(most_x, y, most_x, most_y)
        pen.line([left, right], fill=GRID)
        pen.text((LEFT - 10, left[1]), f"{y:,.0f}", fill=INK, font=_font(14), anchor="rm")
        place = _point(x, 0, most_x, most_y)
        pen.text((place[0], place[1] + 12), f"{x:.1f} s", fill=INK, font=_font(14), anchor="mt")


def _point(x: float, y: float, most_x: float, most_y: float) -> tuple[float, float]:
    across, up = WIDTH - LEFT - RIGHT, HEIGHT - BOTTOM - TOP
    return LEFT + across * x / most_x, HEIGHT - BOTTOM - up * y / most_y


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
