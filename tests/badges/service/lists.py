"""What tests of bulk awards share: a list is sent, and how far its job is."""

from typing import Any

import httpx
from sqlalchemy import text

from tests.badges.service.town import Town

HEADER = "address;name;language;date;expiry;evidence_url;evidence;note\n"
GOOD = "anna@example.org;Anna;fi;2026-09-30;2030-12-31;https://a.example/1;Edited alone.;pays later\n"


async def send(
    http: httpx.AsyncClient,
    owner: dict[str, str],
    made: str,
    content: str | bytes,
    kind: str = "text/csv",
    **query: Any,
) -> httpx.Response:
    """Send a list of that media type."""
    headers = owner | {"Content-Type": kind}
    content = content.encode() if isinstance(content, str) else content
    return await http.post(
        f"/achievements/{made}/awards/bulk", content=content, headers=headers, params=query
    )


async def start(http: httpx.AsyncClient, owner: dict[str, str], made: str, count: int, **query: Any) -> str:
    """Start a job for that many people, and answer its id."""
    people = "address\n" + "".join(f"p{number}@example.org\n" for number in range(count))
    answer = await send(http, owner, made, people, confirm=True, **query)
    assert answer.status_code == 202, answer.text
    job: str = answer.json()["job"]
    return job


async def progress(http: httpx.AsyncClient, owner: dict[str, str], job: str) -> dict[str, Any]:
    """How far a job is."""
    found: dict[str, Any] = (await http.get(f"/awards/jobs/{job}/progress", headers=owner)).json()
    return found


async def scalar(town: Town, statement: str) -> Any:
    """The one value of a query."""
    async with town.database.engine.connect() as connection:
        return (await connection.execute(text(statement))).scalar()
