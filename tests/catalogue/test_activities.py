"""Activities: drafts, publishing, changes, cancelling."""

from typing import Any
from uuid import UUID, uuid4

from contracts.badges import AchievementPublished, Source
from services.catalogue.consumers import HANDLERS
from services.catalogue.settings import CatalogueSettings
from services.chassis.delivery import Delivery
from services.chassis.testing import sealed

from .city import WORKSHOP, City
from .test_skills import TEAMS, starter


async def test_a_draft_needs_only_a_title_and_is_seen_by_its_organisation_alone(city: City) -> None:
    organisation = await city.organisation(verified=False)
    editor: dict[str, Any] = {"roles": {organisation: ["editor"]}}
    body = {"title": "  Walk\u0065\u0301  ", "organisation": str(organisation)}
    draft = await city.ask("POST", "/activities", body, **editor)
    assert (draft["title"], draft["state"], draft["version"]) == ("Walké", "draft", 1)
    path = f"/activities/{draft['id']}"
    assert (await city.say("GET", path)).status_code == 404
    assert (await city.say("GET", path, roles={uuid4(): ["owner"]})).status_code == 404
    assert (await city.ask("GET", path, **editor))["title"] == "Walké"
    listed = await city.ask("GET", f"/organisations/{organisation}/activities", **editor)
    assert [one["id"] for one in listed["items"]] == [draft["id"]]


async def test_publishing_tells_everything_once(city: City) -> None:
    await starter(city)
    organisation = await city.organisation()
    activity = await city.activity(
        organisation, skills=[TEAMS, TEAMS], language="fi", interests=["Media", "media"]
    )
    await city.ask("POST", f"/activities/{activity}/publish", operator=True)
    told = await city.events("activity.published")
    assert len(told) == 1
    assert told[0]["skills"] == [{"uri": TEAMS, "label": "työskennellä tiimeissä"}]
    assert told[0]["interests"] == ["media"]
    assert told[0]["place"]["name"] == "Oodi"
    assert told[0]["starts"] == "2026-01-10T15:00:00Z"


async def test_changes_grow_the_version_and_are_told_once_published(city: City) -> None:
    organisation = await city.organisation()
    activity = await city.activity(organisation, published=False)
    path, editor = f"/activities/{activity}", {"roles": {organisation: ["editor"]}}
    assert (await city.ask("PATCH", path, {"title": "Second"}, **editor))["version"] == 2
    assert (await city.ask("PATCH", path, {"title": "Second"}, **editor))["version"] == 2
    assert await city.events("activity.changed") == []
    await city.ask("POST", f"{path}/publish", **editor)
    changed = await city.ask("PATCH", path, {"title": "Third", "version": 2}, **editor)
    assert (changed["version"], changed["description"]) == (3, WORKSHOP["description"])
    assert [(e["version"], e["title"]) for e in await city.events("activity.changed")] == [(3, "Third")]
    late = await city.say("PATCH", path, {"title": "Fourth", "version": 2}, **editor)
    assert (late.status_code, late.json()["errors"][0]["field"]) == (409, "body.version")
    bare = await city.say("PATCH", path, {"description": ""}, **editor)
    assert (bare.status_code, bare.json()["errors"][0]["field"]) == (422, "description")
    assert (await city.ask("GET", path))["description"] == WORKSHOP["description"]


async def test_a_cancelled_activity_stays_readable_and_as_it_was(city: City) -> None:
    organisation = await city.organisation()
    activity = await city.activity(organisation)
    path, editor = f"/activities/{activity}", {"roles": {organisation: ["editor"]}}
    for _ in range(2):
        assert (await city.ask("POST", f"{path}/cancel", **editor))["state"] == "cancelled"
    assert (await city.ask("GET", path))["state"] == "cancelled"
    assert len(await city.events("activity.cancelled")) == 1
    assert (await city.say("PATCH", path, {"title": "X"}, **editor)).status_code == 409
    assert (await city.say("POST", f"{path}/publish", **editor)).status_code == 409
    draft = await city.activity(organisation, published=False)
    assert (await city.say("POST", f"/activities/{draft}/cancel", **editor)).status_code == 409


