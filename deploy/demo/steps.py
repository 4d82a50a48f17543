"""What people do in the demo city, in the order in which it can be done: each step over the public API."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date
from uuid import UUID

from .door import Door, each, id_of
from .facts import Activity, Completion, DemoCity, Enrolment, Learner, Organisation, Playlist

OPERATOR = "operator@example.org"
Ids = dict[str, UUID]


class People:
    """The access tokens of the demo city's people, made anew for each use: they live ten minutes."""

    def __init__(self, door: Door, demo: DemoCity) -> None:
        self._mint = door.mint
        self._contact = {organisation.key: organisation.contact for organisation in demo.organisations}
        self.organisations: Ids = {}

    def operator(self) -> str:
        """The city's operator."""
        return self._mint.token(OPERATOR, operator=True)

    def owner(self, organisation: str) -> str:
        """The owner of an organisation, by its key."""
        roles = {self.organisations[organisation]: ["owner"]}
        return self._mint.token(self._contact[organisation], roles=roles)

    def learner(self, address: str) -> str:
        """A learner, by address."""
        return self._mint.token(address)


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


async def offer(door: Door, people: People, demo: DemoCity) -> Ids:
    """Every owner drafts and publishes the organisation's activities; ids by key."""

    async def one(activity: Activity) -> UUID:
        owner = people.owner(activity.organisation)
        told = activity_body(activity, people.organisations[activity.organisation], demo)
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


async def lead(door: Door, people: People, demo: DemoCity, badges: Ids) -> Ids:
    """Owners draft and publish the playlists; `badges` are achievement ids by activity key. Ids by key."""

    async def one(playlist: Playlist) -> UUID:
        owner = people.owner(playlist.organisation)
        steps = [
            asdict(step) | {"achievements": [str(badges[key]) for key in step.of]} for step in playlist.steps
        ]
        told = {name: getattr(playlist, name) for name in ("name", "description", "language")}
        told |= {"organisation": str(people.organisations[playlist.organisation])}
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
