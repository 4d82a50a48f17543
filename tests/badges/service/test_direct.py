"""Direct awards: a list of people, every line of it reported."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from contracts.badges import AchievementPublished, BadgeAwarded, RecipientNamed
from contracts.recipients import recipient_id
from services.badges.app import service
from services.chassis.app import create_app
from services.chassis.testing import SECRET, Keyring, client_of
from tests.badges.service.town import ORGANISATION, Facts, Town

OWN = {
    "organisation": str(ORGANISATION),
    "name": "Volunteer of the year",
    "description": "Helped all year long.",
    "criteria": "Chosen by the others.",
    "language": "en",
    "layer": "lead",
    "skills": [{"uri": "http://data.europa.eu/esco/skill/1", "label": "work in teams"}],
}


@pytest.fixture
async def http(town: Town) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the service, whose organisation is verified."""
    facts = Facts()
    await town.hear(facts.registered, facts.verified)
    async with client_of(create_app(service(town.settings))) as client:
        yield client


@pytest.fixture
def owner(keyring: Keyring) -> dict[str, str]:
    """Headers of the organisation's owner."""
    return keyring.headers(roles={ORGANISATION: ["owner"]})


async def _own(http: httpx.AsyncClient, owner: dict[str, str]) -> str:
    answer = await http.post("/achievements", json=OWN, headers=owner)
    assert answer.status_code == 201, answer.text
    made: str = answer.json()["id"]
    return made


async def _award(http: httpx.AsyncClient, owner: dict[str, str], **body: Any) -> httpx.Response:
    return await http.post("/awards", json=body, headers=owner)


async def test_an_organisations_own_achievement_is_published(
    town: Town, http: httpx.AsyncClient, owner: dict[str, str]
) -> None:
    made = await _own(http, owner)
    (told,) = await town.told(AchievementPublished, "pub")
    assert told["achievement"] == made
    assert told["source"] == {"kind": "organisation", "id": str(ORGANISATION)}
    assert (await http.get(f"/achievements/{made}/1")).json()["name"] == "Volunteer of the year"


async def test_every_line_is_reported_and_bad_ones_keep_no_other_from_its_badge(
    town: Town, http: httpx.AsyncClient, owner: dict[str, str]
) -> None:
    made = await _own(http, owner)
    pasted = "Anna <anna@example.org>\n\nnobody\nBo;bo@example.org;fi\nANNA@example.org\n"
    answer = await _award(http, owner, achievement=made, recipients=pasted)
    assert answer.status_code == 202
    job = answer.json()
    assert [line["outcome"] for line in job["lines"]] == ["awarded", "bad_address", "awarded", "already"]
    assert job["lines"][0]["award"] == job["lines"][3]["award"]
    assert job["outcomes"] == {"awarded": 2, "bad_address": 1, "already": 1}
    assert (job["occasion"], job["due"]) == ("direct", 2)

    await town.work()
    done = (await http.get(answer.headers["location"], headers=owner)).json()
    assert done["due"] == 0
    assert [line["state"] for line in done["lines"]] == ["issued", None, "issued", "issued"]
    assert {each["recipient"] for each in await town.told(BadgeAwarded)} == {
        str(recipient_id(address, SECRET.encode())) for address in ("anna@example.org", "bo@example.org")
    }


async def test_whoever_is_awarded_is_named_to_the_city(
    town: Town, http: httpx.AsyncClient, owner: dict[str, str]
) -> None:
    made = await _own(http, owner)
    people = [{"address": " Anna@Example.org", "name": "Anna Niemi", "language": "fi"}]
    await _award(http, owner, achievement=made, recipients=people)
    (named,) = await town.told(RecipientNamed)
    del named["at"]
    assert named == {
        "recipient": str(recipient_id("anna@example.org", SECRET.encode())),
        "address": "anna@example.org",
        "name": "Anna Niemi",
        "language": "fi",
        "said_by": "organiser",
    }