async def test_start_and_end_follow_from_the_sessions(city: City) -> None:
    organisation = await city.organisation()
    sessions = [
        {"starts": "2031-03-01T17:00:00+02:00", "ends": "2031-03-01T19:00:00+02:00"},
        {"starts": "2031-03-08T17:00:00+02:00", "ends": "2031-03-08T19:00:00+02:00"},
    ]
    activity = await city.activity(organisation, sessions=sessions, starts=None, ends=None)
    found = await city.ask("GET", f"/activities/{activity}")
    assert (found["starts"], found["ends"]) == ("2031-03-01T15:00:00Z", "2031-03-08T17:00:00Z")
    assert len(found["sessions"]) == 2


async def test_an_activity_says_which_badge_it_gives_whatever_the_order_of_its_versions(
    city: City, settings: CatalogueSettings
) -> None:
    activity = await city.activity(await city.organisation())
    achievement = uuid4()

    def version(number: int, source: UUID = activity) -> bytes:
        return sealed(
            AchievementPublished(
                achievement=achievement,
                version=number,
                organisation=uuid4(),
                name=f"Version {number}",
                description="",
                language="en",
                source=Source(kind="activity", id=source),
                picture=f"https://city.test/{number}.png",
            )
        )

    delivery = Delivery("catalogue", HANDLERS, (), city.database, settings)
    await delivery.handle([version(2), version(1), version(2)])
    badge = (await city.ask("GET", f"/activities/{activity}"))["badge"]
    assert (badge["id"], badge["version"], badge["name"]) == (str(achievement), 2, "Version 2")
    assert (await city.ask("GET", "/activities?from=2020-01-01"))["items"][0]["badge"] == badge


NONSENSE: list[tuple[dict[str, Any], str]] = [
    ({"title": "a\tb"}, "body.title"),
    ({"description": "\u0000"}, "body.description"),
    ({"kind": "party"}, "body.kind"),
    ({"starts": "2026-01-01T10:00:00"}, "body.starts"),
    ({"starts": "9999-12-31T23:59:59-12:00"}, "body.starts"),
    ({"starts": "2026-01-02T00:00:00Z", "ends": "2026-01-01T00:00:00Z"}, "body.ends"),
    ({"time_zone": "Nowhere"}, "body.time_zone"),
    ({"place": {"name": "X", "latitude": 91, "longitude": 0}}, "body.place.latitude"),
    ({"place": {"name": "X", "latitude": 0, "longitude": -180.1}}, "body.place.longitude"),
    ({"capacity": 0}, "body.capacity"),
    ({"capacity": 10**20}, "body.capacity"),
    ({"cost_cents": -1}, "body.cost_cents"),
    ({"currency": "euro"}, "body.currency"),
    ({"join_url": "ftp://example.org"}, "body.join_url"),
    ({"skills": ["http://data.europa.eu/esco/skill/unknown"]}, "body.skills.0"),
    ({"languages": ["english"]}, "body.languages.0"),
    ({"colour": "red"}, "body.colour"),
]


async def test_an_activity_that_makes_no_sense_is_refused_by_field_and_not_stored(city: City) -> None:
    organisation = await city.organisation()
    for fields, field in NONSENSE:
        body = {**WORKSHOP, "organisation": str(organisation), **fields}
        response = await city.say("POST", "/activities", body, operator=True)
        assert (fields, response.status_code) == (fields, 422)
        assert (fields, response.json()["errors"][0]["field"]) == (fields, field)
    listed = await city.ask("GET", f"/organisations/{organisation}/activities", operator=True)
    assert listed["items"] == []


async def test_what_is_no_json_object_is_refused(city: City) -> None:
    headers = {**city.keyring.headers(operator=True), "Content-Type": "application/json"}
    for body in (b"{", b"[]", b"null", b'"\xff"', b'{"title": "\\ud800"}'):
        response = await city.client.post("/activities", content=body, headers=headers)
        assert response.status_code in (400, 422)
        assert response.headers["content-type"] == "application/problem+json"
