"""How a city presents itself in its letters."""

import re
from dataclasses import dataclass

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


class BadColour(ValueError):
    """Write a colour as #rrggbb."""


@dataclass(frozen=True)
class Brand:
    """A city's name, its colour (#rrggbb), the URL of its logo, and whom to write to in answer.

    Raises BadColour.
    """

    city: str
    colour: str = "#0b5a9c"
    logo: str | None = None
    postal: str | None = None
    contact: str | None = None

    def __post_init__(self) -> None:
        if not _COLOUR.fullmatch(self.colour):
            raise BadColour("write a colour as #rrggbb")

    @property
    def on_colour(self) -> str:
        """White or nearly black, whichever is read more easily on the colour (WCAG 2.2, contrast ratio)."""
        own = _luminance(self.colour)
        return "#ffffff" if 1.05 / (own + 0.05) >= (own + 0.05) / 0.06 else "#14181d"


def _luminance(colour: str) -> float:
    """Relative luminance from 0 to 1 (WCAG 2.2)."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
