"""From an organisation that registers to a completion that gives a badge."""

from uuid import UUID

from .city import City, recipient


async def test_an_organisation_registers_is_verified_publishes_and_confirms(city: City) -> None:
    organisation = await city.organisation()
    member = await city.ask(
        "POST",
        f"/organisations/{organisation}/members",
        {"address": "Editor@Example.org", "role": "editor"},
        roles={organisation: ["owner"]},
    )
    assert member["address"] == "editor@example.org"
    activity = await city.activity(organisation)
    report = await city.confirm(
        activity,
        people=[{"address": "ada@example.org", "name": "Ada", "language": "fi"}],
        pasted="bea@example.org, Bea, nl\nnobody\nADA@example.org\n",
    )
    assert (report["confirmed"], report["already"], report["bad"]) == (2, 1, 1)
    assert [row["line"] for row in report["rows"]] == [1, 1, 2, 3]
    completed = await city.events("activity.completed")
    assert {UUID(e["recipient"]) for e in completed} == {
        recipient("ada@example.org"),
        recipient("bea@example.org"),
    }
    published = (await city.events("activity.published"))[0]
    assert published["title"] == "Podcast: First Steps"
    assert published["url"] == f"https://city.test/activities/{activity}"
    named = {e["address"]: e for e in await city.events("recipient.named")}
    assert named["bea@example.org"]["name"] == "Bea"
    assert len(await city.events("organisation.verified")) == 1


async def test_confirming_again_changes_nothing(city: City) -> None:
    activity = await city.activity(await city.organisation())
    first = await city.confirm(activity, pasted="ada@example.org")
    again = await city.confirm(activity, pasted="Ada@Example.org")
    assert (first["confirmed"], again["confirmed"], again["already"]) == (1, 0, 1)
    assert len(await city.events("activity.completed")) == 1


async def test_a_learner_joins_and_sees_the_join_link(city: City) -> None:
    organisation = await city.organisation()
    link = "https://meet.example/room"
    activity = await city.activity(organisation, starts=None, ends=None, join_url=link)
    ada = {"learner": UUID(int=1), "recipients": [recipient("ada@example.org")]}
    assert (await city.ask("GET", f"/activities/{activity}"))["join_url"] is None
    joined = await city.ask("POST", f"/activities/{activity}/join", {}, **ada)
    assert joined["join_url"] == link
    assert (await city.ask("GET", f"/activities/{activity}", **ada))["join_url"] == link
    assert len(await city.events("activity.joined")) == 1