async def test_what_the_person_said_of_themselves_outranks_the_organiser(
    town: Town, http: httpx.AsyncClient, owner: dict[str, str]
) -> None:
    await town.hear(Facts().named.model_copy(update={"said_by": "person", "language": "nl"}))
    made = await _own(http, owner)
    await _award(
        http, owner, achievement=made, recipients=[{"address": "learner@example.org", "language": "fi"}]
    )
    assert await town.told(RecipientNamed) == []
    await town.work()
    (awarded,) = await town.told(BadgeAwarded)
    page = await http.get(awarded["claim"])
    assert page.headers["content-language"] == "nl"


async def test_awarding_twice_on_one_occasion_does_nothing_and_says_so(
    town: Town, http: httpx.AsyncClient, owner: dict[str, str]
) -> None:
    made = await _own(http, owner)
    order = {"achievement": made, "occasion": "summer-2026", "recipients": "anna@example.org"}
    first = (await _award(http, owner, **order)).json()["lines"][0]
    await town.work()
    second = (await _award(http, owner, **order)).json()["lines"][0]
    assert (first["outcome"], second["outcome"]) == ("awarded", "already")
    assert "awarded already" in second["detail"]
    assert first["award"] == second["award"]
    other = (await _award(http, owner, **order | {"occasion": "winter-2026"})).json()["lines"][0]
    assert other["outcome"] == "awarded"
    await town.work()
    assert len(await town.told(BadgeAwarded)) == 2


async def test_a_withdrawn_award_is_not_given_again_by_awarding(
    town: Town, http: httpx.AsyncClient, owner: dict[str, str]
) -> None:
    made = await _own(http, owner)
    order = {"achievement": made, "recipients": "anna@example.org"}
    award = (await _award(http, owner, **order)).json()["lines"][0]["award"]
    await http.post(f"/awards/{award}/revoke", json={"reason": "x"}, headers=owner)
    line = (await _award(http, owner, **order)).json()["lines"][0]
    assert (line["outcome"], line["state"]) == ("already", "revoked")
    await town.work()
    assert await town.told(BadgeAwarded) == []


async def test_a_repeated_request_is_answered_as_the_first(
    town: Town, http: httpx.AsyncClient, owner: dict[str, str]
) -> None:
    made = await _own(http, owner)
    headers = owner | {"Idempotency-Key": "once"}
    body = {"achievement": made, "recipients": "anna@example.org"}
    first = await http.post("/awards", json=body, headers=headers)
    second = await http.post("/awards", json=body, headers=headers)
    assert first.json() == second.json()


async def test_an_activitys_achievement_can_be_awarded_directly_too(
    town: Town, http: httpx.AsyncClient, owner: dict[str, str]
) -> None:
    facts = Facts()
    await town.hear(facts.published(), facts.named, facts.completed)
    (found,) = (await http.get(f"/achievements?source={facts.activity}")).json()["items"]
    answer = await _award(http, owner, achievement=found["id"], recipients="bo@example.org")
    await town.work()
    assert answer.status_code == 202
    listed = (await http.get(f"/awards?organisation={ORGANISATION}", headers=owner)).json()["items"]
    assert {each["address"]: each["occasion"] for each in listed} == {
        "learner@example.org": f"activity:{facts.activity}",
        "bo@example.org": "direct",
    }


