"""Drafting, publishing and following pathways over HTTP."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.badges import Source
from contracts.catalogue import OrganisationRegistered
from services.chassis.testing import journaled

from .conftest import City, Learner


async def test_a_draft_is_seen_by_its_editors_alone_until_published(city: City) -> None:
    body = city.plan() | {"organisation": str(city.organisation)}
    drafted = await city.http.post("/pathways", json=body, headers=city.editor())
    path = f"/pathways/{drafted.json()['id']}"
    assert (drafted.status_code, drafted.json()["state"], drafted.json()["version"]) == (201, "draft", 0)
    assert (await city.http.get(path)).status_code == 404
    assert (await city.http.get(f"{path}/draft", headers=city.editor())).json() == drafted.json()
    assert (await city.http.get("/pathways")).json()["items"] == []

    published = await city.http.post(f"{path}/publish", headers=city.editor())
    assert (published.json()["state"], published.json()["version"]) == ("published", 1)
    shown = (await city.http.get(path)).json()
    assert shown == published.json()
    assert shown["organisation"] == {"id": str(city.organisation), "name": "Youth Radio"}
    assert shown["steps"][0]["achievements"][0]["name"] == "Podcast Producer"
    (fact,) = [e for e in await journaled(city.database) if e["type"].endswith("pathway.published.v1")]
    assert fact["data"]["steps"][0]["id"] == shown["steps"][0]["id"]
    assert fact["organisation"] == str(city.organisation)


async def test_publishing_again_without_a_change_says_the_same_and_tells_nothing(city: City) -> None:
    pathway = await city.pathway()
    again = await city.http.post(f"/pathways/{pathway}/publish", headers=city.editor())
    assert (again.status_code, again.json()["version"]) == (200, 1)
    facts = [e for e in await journaled(city.database) if e["type"].endswith("pathway.published.v1")]
    assert len(facts) == 1


async def test_an_enrolment_keeps_the_version_it_started_with(city: City, learner: Learner) -> None:
    first, _, _, fourth = city.achievements
    pathway = await city.pathway((1, [first], True))
    await city.start(learner, pathway)
    harder = city.plan((1, [first], True), (1, [fourth], True))
    changed = await city.http.put(f"/pathways/{pathway}", json=harder, headers=city.editor())
    assert changed.json()["state"] == "draft"
    assert len((await city.http.get(f"/pathways/{pathway}")).json()["steps"]) == 1
    published = await city.http.post(f"/pathways/{pathway}/publish", headers=city.editor())
    assert published.json()["version"] == 2

    late = Learner()
    await city.start(late, pathway)
    await city.hear(city.awarded(learner, first), city.awarded(late, first))
    (done,) = await city.told("pathway.completed")
    assert UUID(done["recipient"]) == learner.recipient and done["version"] == 1
    earlier = await city.http.get(f"/pathways/{pathway}", params={"version": 1})
    assert earlier.json()["version"] == 1


async def test_a_step_keeps_its_id_when_it_is_sent_back(city: City) -> None:
    pathway = await city.pathway()
    steps = (await city.http.get(f"/pathways/{pathway}")).json()["steps"]
    body = city.plan()
    body["steps"][0]["id"] = steps[0]["id"]
    changed = (await city.http.put(f"/pathways/{pathway}", json=body, headers=city.editor())).json()
    assert changed["steps"][0]["id"] == steps[0]["id"] and changed["steps"][1]["id"] != steps[1]["id"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": "  "}, "body.name"),
        ({"name": "Line\nbreak"}, "body.name"),
        ({"name": "Bell\x07"}, "body.name"),
        ({"name": "x" * 201}, "body.name"),
        ({"language": "English"}, "body.language"),
        ({"steps": []}, "body.steps"),
        ({"surprise": 1}, "body.surprise"),
    ],
)
async def test_bad_input_is_refused_by_field_and_nothing_is_written(
    city: City, change: dict[str, Any], field: str
) -> None:
    body = city.plan() | {"organisation": str(city.organisation)} | change
    answer = await city.http.post("/pathways", json=body, headers=city.editor())
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    drafts: dict[str, Any] = {"organisation": str(city.organisation), "drafts": True}
    listed = await city.http.get("/pathways", params=drafts, headers=city.editor())
    assert listed.json()["items"] == []


async def test_needing_more_than_there_are_is_refused(city: City) -> None:
    body = city.plan((3, city.achievements[:2], True)) | {"organisation": str(city.organisation)}
    answer = await city.http.post("/pathways", json=body, headers=city.editor())
    assert answer.status_code == 422 and answer.json()["errors"][0]["field"] == "body.steps.0.need"


async def test_an_achievement_not_heard_of_is_refused_by_place_and_taken_once_it_came(city: City) -> None:
    late = uuid4()
    body = city.plan((1, [city.achievements[0], late], True)) | {"organisation": str(city.organisation)}
    answer = await city.http.post("/pathways", json=body, headers=city.editor())
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "body.steps.0.achievements.1"
    assert "try again" in answer.json()["detail"]
    await city.hear(city.achievement(late))
    assert (await city.http.post("/pathways", json=body, headers=city.editor())).status_code == 201


async def test_a_pathway_cannot_ask_for_its_own_badge(city: City) -> None:
    pathway, own = await city.pathway(), uuid4()
    await city.hear(city.achievement(own, source=Source(kind="pathway", id=pathway)))
    body = city.plan((1, [own], True))
    answer = await city.http.put(f"/pathways/{pathway}", json=body, headers=city.editor())
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "body.steps.0.achievements.0"


async def test_only_verified_organisations_publish(city: City) -> None:
    city.organisation = uuid4()
    body = city.plan() | {"organisation": str(city.organisation)}
    unknown = await city.http.post("/pathways", json=body, headers=city.editor())
    assert unknown.status_code == 422 and unknown.json()["errors"][0]["field"] == "body.organisation"
    await city.hear(OrganisationRegistered(organisation=city.organisation, name="New here"))
    drafted = await city.http.post("/pathways", json=body, headers=city.editor())
    refused = await city.http.post(f"/pathways/{drafted.json()['id']}/publish", headers=city.editor())
    assert refused.status_code == 403 and refused.json()["type"].endswith("not-verified")


async def test_pathways_are_listed_newest_first_page_by_page(city: City) -> None:
    made = [str(await city.pathway()) for _ in range(3)]
    first = (await city.http.get("/pathways", params={"limit": 2})).json()
    assert [item["id"] for item in first["items"]] == [made[2], made[1]]
    second = (await city.http.get("/pathways", params={"limit": 2, "after": first["next"]})).json()
    assert [item["id"] for item in second["items"]] == [made[0]] and second["next"] is None
    elsewhere = await city.http.get("/pathways", params={"organisation": str(uuid4())})
    assert elsewhere.json()["items"] == []


async def test_starting_twice_changes_nothing_and_says_so(city: City, learner: Learner) -> None:
    pathway = await city.pathway()
    first = await city.start(learner, pathway)
    again = await city.http.post(f"/pathways/{pathway}/start", headers=city.of(learner))
    assert (again.status_code, again.json()["already"]) == (200, True)
    assert again.json()["enrolment"] == first["enrolment"]
    assert len(await city.told("pathway.started")) == 1


async def test_the_badge_goes_to_the_chosen_address_of_the_token(city: City, learner: Learner) -> None:
    pathway, other = await city.pathway(), uuid4()
    path = f"/pathways/{pathway}/start"
    headers = city.keyring.headers(learner.id, recipients=[learner.recipient, other])
    foreign = await city.http.post(path, json={"recipient": str(uuid4())}, headers=headers)
    assert foreign.status_code == 403 and foreign.json()["errors"][0]["field"] == "body.recipient"
    none = await city.http.post(path, headers=city.keyring.headers(learner.id))
    assert none.status_code == 409
    chosen = await city.http.post(path, json={"recipient": str(other)}, headers=headers)
    assert (chosen.status_code, chosen.json()["recipient"]) == (201, str(other))


async def test_a_completed_pathway_cannot_be_stopped_and_another_can_be_started_anew(
    city: City, learner: Learner
) -> None:
    done, other = await city.pathway((1, city.achievements[:1], True)), await city.pathway()
    await city.start(learner, done)
    first = await city.start(learner, other)
    await city.hear(city.awarded(learner, city.achievements[0]))
    refused = await city.http.post(f"/pathways/{done}/stop", headers=city.of(learner))
    assert refused.status_code == 409
    assert (await city.http.post(f"/pathways/{other}/stop", headers=city.of(learner))).status_code == 204
    mine = (await city.http.get("/pathways/mine", headers=city.of(learner))).json()["items"]
    assert [item["pathway"] for item in mine] == [str(done)]
    assert (await city.start(learner, other))["enrolment"] != first["enrolment"]


async def test_progress_names_what_is_missing_and_what_comes_next(city: City, learner: Learner) -> None:
    first, second, third, _ = city.achievements
    pathway = await city.pathway((2, [first, second], True), (1, [third], True))
    await city.start(learner, pathway)
    await city.hear(city.awarded(learner, second), city.awarded(learner, third))
    progress = (await city.http.get(f"/pathways/{pathway}/progress", headers=city.of(learner))).json()
    one, two = progress["steps"]
    assert (one["earned"], one["missing"], two["missing"]) == ([str(second)], 1, 0)
    assert progress["next_step"] == one["id"] and progress["mandatory_done"] == 1
