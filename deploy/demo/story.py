"""What happens in the demo city, told step by step, and counted afterwards."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime

from nats.aio.client import Client

from services.catalogue.esco import STARTER

from .. import topology
from ..commands import events
from ..commands.place import City
from ..commands.token import Mint
from ..databases import connected
from ..nats.permissions import OPERATOR as NATS_OPERATOR
from . import checking, letters, steps, stream
from .city import expected_pathway_completions, load_city
from .door import Door, client
from .facts import DemoCity
from .figures import Figures

SIGN_IN = 6  # learners who really sign in, beside the operator and every owner
LONG_AGO = "2000-01-01"  # activities that are over are listed only where somebody asks for them
STALLED = 60.0  # seconds without any news after which the demo gives up waiting
Say = Callable[[str], None]


async def tell(city: City, say: Say) -> Figures:
    """Do the whole job in a city that has just been made, and count what came of it."""
    demo = load_city(datetime.now(UTC))
    async with client() as http:
        story = Story(city, demo, Door(city.public_url, Mint(city), http), say)
        await story.begin()
        await story.offer()
        await story.take_part()
        await story.wait()
        await story.count()
    return story.figures


class Story:
    """The steps, in their order; each says what has happened."""

    def __init__(self, city: City, demo: DemoCity, door: Door, say: Say) -> None:
        self.city, self.demo, self.door = city, demo, door
        self.people = steps.People(door, demo)
        self.figures = Figures(city.name, learners=len({one.learner for one in demo.completions}))
        self.signed_in = 0
        self.organisations: steps.Ids = {}
        self.activities: steps.Ids = {}
        self.playlists: steps.Ids = {}
        self._say, self._number = say, 0

    def say(self, line: str) -> None:
        """Tell one step."""
        self._number += 1
        self._say(f"{self._number:>2}. {line}")

    async def begin(self) -> None:
        """The operator and the organisations; the skills are there already."""
        async with connected(self.city.addresses.database_url("catalogue")) as catalogue:
            self.figures.skills = await catalogue.fetchval("SELECT count(*) FROM skill")
        self.say(f"{self.figures.skills} ESCO skills imported")
        self.signed_in += await self.people.sign_in({steps.OPERATOR: "en"})
        self.say("the operator has signed in by the link in a letter")
        self.organisations = await steps.found(self.door, self.people, self.demo)
        owners = {one.contact: one.language for one in self.demo.organisations}
        self.signed_in += await self.people.sign_in(owners)
        self.figures.organisations = len((await self.door.ask("/organisations"))["items"])
        self.say(
            f"{self.figures.organisations} organisations registered and verified; their owners signed in"
        )

    async def offer(self) -> None:
        """Activities with their badges, and playlists of them."""
        self.activities = await steps.offer(self.door, self.people, self.demo, self.organisations)
        self.figures.activities = (await self.door.ask(f"/activities?limit=1&from={LONG_AGO}"))["total"]
        self.say(f"{self.figures.activities} activities published, past, running and coming")
        badges = await steps.badges_of(self.door, self.activities)
        self.say(f"{len(badges)} badges drawn for them")
        self.playlists = await steps.lead(self.door, self.people, self.demo, self.organisations, badges)
        self.say(f"{len(self.playlists)} playlists of these badges published")

    async def take_part(self) -> None:
        """Learners start playlists, organisers confirm who completed what."""
        languages = {one.address: one.language for one in self.demo.learners}
        some = dict.fromkeys(one.learner for one in self.demo.enrolments[:SIGN_IN])
        self.signed_in += await self.people.sign_in({address: languages[address] for address in some})
        started = await steps.enrol(self.door, self.people, self.demo.enrolments, self.playlists)
        self.say(f"{started} times a learner started a playlist; {len(some)} learners signed in by letter")
        self.figures.completions = await steps.confirm(self.door, self.people, self.demo, self.activities)
        self.say(f"{self.figures.completions} completions of {self.figures.learners} learners confirmed")

    @property
    def expected_playlists(self) -> int:
        """How many times a playlist must be completed."""
        return sum(expected_pathway_completions(self.demo).values())

    @property
    def expected_badges(self) -> int:
        """One for each completion and each completed playlist."""
        return len(self.demo.completions) + self.expected_playlists

    @property
    def expected_letters(self) -> int:
        """One for each badge, each completed playlist and each sign-in."""
        return self.expected_badges + self.expected_playlists + self.signed_in

    async def wait(self) -> None:
        """Until every letter has arrived and every event is handled, or nothing moves any more."""
        had, moved, told = -1, time.monotonic(), 0.0
        while True:
            now, have = time.monotonic(), await letters.arrived(self.door)
            if have != had:
                had, moved = have, now
            if have >= self.expected_letters and await self.handled():
                break
            if now - moved > STALLED:
                self.figures.problems.append(f"nothing moved for {STALLED:g} s")
                break
            if now - told > 2:
                self._say(f"    {have} of {self.expected_letters} letters have arrived")
                told = now
            await asyncio.sleep(0.2)
        self.say(f"{had} letters have arrived")

    async def handled(self) -> bool:
        """Whether every event has been handled: then no letter can follow."""
        async with self.nats() as nats:
            return await stream.pending(nats, self.city.name) == 0

    def nats(self) -> AbstractAsyncContextManager[Client]:
        """The operator's connection to NATS."""
        addresses = self.city.addresses
        return topology.connected(addresses.nats_url, addresses.nats_password(NATS_OPERATOR))

    async def count(self) -> None:
        """Count in the sink, in the stream, and by verifying; compare with what must be."""
        await self.count_letters()
        await self.count_events()
        urls = self.city.database_urls()
        self.figures.dead_letters = len(await events.dead_letters(urls))
        self.say(f"{self.figures.dead_letters} dead letters")
        self.figures.expect(
            organisations=len(self.demo.organisations),
            skills=len(json.loads(STARTER.read_text("utf-8"))["skills"]),
            activities=len(self.demo.activities),
            learners=len(self.demo.learners),
            completions=len(self.demo.completions),
            badges_awarded=self.expected_badges,
            credentials_verified=self.expected_badges,
            pathways_completed=self.expected_playlists,
            letters_sent=self.expected_letters,
            letters_duplicated=0,
            dead_letters=0,
        )

    async def count_letters(self) -> None:
        """Letters and repeats as the sink has them; each badge's credential, fetched and verified."""
        arrived = await letters.read_all(self.door)
        self.figures.letters_sent = len(arrived)
        self.figures.letters_duplicated = letters.duplicated(arrived)
        self.say(f"{len(arrived)} letters read, {self.figures.letters_duplicated} of them twice")
        claims = letters.claims(arrived)
        checked = await checking.check_all(self.door, claims)
        self.figures.credentials_verified = checked.verified
        self.figures.problems += checked.problems[:5]
        self.say(f"{checked.verified} credentials fetched and verified, {checked.baked} baked pictures too")
        self.sights(claims)

    async def count_events(self) -> None:
        """Events as the stream has them."""
        kinds: Counter[str] = Counter()
        async with self.nats() as nats:
            async for message in stream.messages(nats, self.city.name):
                kinds[message.subject.split(".", 4)[4] if message.plane == "pub" else "int"] += 1
        self.figures.events_published = kinds.total()
        self.figures.badges_awarded = kinds["badges.badge.awarded.v1"]
        self.figures.pathways_completed = kinds["pathways.pathway.completed.v1"]
        self.say(
            f"{kinds.total()} events published, among them {self.figures.badges_awarded} badges awarded and "
            f"{self.figures.pathways_completed} playlists completed"
        )

    def sights(self, claims: list[str]) -> None:
        """What a visitor may want to look at."""
        first = next(iter(self.activities.values()))
        self.figures.sights = {
            "every letter": "/mail",
            "a badge, as its holder sees it": claims[-1] if claims else "/mail",
            "an activity": f"/activities/{first}",
            "all that is coming, as a map": "/activities?format=geojson&limit=1000",
            "playlists": "/pathways",
            "what can be earned": "/achievements",
        }
