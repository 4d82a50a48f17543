"""The few pages that signing in needs. They say nothing about anybody and load nothing from anywhere."""

from functools import cache
from pathlib import Path

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, Template, select_autoescape

from .words import say, spoken

_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",  # stricter, and browsers send the form with `Origin: null`
    "X-Robots-Tag": "noindex",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
}


def confirm_sign_in(language: str, *, proves: bool) -> HTMLResponse:
    """One button, which signs in, or `proves` one more address of somebody's account."""
    words = say(language, "prove" if proves else "sign_in")
    return _page(language, words.title, words.text, words.button)


def signed_in(language: str) -> HTMLResponse:
    """You are signed in."""
    words = say(language, "signed_in")
    return _page(language, words.title, words.text)


def refused(language: str, *, dead: bool) -> HTMLResponse:
    """The link works no more (`dead`), or not in this browser."""
    words = say(language, "dead_link" if dead else "not_yours")
    return _page(language, words.title, words.text, status=410 if dead else 403)


def _page(language: str, title: str, text: str, button: str | None = None, status: int = 200) -> HTMLResponse:
    html = _template().render(language=spoken(language), title=title, text=text, button=button)
    return HTMLResponse(html, status, _HEADERS)


@cache
def _template() -> Template:
    folder = FileSystemLoader(Path(__file__).parent / "templates")
    return Environment(loader=folder, autoescape=select_autoescape()).get_template("sign_in.html")
