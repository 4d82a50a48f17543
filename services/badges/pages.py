"""The pages that show a badge, to its recipient and to others. They need nothing but its picture."""

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from .domain.verdicts import LANGUAGES, language_for
from .domain.wording import CLAIM, spoken_day, spoken_language
from .storage.held import Held

# Styles stand in the page; nothing else may load, and nobody may frame it.
_POLICY = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def claim_page(found: Held, badge: dict[str, Any]) -> tuple[str, dict[str, str]]:
    """The page as HTML in the recipient's language where we speak it, else English; and its headers."""
    return _page(found, badge, spoken_language(found.language), shared=False)


def credential_page(found: Held, badge: dict[str, Any]) -> tuple[str, dict[str, str]]:
    """The same for whoever was given the badge's address, in the badge's language and with a preview."""
    return _page(found, badge, spoken_language(found.shown.language), shared=True)


def _page(found: Held, badge: dict[str, Any], language: str, shared: bool) -> tuple[str, dict[str, str]]:
    html = _template("claim.html").render(
        badge=badge,
        language=language,
        day=spoken_day(found.awarded_at.date(), language),
        words=CLAIM[language],
        shared=shared,
    )
    headers = {"Content-Language": language, "Content-Security-Policy": f"{_POLICY}; frame-ancestors 'none'"}
    return html, headers


def verify_page(
    answer: dict[str, Any] | None, problem: str, accept_language: str
) -> tuple[str, dict[str, str]]:
    """The page where badges are verified, with an answer or what was wrong before; and its headers.

    It speaks the reader's language; what the checks found is in English, and marked as that.
    """
    language = language_for(accept_language)
    english = "" if language == "en" else Markup(' lang="en"')
    html = _template("verify.html").render(
        answer=answer, problem=problem, language=language, words=LANGUAGES[language], english=english
    )
    policy = _POLICY.replace("form-action 'none'", "form-action 'self'")
    headers = {
        "Content-Language": language,
        "Content-Security-Policy": f"{policy}; frame-ancestors 'none'",
        "Vary": "Accept, Accept-Language",
    }
    return html, headers


@cache
def _template(name: str) -> Template:
    folder = Path(__file__).parent / "templates"
    return Environment(
        loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    ).get_template(name)
