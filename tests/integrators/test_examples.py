"""The examples of docs/integrators, run as they stand there against a real city."""

from pathlib import Path

import httpx

from services.chassis.testing import CITY, until
from services.notify.cutting import connected

from ..notify.gate.door import inside
from .stand import EXAMPLES, Stand, free_port

Languages = tuple[str, ...]


async def in_feed(stand: Stand, number: int) -> None:
    """Wait until the feed has so many awarded badges."""
    headers = {"Authorization": f"Bearer {stand.operator}"}
    async with httpx.AsyncClient(base_url=stand.origin, headers=headers) as client:

        async def kept() -> bool:
            answer = await client.get("/events", params={"types": "badges.*"})
            return len(answer.json()["events"]) == number

        await until(kept)


async def acknowledged(stand: Stand) -> None:
    """Wait until the city has heard that every reader is done with all there is."""
    headers = {"Authorization": f"Bearer {stand.operator}"}
    async with httpx.AsyncClient(base_url=stand.origin, headers=headers) as client:

        async def done() -> bool:
            answer = await client.get(f"/integrations/{stand.known['INTEGRATION']}/readers")
            found = [each["progress"] for each in answer.json()["items"]]
            return all(each and not (each["pending"] or each["unacknowledged"]) for each in found)

        await until(done)


async def disconnected(stand: Stand) -> None:
    """Wait until NATS knows that nobody from outside is connected: it gives them nothing from then on."""
    async with inside(stand.server, "notify") as client:

        async def gone() -> bool:
            return not await connected(client, CITY)

        await until(gone)


async def test_from_a_client_to_the_first_events_in_the_shell(stand: Stand) -> None:
    assert {"CLIENT_ID", "CLIENT_SECRET", "INTEGRATION"} < stand.known.keys()
    made = "".join(await stand.run("subscribe.sh", ENDPOINT=f"http://127.0.0.1:{free_port()}/hook"))
    assert '"secret": "whsec_' in made
    first = await stand.happen(3)
    await in_feed(stand, 3)
    said = await stand.run("read_feed.sh")
    assert [line.split()[-1] for line in said[:-1]] == first
    second = await stand.happen(2)
    await in_feed(stand, 5)
    after = said[-1].removeprefix("AFTER=")
    assert [line.split()[-1] for line in (await stand.run("read_feed.sh", AFTER=after))[:-1]] == second
    stream = await stand.start("follow_feed.sh", AFTER=after)

    async def came() -> bool:
        return sum(line.startswith("data: {") for line in stream.said) == 2

    await until(came)


async def test_the_feed_is_read_on_from_where_the_last_run_stopped(
    stand: Stand, languages: Languages
) -> None:
    expected: list[str] = []
    for _ in range(2):
        new = await stand.happen(3)
        expected += new
        await in_feed(stand, len(expected))
        for language in languages:
            said = await stand.run(f"read_feed.{language}")
            assert [line.split()[-1] for line in said] == new


async def test_a_stream_is_resumed_without_a_gap(stand: Stand, languages: Languages) -> None:
    first = await stand.happen(2)
    following = [await stand.start(f"follow_feed.{language}") for language in languages]
    for one in following:
        await one.says(*first)
    second = await stand.happen(2)
    for one in following:
        await one.says(*first, *second)
        await one.end()
    third = await stand.happen(2)
    following = [await stand.start(f"follow_feed.{language}") for language in languages]
    fourth = await stand.happen(1)
    for one in following:
        await one.says(*third, *fourth)


async def test_a_reader_on_nats_goes_on_after_what_it_has_acknowledged(
    stand: Stand, languages: Languages
) -> None:
    first = await stand.happen(2)
    reading = [await stand.start(f"read_nats.{each}", READER=each) for each in languages]
    for one in reading:
        await one.says(*first)
    second = await stand.happen(1)
    for one in reading:
        await one.says(*first, *second)
    await acknowledged(stand)
    for one in reading:
        await one.end()
    await disconnected(stand)
    third = await stand.happen(2)
    for one in [await stand.start(f"read_nats.{each}", READER=each) for each in languages]:
        await one.says(*third)


def test_javascript_is_among_them(node_modules: Path, languages: Languages) -> None:
    assert "mjs" in languages


def test_every_example_stands_in_a_page() -> None:
    pages = "".join(page.read_text("utf-8") for page in EXAMPLES.parent.glob("*.md"))
    names = [path.name for path in EXAMPLES.iterdir() if path.is_file()]
    assert [name for name in names if f"<!-- examples/{name} -->" not in pages] == []
