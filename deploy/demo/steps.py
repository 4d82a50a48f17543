"""What people do in the demo city, in the order in which it can be done: each step over the public API."""

import asyncio
import csv
import io
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date
from uuid import UUID

from .door import PATIENCE, PAUSE, Door, Refused, each, id_of
from .facts import Activity, Completion, DemoCity, Enrolment, Learner, Organisation, Playlist
from .signing_in import sign_in

OPERATOR = "operator@example.org"
Ids = dict[str, UUID]


class People:
    """The demo city's people, by the access tokens they act with.

    Some really sign in, by the link in their letter. For the others the city's own key makes tokens, as
    `city token` does: 200 people who each open their mail would prove nothing more.
    """

    def __init__(self, door: Door, demo: DemoCity) -> None:
        self._door = door
        self._contact = {organisation.key: organisation.contact for organisation in demo.organisations}
        self._signed_in: dict[str, str] = {}

    async def sign_in(self, languages: Mapping[str, str]) -> int:
        """Have these people (language by address) sign in; answers how many letters that took."""
        self._signed_in |= await sign_in(self._door, languages)
        return len(languages)

    def operator(self) -> str:
        """The city's operator."""
        return self.learner(OPERATOR)

    def owner(self, organisation: str) -> str:
        """The owner of an organisation, by its key."""
        return self.learner(self._contact[organisation])

    def learner(self, address: str) -> str:
        """A learner, by address."""
        return self._signed_in.get(address) or self._door.mint.token(address)


async def found(door: Door, people: People, demo: DemoCity) -> Ids:
    """The operator registers the organisations with their owners, and verifies them; ids by key."""

    async def one(organisation: Organisation) -> UUID:
        told = {"name": organisation.name, "owner": organisation.contact}
        told |= {name: getattr(organisation, name) for name in ("description", "website", "language")}
        made = id_of(await door.post("/organisations", people.operator(), told))
        await door.post(f"/organisations/{made}/verify", people.operator())
        return made

    ids = await each(one, demo.organisations)
    return dict(zip((one.key for one in demo.organisations), ids, strict=True))


async def offer(door: Door, people: People, demo: DemoCity, organisations: Ids) -> Ids:
    """Every owner drafts and publishes the organisation's activities; ids by key."""

    async def one(activity: Activity) -> UUID:
        owner = people.owner(activity.organisation)
        told = activity_body(activity, organisations[activity.organisation], demo)
        made = id_of(await door.post("/activities", owner, told))
        await door.post(f"/activities/{made}/publish", owner)
        return made

    ids = await each(one, demo.activities)
    return dict(zip((one.key for one in demo.activities), ids, strict=True))


def activity_body(activity: Activity, organisation: UUID, demo: DemoCity) -> dict[str, object]:
    """An activity as the catalogue is told of it."""
    told = {name: value for name, value in asdict(activity).items() if name not in ("key", "access")}
    moments = {name: value.isoformat() for name in ("starts", "ends") if (value := told[name])}
    sessions = [{"starts": s.starts.isoformat(), "ends": s.ends.isoformat()} for s in activity.sessions]
    place = activity.place and {
        "name": activity.place.name,
        "latitude": activity.place.latitude,
        "longitude": activity.place.longitude,
        "address": activity.place.address,
        "access": activity.access,
    }
    there = {"organisation": str(organisation), "place": place, "sessions": sessions}
    return told | moments | there | {"time_zone": demo.time_zone, "currency": demo.currency}


async def badges_of(door: Door, activities: Ids) -> Ids:
    """The achievement of each activity, once it is there; ids by activity key."""

    async def one(activity: UUID) -> UUID:
        deadline = time.monotonic() + PATIENCE
        while True:
            found = (await door.ask(f"/achievements?source={activity}"))["items"]
            if found:
                return id_of(found[0])
            if time.monotonic() > deadline:
                raise Refused(f"activity {activity} has no badge after {PATIENCE:g} s")
            await asyncio.sleep(PAUSE)

    return dict(zip(activities, await each(one, activities.values()), strict=True))


async def lead(door: Door, people: People, demo: DemoCity, organisations: Ids, badges: Ids) -> Ids:
    """Owners draft and publish the playlists; `badges` are achievement ids by activity key. Ids by key."""

    async def one(playlist: Playlist) -> UUID:
        owner = people.owner(playlist.organisation)
        steps = [
            asdict(step) | {"achievements": [str(badges[key]) for key in step.of]} for step in playlist.steps
        ]
        told = {name: getattr(playlist, name) for name in ("name", "description", "language")}
        told |= {"organisation": str(organisations[playlist.organisation])}
        told |= {"steps": [{name: value for name, value in step.items() if name != "of"} for step in steps]}
        made = id_of(await door.post("/pathways", owner, told, early=(422,)))
        await door.post(f"/pathways/{made}/publish", owner, early=(403,))
        return made

    ids = await each(one, demo.playlists)
    return dict(zip((one.key for one in demo.playlists), ids, strict=True))


async def enrol(door: Door, people: People, enrolments: Iterable[Enrolment], playlists: Ids) -> int:
    """Learners start playlists; answers how many did."""

    async def one(enrolment: Enrolment) -> None:
        token = people.learner(enrolment.learner)
        await door.post(f"/pathways/{playlists[enrolment.playlist]}/start", token, {})

    return len(await each(one, enrolments))


async def confirm(door: Door, people: People, demo: DemoCity, activities: Ids) -> int:
    """Owners paste lists of who completed their activities; answers how many completions were new."""
    owners = {activity.key: activity.organisation for activity in demo.activities}
    learners = {learner.address: learner for learner in demo.learners}

    async def one(group: tuple[str, date | None, list[str]]) -> int:
        activity, session, addresses = group
        told = {"pasted": pasted(learners[address] for address in addresses)}
        told |= {"session": session.isoformat()} if session else {}
        path = f"/activities/{activities[activity]}/completions"
        report = await door.post(path, people.owner(owners[activity]), told)
        return int(report["confirmed"])

    return sum(await each(one, groups(demo.completions)))


def pasted(learners: Iterable[Learner]) -> str:
    """A list as an organiser would paste it: address, name, language."""
    text = io.StringIO()
    csv.writer(text).writerows((one.address, one.name, one.language) for one in learners)
    return text.getvalue()


def groups(completions: Iterable[Completion]) -> list[tuple[str, date | None, list[str]]]:
    """Who completed which activity and session."""
    found: Mapping[tuple[str, date | None], list[str]] = defaultdict(list)
    for one in completions:
        found[one.activity, one.session].append(one.learner)
    return [(activity, session, addresses) for (activity, session), addresses in found.items()]
