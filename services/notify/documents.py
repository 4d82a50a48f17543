"""The documents for integrators, from Markdown to HTML: links between them lead where they are shown.

They are the project's own (docs/integrators, contracts), so they are trusted; HTML inside them is left out
all the same, since it is only there to say which file a sample is.
"""

import re
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

import contracts

ROOT = Path(next(iter(contracts.__path__))).parent
PAGES = ROOT / "docs" / "integrators"
SAMPLES = PAGES / "examples"
SCHEMAS = ROOT / "contracts" / "schemas"
CHANGELOG = ROOT / "CHANGELOG.md"
ASYNCAPI = ROOT / "contracts" / "asyncapi.yaml"
ORDER = ("README", "quick-start", "webhooks", "feed", "nats", "guarantees", "events", "changes")
_ELSEWHERE = {
    "../../contracts/asyncapi.yaml": "/developers/asyncapi.yaml",
    "../../contracts/schemas": "/developers/schemas",
    "examples": "/developers/examples",
    "README.md": "/developers",
    "../../CHANGELOG.md": "/developers/changes",
}
_PAGE = re.compile(r"([a-z-]+)\.md(#.*)?")
_EXAMPLE_CITY = "https://city.example"


@dataclass(frozen=True)
class Document:
    """A page as it is shown. `headings` are its chapters: anchor and text."""

    name: str
    title: str
    html: str
    headings: tuple[tuple[str, str], ...]


def names() -> list[str]:
    """The pages there are, in the order to read them."""
    return [name for name in ORDER if _path(name).is_file()]


def _path(name: str) -> Path:
    return CHANGELOG if name == "changes" else PAGES / f"{name}.md"


def changes(changelog: str) -> str:
    """What a changelog says to integrators, release by release; its headings are `## release`, `### whom`."""
    told = ["# Changes\n"]
    for release in re.split(r"^## ", changelog, flags=re.MULTILINE)[1:]:
        name, _, text = release.partition("\n")
        own = re.search(r"^### Integrators\n(.*?)(?=^### |\Z)", text, re.MULTILINE | re.DOTALL)
        told += [f"## {name}\n{own[1]}"] if own else []
    return "\n".join(told)


@cache
def document(name: str, public_url: str) -> Document:
    """The page of that name (one of `names()`), with this city's address in place of the example's."""
    text = _path(name).read_text("utf-8").replace(_EXAMPLE_CITY, public_url)
    text = changes(text) if name == "changes" else text
    markdown = _markdown()
    tokens = markdown.parse(text)
    headings = _with_anchors(tokens)
    _with_links(tokens)
    html = markdown.renderer.render(tokens, markdown.options, {})
    title = next((text for level, _, text in headings if level == "h1"), name)
    return Document(name, title, html, tuple((at, text) for level, at, text in headings if level == "h2"))


class _Renderer(RendererHTML):
    """Each method is the HTML of one kind of token; what is wide scrolls, by keyboard too."""

    def html_block(self, *_: object) -> str:
        """Nothing of it."""
        return ""

    def html_inline(self, *_: object) -> str:
        """Nothing of it either."""
        return ""

    def table_open(self, *_: object) -> str:
        """A table in a frame that scrolls."""
        return '<div class="wide" role="region" tabindex="0" aria-label="table"><table>\n'

    def table_close(self, *_: object) -> str:
        """The end of both."""
        return "</table></div>\n"

    def fence(self, *given: Any) -> str:
        """A sample."""
        return super().fence(*given).replace("<pre>", '<pre tabindex="0">', 1)


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", renderer_cls=_Renderer).enable("table")


def inline(text: str) -> str:
    """One paragraph of Markdown as HTML, such as a docstring's."""
    return str(_markdown().renderInline(text))


def _with_anchors(tokens: list[Token]) -> list[tuple[str, str, str]]:
    """Give every heading an id as GitHub does; answers level, id and text of each."""
    found = []
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open":
            anchor = re.sub(r"[^\w\- ]", "", inline.content.lower()).replace(" ", "-")
            opening.attrSet("id", anchor)
            found.append((opening.tag, anchor, inline.content))
    return found


def _with_links(tokens: list[Token]) -> None:
    for token in tokens:
        for part in token.children or ():
            if part.type == "link_open":
                part.attrSet("href", shown_at(str(part.attrGet("href"))))


def shown_at(link: str) -> str:
    """Where the service shows what a link in a document leads to; other links stay as they are."""
    if link in _ELSEWHERE:
        return _ELSEWHERE[link]
    page = _PAGE.fullmatch(link)
    return f"/developers/{page[1]}{page[2] or ''}" if page else link