async def test_awards_are_listed_a_page_at_a_time(
    town: Town, http: httpx.AsyncClient, owner: dict[str, str]
) -> None:
    made = await _own(http, owner)
    await _award(http, owner, achievement=made, recipients="\n".join(f"p{n}@example.org" for n in range(5)))
    seen: list[str] = []
    page: dict[str, Any] = {"next": None}
    while page["next"] or not seen:
        query = {
            "organisation": str(ORGANISATION),
            "limit": "2",
            **({"before": page["next"]} if seen else {}),
        }
        page = (await http.get("/awards", params=query, headers=owner)).json()
        seen += [each["address"] for each in page["items"]]
    assert sorted(seen) == [f"p{n}@example.org" for n in range(5)]


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"occasion": "activity:1"}, 422, "body.occasion"),
        ({"recipients": "a\x00b@example.org"}, 422, "body.recipients"),
        ({"recipients": [{"address": "a@example.org", "name": "A\x07"}]}, 422, "body.recipients"),
        ({"recipients": [{"address": "a@example.org", "age": 9}]}, 422, "body.recipients"),
        ({"recipients": "a@example.org\n" * 21}, 413, "body.recipients"),
        ({"achievement": str(uuid4())}, 404, None),
        ({"achievement": "x"}, 422, "body.achievement"),
    ],
)
async def test_a_bad_order_is_refused_and_nothing_is_written(
    town: Town, owner: dict[str, str], change: dict[str, Any], status: int, field: str | None
) -> None:
    facts = Facts()
    await town.hear(facts.registered, facts.verified)
    settings = town.settings.model_copy(update={"max_rows": 20})
    async with client_of(create_app(service(settings))) as http:
        made = await _own(http, owner)
        answer = await _award(http, owner, **{"achievement": made, "recipients": "a@example.org"} | change)
        assert answer.status_code == status, answer.text
        if field:
            assert any(each["field"].startswith(field) for each in answer.json()["errors"]), answer.text
        listed = await http.get(f"/awards?organisation={ORGANISATION}", headers=owner)
    assert listed.json()["items"] == []


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"name": "\x1b[31m"}, 422, "body.name"),
        ({"name": "half \ufffe"}, 422, "achievement.name"),
        ({"name": " "}, 422, "achievement.name"),
        ({"language": "English"}, 422, "body.language"),
        ({"kind": "pathway"}, 422, "body.kind"),
        ({"skills": [{"uri": "not a uri", "label": "x"}]}, 422, "body.skills.0.uri"),
        ({"organisation": str(uuid4())}, 403, None),
    ],
)
async def test_a_bad_achievement_is_refused_by_field(
    http: httpx.AsyncClient, owner: dict[str, str], change: dict[str, Any], status: int, field: str | None
) -> None:
    answer = await http.post("/achievements", json=OWN | change, headers=owner)
    assert answer.status_code == status, answer.text
    assert field is None or answer.json()["errors"][0]["field"] == field
    assert (await http.get("/achievements")).json()["items"] == []


async def test_only_verified_organisations_publish_and_award(town: Town, owner: dict[str, str]) -> None:
    facts = Facts()
    await town.hear(facts.registered, facts.published())
    async with client_of(create_app(service(town.settings))) as http:
        (found,) = (await http.get("/achievements")).json()["items"]
        for path, body in (
            ("/achievements", OWN),
            ("/awards", {"achievement": found["id"], "recipients": "a@example.org"}),
        ):
            answer = await http.post(path, json=body, headers=owner)
            assert (answer.status_code, answer.json()["type"][-12:]) == (409, "not-verified")
    free = town.settings.model_copy(update={"require_verification": False})
    async with client_of(create_app(service(free))) as http:
        assert (await http.post("/achievements", json=OWN, headers=owner)).status_code == 201


async def test_somebody_who_has_just_asked_to_be_forgotten_is_not_awarded(
    town: Town, http: httpx.AsyncClient, owner: dict[str, str]
) -> None:
    made = await _own(http, owner)
    await town.hear(Facts().forgotten)
    line = (await _award(http, owner, achievement=made, recipients="learner@example.org")).json()["lines"][0]
    assert (line["outcome"], line["award"]) == ("forgotten", None)


async def test_an_unknown_job_is_a_404(http: httpx.AsyncClient, owner: dict[str, str]) -> None:
    answer = await http.get(f"/awards/jobs/{UUID(int=1)}", headers=owner)
    assert (answer.status_code, answer.json()["type"][-11:]) == (404, "unknown-job")
