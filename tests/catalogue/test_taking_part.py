"""Joining and leaving activities."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

from .city import City, recipient

ADA: dict[str, Any] = {
    "learner": UUID(int=1),
    "recipients": [recipient("ada@example.org"), recipient("a@x.org")],
}
OPEN: dict[str, Any] = {"starts": None, "ends": None}


async def test_joining_twice_or_by_another_address_is_joining_once(city: City) -> None:
    organisation = await city.organisation()
    activity = await city.activity(organisation, capacity=5, **OPEN)
    path = f"/activities/{activity}"
    await city.ask("POST", f"{path}/join", {}, **ADA)
    await city.ask(
        "POST", f"{path}/join", {}, learner=UUID(int=1), recipients=[recipient("a@x.org"), *ADA["recipients"]]
    )
    seen = await city.ask("GET", path, **ADA)
    assert (seen["joined"], seen["places_left"]) == (True, 4)
    assert (await city.ask("GET", path))["joined"] is False
    assert [UUID(e["recipient"]) for e in await city.events("activity.joined")] == [
        recipient("ada@example.org")
    ]
    assert all("recipient" not in e for e in await city.events("activity.joined", "pub"))


async def test_leaving_gives_the_place_back(city: City) -> None:
    activity = await city.activity(await city.organisation(), capacity=1, **OPEN)
    path = f"/activities/{activity}"
    await city.ask("POST", f"{path}/join", {}, **ADA)
    other: dict[str, Any] = {"learner": UUID(int=2), "recipients": [recipient("bea@example.org")]}
    assert (await city.say("POST", f"{path}/join", {}, **other)).status_code == 409
    await city.ask("POST", f"{path}/leave", **ADA)
    assert (await city.say("POST", f"{path}/leave", **ADA)).status_code == 409
    await city.ask("POST", f"{path}/join", {}, **other)
    assert len(await city.events("activity.left")) == 1


async def test_the_last_place_is_given_once(city: City) -> None:
    activity = await city.activity(await city.organisation(), capacity=2, **OPEN)
    asked = [
        city.say("POST", f"/activities/{activity}/join", {}, learner=uuid4(), recipients=[uuid4()])
        for _ in range(6)
    ]
    statuses = [response.status_code for response in await asyncio.gather(*asked)]
    assert sorted(statuses) == [200] * 2 + [409] * 4


async def test_an_age_is_asked_for_where_it_matters_and_not_kept(city: City) -> None:
    activity = await city.activity(await city.organisation(), age_from=14, age_to=18, **OPEN)
    path = f"/activities/{activity}/join"
    unsaid = await city.say("POST", path, {}, **ADA)
    assert (unsaid.status_code, unsaid.json()["errors"][0]["field"]) == (422, "body.age")
    assert (await city.say("POST", path, {"age": 12}, **ADA)).status_code == 403
    await city.ask("POST", path, {"age": 15}, **ADA)


async def test_the_organisation_sees_who_joined_and_completed(city: City) -> None:
    organisation = await city.organisation()
    activity = await city.activity(organisation, **OPEN)
    await city.confirm(activity, people=[{"address": "ada@example.org", "name": "Ada"}])
    bea: dict[str, Any] = {"learner": UUID(int=2), "recipients": [recipient("bea@example.org")]}
    await city.ask("POST", f"/activities/{activity}/join", {}, **ADA)
    await city.ask("POST", f"/activities/{activity}/join", {}, **bea)
    reviewer: dict[str, Any] = {"roles": {organisation: ["reviewer"]}}
    listed = await city.ask("GET", f"/activities/{activity}/participants", **reviewer)
    assert [(p["name"], p["completed"]) for p in listed] == [("Ada", True), (None, False)]
    done = await city.ask("GET", f"/activities/{activity}/completions", **reviewer)
    assert [one["name"] for one in done] == ["Ada"]
    assert "address" not in str(listed) + str(done)
