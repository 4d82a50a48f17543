"""Lists of a bulk award: read whatever program wrote them, every row looked at, refused with what helps."""

import csv
import io
from uuid import uuid4

import httpx
import orjson
import pytest

from services.badges.app import service
from services.chassis.app import create_app
from services.chassis.testing import client_of
from tests.badges.service.lists import GOOD, HEADER, scalar, send
from tests.badges.service.test_direct import OWN
from tests.badges.service.town import Facts, Town


async def test_every_row_of_a_list_is_looked_at_and_nothing_is_done(
    town: Town, http: httpx.AsyncClient, owner: dict[str, str], made: str
) -> None:
    await http.post("/awards", json={"achievement": made, "recipients": "has@example.org"}, headers=owner)
    rows = [
        GOOD,
        "ANNA@Example.org;;;;;;;\n",
        "has@example.org;;;;;;;\n",
        "nobody;;;;;;;\n",
        "b@example.org;B;Finnish;;;;;\n",
        "c@example.org;C;xx;;;;;\n",
        "d@example.org;;;30.9.2026;;;;\n",
        "e@example.org;;;2999-01-01;;;;\n",
        "f@example.org;;;;2020-01-01;;;\n",
        "g@example.org;;;;;ftp://x;;\n",
        "h@example.org;;;;;;only words;\n",
        f"i@example.org;{'x' * 201};;;;;;\n",
        'j@example.org;"a\nb";;;;;;\n',
        "k@example.org;;;;;;;;one cell too many\n",
        "\n",
        "l@example.org;L;en_gb;;2030-12-31T12:00:00+02:00;;;\n",
    ]
    answer = await send(http, owner, made, HEADER + "".join(rows))
    assert answer.status_code == 200, answer.text
    report = answer.json()
    assert [(each["line"], each["outcome"]) for each in report["lines"]] == [
        (2, "valid"),
        (3, "duplicate"),
        (4, "already"),
        (5, "bad_address"),
        (6, "unknown_language"),
        (7, "unknown_language"),
        (8, "bad_date"),
        (9, "bad_date"),
        (10, "bad_expiry"),
        (11, "bad_evidence"),
        (12, "bad_evidence"),
        (13, "too_long"),
        (14, "bad_text"),
        (16, "bad_row"),
        (18, "valid"),
    ]
    assert report["rows"] == 15
    assert report["outcomes"]["valid"] == 2
    assert report["lines"][1]["detail"] == "address: the same person as on line 2"
    assert await scalar(town, "SELECT count(*) FROM award_job_line WHERE address IS NOT NULL") == 0
    faults = (await send(http, owner, made, HEADER + "".join(rows), rows="faults")).json()["lines"]
    assert [each["line"] for each in faults] == [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16]


async def test_the_report_as_csv_is_mended_and_sent_again(
    http: httpx.AsyncClient, owner: dict[str, str], made: str
) -> None:
    sent = 'address,name,note\nx,"=1+1","@SUM(A1)"\ny@example.org,+49,-5\n'
    report = await send(http, owner, made, sent, format="csv")
    assert report.headers["content-type"].startswith("text/csv")
    lines = list(csv.DictReader(io.StringIO(report.text.lstrip("\ufeff"))))
    assert [(each["name"], each["note"]) for each in lines] == [("'=1+1", "'@SUM(A1)"), ("'+49", "'-5")]
    assert [each["outcome"] for each in lines] == ["bad_address", "valid"]
    mended = report.text.replace("\nx,", "\nx@example.org,").encode()
    again = await http.post(
        f"/achievements/{made}/awards/bulk",
        content=mended,
        headers=owner | {"Content-Type": "text/csv", "Accept": "text/csv"},
    )
    back = list(csv.DictReader(io.StringIO(again.text.lstrip("\ufeff"))))
    assert [each["outcome"] for each in back] == ["valid", "valid"]
    assert [each["name"] for each in back] == ["'=1+1", "'+49"], "the apostrophe is not doubled"


