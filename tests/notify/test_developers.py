"""What integrators read at /developers: links lead somewhere, nothing needs a script, all can be kept."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
import yaml

from services.chassis.testing import ORIGIN
from services.notify import documents
from services.notify.operations import METHODS

PAGES = (
    "/developers",
    *(f"/developers/{name}" for name in documents.names() if name != "README"),
    "/developers/schemas",
    "/developers/examples",
    "/developers/openapi",
    "/developers/openapi/notify",
)
OTHERS = re.compile(r"/(catalogue|badges|pathways|notify)/openapi\.json")


class Seen(HTMLParser):
    """Elements, links, anchors, and what would be loaded from where."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: list[str] = []
        self.loads: list[str] = []
        self.tags: list[str] = []
        self.inline: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        self.anchors += [told["id"]] if "id" in told else []
        self.links += [told["href"]] if tag == "a" and "href" in told else []
        self.loads += [told[name] for name in ("src", "href") if name in told and tag != "a"]
        self.inline += [name for name in told if name == "style" or name.startswith("on")]


async def seen(http: httpx.AsyncClient, path: str) -> Seen:
    answer = await http.get(path)
    assert answer.status_code == 200, path
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return Seen(answer.text)


async def test_the_pages_come_in_the_order_to_read_them(http: httpx.AsyncClient) -> None:
    assert documents.names() == list(documents.ORDER)
    for path in PAGES:
        page = await seen(http, path)
        assert [link for link in page.links if link in PAGES][: len(documents.ORDER)] == list(
            PAGES[: len(documents.ORDER)]
        )
        assert page.tags.count("h1") == 1


@pytest.mark.parametrize("path", PAGES)
async def test_every_link_leads_somewhere(http: httpx.AsyncClient, path: str) -> None:
    page = await seen(http, path)
    assert len(page.anchors) == len(set(page.anchors))
    for link in page.links:
        where, _, anchor = link.partition("#")
        if where.startswith("https://"):
            continue
        target = page if not where else None
        if where and not OTHERS.fullmatch(where):
            assert where.startswith("/developers"), link
            answer = await http.get(where)
            assert answer.status_code == 200, link
            target = Seen(answer.text) if anchor else None
        assert not anchor or (target and anchor in target.anchors), link


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_loads_one_style_sheet_and_runs_nothing(http: httpx.AsyncClient, path: str) -> None:
    page = await seen(http, path)
    assert page.loads == ["/developers/style.css"]
    assert not {"script", "iframe", "img", "form", "style"} & set(page.tags)
    assert page.inline == []
    policy = (await http.get(path)).headers["content-security-policy"]
    assert "default-src 'none'; style-src 'self';" in policy and "unsafe" not in policy


async def test_whoever_has_it_is_told_so(http: httpx.AsyncClient) -> None:
    for path in (*PAGES, "/developers/asyncapi.yaml", "/developers/style.css"):
        answer = await http.get(path)
        tag = answer.headers["etag"]
        assert answer.headers["cache-control"] == "public, max-age=300"
        for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            again = await http.get(path, headers={"If-None-Match": known})
            assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert (await http.get(path, headers={"If-None-Match": '"other"'})).status_code == 200


async def test_samples_name_this_city(http: httpx.AsyncClient) -> None:
    text = (await http.get("/developers/nats")).text
    assert "https://city.example" not in text
    assert ORIGIN in (await http.get("/developers/quick-start")).text


async def test_the_schemas_of_asyncapi_are_beside_it(http: httpx.AsyncClient) -> None:
    told: Any = yaml.safe_load((await http.get("/developers/asyncapi.yaml")).text)
    for message in told["components"]["messages"].values():
        schema = await http.get(f"/developers/{message['payload']['$ref'].removeprefix('./')}")
        assert schema.status_code == 200 and schema.json()["type"] == "object"


async def test_every_operation_can_be_read_with_its_fields_and_answers(http: httpx.AsyncClient) -> None:
    spec = (await http.get("/notify/openapi.json")).json()
    text = (await http.get("/developers/openapi/notify")).text
    for path, methods in spec["paths"].items():
        for method in METHODS & methods.keys():
            section = text.partition(f"<code>{method.upper()} {path}</code></h3>")[2].partition("</section>")[
                0
            ]
            told = methods[method]
            assert [status for status in told["responses"] if f"<b>{status}</b>" not in section] == []
            names = [each["name"] for each in told.get("parameters", ())]
            assert [name for name in names if f"<code>{name}</code>" not in section] == []
    assert "<code>webhook" not in text
    section = text.partition("<code>POST /subscriptions</code></h3>")[2].partition("</section>")[0]
    assert "<code>url</code> (needed)" in section


@pytest.mark.parametrize(
    "path",
    [
        "nothing",
        "README",
        "examples/nothing.py",
        "examples/..%2F..%2FREADME.md",
        "schemas/%2e%2e",
    ],
)
async def test_what_is_not_there_is_said(http: httpx.AsyncClient, path: str) -> None:
    answer = await http.get(f"/developers/{path}")
    assert answer.status_code in (404, 422)
    assert orjson.loads(answer.content)["type"].startswith("urn:cities-of-learning:problem:")


def test_changes_are_what_the_changelog_says_to_integrators() -> None:
    later = "## 2\n\n### Operators\n\n- a\n\n### Integrators\n\n- b\n\n"
    changelog = f"# Changelog\n\n{later}## 1\n\n### Integrators\n\n- c\n"
    assert documents.changes(changelog).split() == ["#", "Changes", "##", "2", "-", "b", "##", "1", "-", "c"]


async def test_without_documents_the_rest_still_answers(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(documents, "PAGES", tmp_path)
    assert (await http.get("/developers")).status_code == 404
    assert (await http.get("/developers/feed")).status_code == 404
    assert (await http.get("/developers/openapi")).status_code == 200
