"""What is asked of the city while it is in trouble, and written down as it is asked."""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import httpx

from contracts.recipients import recipient_id
from deploy.commands.place import City
from deploy.commands.token import Mint
from deploy.demo import steps
from deploy.demo.door import Call, Door
from deploy.demo.facts import DemoCity, Enrolment, Learner
from deploy.demo.story import Story
from deploy.keys import RECIPIENT_SECRET

from .settling import settled

LANGUAGES = ("en", "fi", "nl")
Award = tuple[UUID, UUID]
"""A recipient and an achievement."""


class OnceDoor(Door):
    """The door, for secrets too."""

    async def post_once(self, path: str, token: str, body: object) -> Any:
        """The JSON answer to a POST whose answer holds a secret. Raises Refused."""
        return (await self._answer(Call("POST", path, token, body, repeatable=False))).json()


class Minted(steps.People):
    """People whose tokens are always fresh: a long run outlives those they would get by signing in."""

    def __init__(self, door: Door, demo: DemoCity, organisations: Mapping[str, UUID]) -> None:
        super().__init__(door, demo)
        self._mint = door.mint
        self._roles = {one.contact: {organisations[one.key]: ["owner"]} for one in demo.organisations}

    def learner(self, address: str) -> str:
        """A token for whoever has this address."""
        operator = address == steps.OPERATOR
        return self._mint.token(address, operator=operator, roles=self._roles.get(address, {}))


@dataclass
class Asked:
    """The first half of the ledger: all that must come of what was asked."""

    demo: DemoCity
    secret: bytes
    badges: Mapping[str, UUID] = field(default_factory=dict)  # achievements by activity and playlist
    awards: Counter[Award] = field(default_factory=Counter)
    enrolments: list[Enrolment] = field(default_factory=list)
    jobs: list[UUID] = field(default_factory=list)
    signed_in: int = 0
    _done: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def award(self, address: str, achievement: UUID) -> None:
        """Somebody is to have this badge."""
        self.awards[recipient_id(address, self.secret), achievement] += 1

    def took_part(self, demo: DemoCity) -> None:
        """These learners started playlists and completed activities."""
        self.enrolments += demo.enrolments
        for done in demo.completions:
            self._done[done.learner].add(done.activity)
            self.award(done.learner, self.badges[done.activity])
        for won in self._finished(demo.enrolments):
            self.award(won.learner, self.badges[won.playlist])

    def _finished(self, enrolments: Iterable[Enrolment]) -> list[Enrolment]:
        playlists = {one.key: one for one in self.demo.playlists}
        return [one for one in enrolments if playlists[one.playlist].completed_by(self._done[one.learner])]

    @property
    def finished(self) -> int:
        """How many times a playlist must be completed."""
        return len(self._finished(self.enrolments))

    @property
    def steps(self) -> int:
        """How many steps must be completed: of each playlist that was started, those with badges enough."""
        playlists = {one.key: one for one in self.demo.playlists}
        return sum(
            len(self._done[one.learner] & set(step.of)) >= step.need
            for one in self.enrolments
            for step in playlists[one.playlist].steps
        )

    @property
    def letters(self) -> int:
        """One for each badge, each completed playlist and each sign-in."""
        return self.awards.total() + self.finished + self.signed_in