async def test_json_and_ndjson_say_the_same_as_csv(
    http: httpx.AsyncClient, owner: dict[str, str], made: str
) -> None:
    rows = [
        {"address": "a@example.org", "name": None, "language": "de"},
        {"address": "a@example.org"},
        {"address": 7},
        {"address": "b@example.org", "age": "9"},
        "c@example.org",
        {},
    ]
    wanted = ["valid", "duplicate", "bad_row", "bad_row", "bad_row", "bad_address"]
    answer = await send(http, owner, made, orjson.dumps(rows), "application/json")
    assert [each["outcome"] for each in answer.json()["lines"]] == wanted
    lines = b"\n\n".join(map(orjson.dumps, rows))
    answer = await send(http, owner, made, lines, "application/x-ndjson; charset=utf-8")
    assert [each["outcome"] for each in answer.json()["lines"]] == wanted
    assert [each["line"] for each in answer.json()["lines"]] == [1, 3, 5, 7, 9, 11]


@pytest.mark.parametrize(
    ("content", "kind", "status", "said"),
    [
        ("address\nä@example.org\n".encode("latin-1"), "text/csv", 422, "line 2: is not UTF-8; save"),
        ("address\na@example.org\n".encode("utf-16"), "text/csv", 422, "save the list as CSV in UTF-8"),
        (b"address\na\0@example.org\n", "text/csv", 422, "line 2: contains a NUL"),
        (b"", "text/csv", 422, "is empty"),
        (b"name\nAnna\n", "text/csv", 422, "no column is named address"),
        (b"address,shoe\n", "text/csv", 422, "no column 'shoe'"),
        (b"address,email\n", "text/csv", 422, "names a column twice"),
        (b'address\n"a@example.org\n', "text/csv", 422, "line 2: unexpected end of data"),
        (b"address\n" + b"a@example.org\n" * 21, "text/csv", 422, "line 22: more than 20 people"),
        (b"{}", "application/json", 422, "JSON is a list"),
        (b"[", "application/json", 422, "line 1: is not JSON"),
        (b'{"address":"a@example.org"}\n{', "application/x-ndjson", 422, "line 2: is not JSON"),
        (b"address\n", "text/plain", 415, "send the list as text/csv"),
    ],
)
async def test_a_file_that_cannot_be_read_is_refused_with_its_line_and_a_remedy(
    town: Town, owner: dict[str, str], content: bytes, kind: str, status: int, said: str
) -> None:
    facts = Facts()
    await town.hear(facts.registered, facts.verified)
    settings = town.settings.model_copy(update={"max_bulk_rows": 20})
    async with client_of(create_app(service(settings))) as http:
        made = (await http.post("/achievements", json=OWN, headers=owner)).json()["id"]
        answer = await send(http, owner, made, content, kind, confirm=True)
    assert answer.status_code == status, answer.text
    assert said in answer.json()["detail"]
    assert answer.json()["errors"]
    assert await scalar(town, "SELECT count(*) FROM award_job") == 0


async def test_a_list_may_be_larger_than_other_requests_but_not_without_limit(
    town: Town, owner: dict[str, str]
) -> None:
    facts = Facts()
    await town.hear(facts.registered, facts.verified)
    settings = town.settings.model_copy(update={"max_body_bytes": 1000, "max_bulk_bytes": 3000})
    async with client_of(create_app(service(settings))) as http:
        made = (await http.post("/achievements", json=OWN, headers=owner)).json()["id"]
        list_of = "address\n" + "a@example.org\n" * 200
        assert (await send(http, owner, made, list_of)).status_code == 200
        assert (await send(http, owner, made, list_of * 2)).status_code == 413
        assert (await http.post("/awards", content=b" " * 1001, headers=owner)).status_code == 413


async def test_every_delimiter_and_a_mark_of_utf8_are_read(
    http: httpx.AsyncClient, owner: dict[str, str], made: str
) -> None:
    for content in (
        "address,name\na@example.org,A\n",
        "\ufeffaddress;name\r\na@example.org;A\r\n",
        "sep=;\naddress;name\na@example.org;A\n",
        "E-Mail\tName\na@example.org\tA",
        '"address"\n"a@example.org"\n',
    ):
        report = (await send(http, owner, made, content)).json()
        assert report["outcomes"] == {"valid": 1}, content


async def test_an_unverified_organisation_and_an_unknown_badge_are_refused(
    town: Town, http: httpx.AsyncClient, owner: dict[str, str], made: str
) -> None:
    assert (await send(http, owner, str(uuid4()), "address\n", confirm=True)).status_code == 404
    refused = await send(http, owner, made, "address\na@example.org", confirm=True, occasion="A B")
    assert refused.json()["errors"][0]["field"] == "body.occasion"
    assert (await http.get(f"/awards/jobs/{uuid4()}/progress", headers=owner)).status_code == 404
