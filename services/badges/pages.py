"""The page that shows a recipient their badge. It needs nothing but itself and the badge's picture."""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from .domain.wording import CLAIM, spoken_day, spoken_language
from .storage.held import Held

# Styles stand in the page; nothing else may load, and nobody may frame it.
_POLICY = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def claim_page(found: Held, badge: dict[str, Any]) -> tuple[str, dict[str, str]]:
    """The page as HTML in the recipient's language where we speak it, else English; and its headers."""
    language = spoken_language(found.language)
    html = _template("claim.html").render(
        badge=badge,
        language=language,
        day=spoken_day(found.awarded_at.date(), language),
        words=CLAIM[language],
    )
    headers = {"Content-Language": language, "Content-Security-Policy": f"{_POLICY}; frame-ancestors 'none'"}
    return html, headers


@cache
def _template(name: str) -> Template:
    folder = Path(__file__).parent / "templates"
    return Environment(
        loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    ).get_template(name)
