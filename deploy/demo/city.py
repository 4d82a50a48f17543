"""The demo city: who offers what, where and when, who took part, and how many must complete each playlist.

The facts are in `data/`; see its README. The same moment always gives the same city, and who completed what
does not depend on the moment at all.
"""

import json
import re
from collections import defaultdict
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from .attendance import completions, enrolments
from .facts import Activity, DemoCity, Learner, Organisation, Place, Playlist, Session, Step

DATA = Path(__file__).parent / "data"

_RESOLVED = ("languages", "interests", "skills", "place", "ages", "always_open", "starts", "ends", "sessions")
_MOMENT = re.compile(r"([+-]\d+)(?:h|d (\d\d:\d\d))")


def load_city(now: datetime) -> DemoCity:
    """The demo city as it stands at `now`, which must be aware.

    Raises ValueError for a naive `now`, KeyError where the data name a place that is not there.
    """
    if now.tzinfo is None:
        raise ValueError("now needs a time zone, for example datetime.now(UTC)")
    places = tuple(map(_place, _read("places.geojson")["features"]))
    catalogue = _read("activities.json")
    here = now.astimezone(ZoneInfo(catalogue["time_zone"]))
    at = {place.key: place for place in places}
    activities = tuple(_activity(raw, at, here) for raw in catalogue["activities"])
    learners = tuple(Learner(**raw) for raw in _read("learners.json")["learners"])
    playlists = tuple(map(_playlist, _read("playlists.json")["playlists"]))
    return DemoCity(
        time_zone=catalogue["time_zone"],
        currency=catalogue["currency"],
        places=places,
        organisations=tuple(map(_organisation, _read("organisations.json")["organisations"])),
        activities=activities,
        learners=learners,
        playlists=playlists,
        enrolments=tuple(enrolments(playlists, learners)),
        completions=completions(playlists, learners, [a for a in activities if a.over(now)]),
    )


def expected_pathway_completions(city: DemoCity) -> dict[str, int]:
    """How many learners must have completed each playlist, by its key, once all completions are confirmed.

    Worked out from the completions themselves, not from the numbers the playlists were planned with.
    """
    done: dict[str, set[str]] = defaultdict(set)
    for completion in city.completions:
        done[completion.learner].add(completion.activity)
    return {p.key: sum(map(p.completed_by, done.values())) for p in city.playlists}


def _read(name: str) -> Any:
    return json.loads((DATA / name).read_text("utf-8"))


def _place(feature: dict[str, Any]) -> Place:
    longitude, latitude = feature["geometry"]["coordinates"]
    told = dict.fromkeys(("name_en", "address", "website", "wheelchair")) | feature["properties"]
    return Place(latitude=latitude, longitude=longitude, **told)


def _organisation(raw: dict[str, Any]) -> Organisation:
    colours = raw["colours"]
    told = {name: value for name, value in raw.items() if name != "colours"}
    return Organisation(**told, primary_colour=colours["primary"], accent_colour=colours["accent"])


def _activity(raw: dict[str, Any], places: dict[str, Place], here: datetime) -> Activity:
    told = {name: value for name, value in raw.items() if name not in _RESOLVED}
    return Activity(
        **told | {name: tuple(raw[name]) for name in ("languages", "interests", "skills")},
        **_when(raw, here),
        place=places[raw["place"]] if raw["place"] else None,
        age_from=raw["ages"]["from"],
        age_to=raw["ages"]["to"],
    )


def _when(raw: dict[str, Any], here: datetime) -> dict[str, Any]:
    if raw.get("always_open"):
        return {"starts": None, "ends": None, "sessions": ()}
    sessions = tuple(Session(**_span(session, here)) for session in raw.get("sessions", ()))
    if sessions:
        return {"starts": sessions[0].starts, "ends": sessions[-1].ends, "sessions": sessions}
    return {**_span(raw, here), "sessions": ()}


def _span(raw: dict[str, Any], here: datetime) -> dict[str, datetime]:
    return {name: _moment(raw[name], here) for name in ("starts", "ends")}


def _moment(text: str, here: datetime) -> datetime:
    """`-41d 17:00` is a local time of day 41 days ago, `+2h` two hours after the hour that has begun."""
    match = _MOMENT.fullmatch(text)
    if not match:
        raise ValueError(f"{text!r}: write -41d 17:00 or +2h")
    offset, clock = int(match[1]), match[2]
    if clock:
        return datetime.combine(here.date() + timedelta(days=offset), time.fromisoformat(clock), here.tzinfo)
    # In UTC no hour is missing or doubled.
    hour = here.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return (hour + timedelta(hours=offset)).astimezone(here.tzinfo)


def _playlist(raw: dict[str, Any]) -> Playlist:
    steps = tuple(Step(**step | {"of": tuple(step["of"])}) for step in raw["steps"])
    told = {name: value for name, value in raw.items() if name not in ("demo", "steps")}
    return Playlist(**told, **raw["demo"], steps=steps)