@dataclass
class Workload:
    """A city whose activities and playlists are published; its learners come in groups."""

    story: Story
    door: OnceDoor
    asked: Asked
    came: int = 0

    async def prepare(self) -> None:
        """All that the learners will take part in."""
        story = self.story
        await story.begin()
        await story.offer()
        story.people = Minted(story.door, story.demo, story.organisations)
        self.asked.signed_in = story.signed_in
        self.asked.badges = await steps.badges_of(story.door, story.activities | story.playlists)

    async def welcome(self, learners: int) -> None:
        """The next so many learners start playlists, and their organisers confirm what they completed."""
        story, demo = self.story, some(self.asked.demo, self.came, self.came + learners)
        self.came += learners
        await steps.enrol(story.door, story.people, demo.enrolments, story.playlists)
        await steps.confirm(story.door, story.people, demo, story.activities)
        self.asked.took_part(demo)

    async def festival(self, people: int) -> None:
        """So many visitors of a festival are awarded a badge by one list."""
        number = len(self.asked.jobs)
        activity = self.asked.demo.activities[number % len(self.asked.demo.activities)]
        guests = [f"guest-{number}-{each}@festival.example" for each in range(people)]
        rows = [{"address": one, "language": LANGUAGES[len(one) % 3]} for one in guests]
        badge = self.asked.badges[activity.key]
        path = f"/achievements/{badge}/awards/bulk?confirm=true"
        job = await self.door.post(path, self.story.people.owner(activity.organisation), rows)
        self.asked.jobs.append(UUID(job["job"]))
        for one in guests:
            self.asked.award(one, badge)


def begun(city: City, whole: DemoCity, http: httpx.AsyncClient, playlists: int) -> Workload:
    """The workload for a city that has just been started, with so many of the demo's playlists."""
    demo = small(whole, playlists)
    door = OnceDoor(city.public_url, Mint(city), http)
    secret = city.addresses.secrets.text(RECIPIENT_SECRET).encode()
    return Workload(Story(city, demo, door, print), door, Asked(demo, secret))


def small(whole: DemoCity, number: int) -> DemoCity:
    """As much of the demo city as so many playlists need: to offer more takes time before chaos begins."""
    playlists = whole.playlists[:number]
    on_a_way = {key for one in playlists for step in one.steps for key in step.of}
    activities = tuple(one for one in whole.activities if one.key in on_a_way)
    owners = {one.organisation for one in activities} | {one.organisation for one in playlists}
    return replace(
        whole,
        organisations=tuple(one for one in whole.organisations if one.key in owners),
        activities=activities,
        playlists=playlists,
        enrolments=tuple(one for one in whole.enrolments if one.playlist in {p.key for p in playlists}),
        completions=tuple(one for one in whole.completions if one.activity in on_a_way),
        learners=learners_of(whole, on_a_way),
    )


def learners_of(whole: DemoCity, activities: set[str]) -> tuple[Learner, ...]:
    """Who completed one of these."""
    busy = {one.learner for one in whole.completions if one.activity in activities}
    return tuple(one for one in whole.learners if one.address in busy)


def some(demo: DemoCity, first: int, end: int) -> DemoCity:
    """The demo with these of its learners only."""
    addresses = {learner.address for learner in demo.learners[first:end]}
    return replace(
        demo,
        learners=demo.learners[first:end],
        enrolments=tuple(one for one in demo.enrolments if one.learner in addresses),
        completions=tuple(one for one in demo.completions if one.learner in addresses),
    )


async def spread(workload: Workload, seconds: float, guests: int) -> None:
    """For so many seconds learners come in small groups, and a festival with so many guests now and then."""
    groups, started = max(12, int(seconds / 10)), time.monotonic()
    each = -(-len(workload.asked.demo.learners) // groups)
    for number in range(groups):
        if number % 4 == 3:
            await workload.festival(guests)
        await workload.welcome(each)
        await asyncio.sleep(max(0.0, started + seconds * (number + 1) / groups - time.monotonic()))


async def subscribe(workload: Workload, url: str) -> int:
    """Have every public event posted to `url`; answers the feed's position up to which that is not so.

    Nothing may be on its way at that moment, so it waits until the city has settled.
    """
    door, operator = workload.door, workload.story.people.learner(steps.OPERATOR)
    machine = await door.post_once("/oauth/clients", operator, {"name": "chaos", "scopes": ["events:read"]})
    told = {"name": "chaos", "contact": "chaos@example.org", "client": machine["id"]}
    integration = await door.post("/integrations", operator, told, early=(404, 409, 422))
    await settled(workload.story.city)
    before = await door.ask("/events?limit=1", operator)
    wish = {"integration": integration["id"], "name": "all", "url": url, "types": ["*"]}
    await door.post_once("/subscriptions", operator, wish)
    return int(before["last"])
