"""Several addresses, saying who one is, taking one's data away, being forgotten."""

from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text

from contracts import badges
from services.catalogue import storage
from services.catalogue.consumers import HANDLERS
from services.catalogue.settings import CatalogueSettings
from services.chassis.delivery import Delivery
from services.chassis.testing import sealed

from .city import City, recipient
from .test_signing_in import age, sign_in

ADA, WORK, EVE = "ada@example.org", "ada@work.example", "eve@example.org"


async def prove(city: City, bearer: dict[str, str], address: str) -> httpx.Response:
    """Add an address to the account and prove it by its code."""
    asked = await city.client.post("/people/me/addresses", json={"address": address}, headers=bearer)
    assert asked.status_code == 202
    code = (await city.events("sign-in.requested"))[-1]["code"]
    body = {"address": address, "code": code}
    return await city.client.post("/people/me/addresses/prove", json=body, headers=bearer)


async def test_one_account_proves_several_addresses_and_signs_in_with_each(city: City) -> None:
    me = (await prove(city, await sign_in(city, ADA), WORK)).json()
    assert [a["address"] for a in me["addresses"]] == [ADA, WORK]
    again = (await city.client.get("/people/me", headers=await sign_in(city, WORK))).json()
    assert again["id"] == me["id"]


async def test_a_code_for_one_purpose_serves_no_other(city: City) -> None:
    bearer = await sign_in(city, ADA)
    await city.client.post("/people/me/addresses", json={"address": WORK}, headers=bearer)
    letter = (await city.events("sign-in.requested"))[-1]
    body = {"address": WORK, "code": letter["code"]}
    assert (await city.say("POST", "/sign-in/code", body)).status_code == 403
    eve = await sign_in(city, EVE)
    assert (await city.client.post("/people/me/addresses/prove", json=body, headers=eve)).status_code == 403
    city.client.cookies.clear()
    assert (await city.client.post(letter["link"])).status_code == 403
    page = await city.client.post(letter["link"], headers={"Accept": "text/html", "Accept-Language": "nl"})
    assert (page.status_code, "Niet in deze browser" in page.text) == (403, True)
    assert (await city.client.get(letter["link"])).text.count("<button>Lisää osoite</button>") == 1
    assert (
        await city.client.post("/people/me/addresses/prove", json=body, headers=bearer)
    ).status_code == 200


async def test_a_link_proves_an_address_in_the_browser_that_asked(city: City) -> None:
    bearer = await sign_in(city, ADA)
    await city.client.post("/people/me/addresses", json={"address": WORK}, headers=bearer)
    letter = (await city.events("sign-in.requested"))[-1]
    assert (await city.client.post(letter["link"])).status_code == 200
    me = (await city.client.get("/people/me", headers=bearer)).json()
    assert [a["address"] for a in me["addresses"]] == [ADA, WORK]


async def test_an_address_moves_to_who_proves_it_with_the_roles_it_had(city: City) -> None:
    organisation = await city.organisation(owner=WORK)
    old = (await city.client.get("/people/me", headers=await sign_in(city, WORK))).json()
    new = (await prove(city, await sign_in(city, ADA), WORK)).json()
    assert new["id"] != old["id"]
    added = [UUID(e["learner"]) for e in await city.events("member.added")]
    removed = [UUID(e["learner"]) for e in await city.events("member.removed")]
    assert (added, removed) == ([UUID(old["id"]), UUID(new["id"])], [UUID(old["id"])])
    moved = await city.events("address.removed")
    assert [UUID(e["learner"]) for e in moved] == [UUID(old["id"])]
    gone = await city.client.get("/people/me", headers=city.keyring.headers(UUID(old["id"])))
    assert gone.status_code == 404
    me = (await city.client.get("/people/me", headers=await sign_in(city, ADA))).json()
    assert me["roles"] == {str(organisation): ["owner"]}


async def test_an_address_is_given_up_but_not_the_last_one(city: City) -> None:
    bearer = await sign_in(city, ADA)
    await prove(city, bearer, WORK)
    path = "/people/me/addresses/remove"
    left = await city.client.post(path, json={"address": ADA}, headers=bearer)
    assert [a["address"] for a in left.json()["addresses"]] == [WORK]
    assert (await city.client.post(path, json={"address": ADA}, headers=bearer)).status_code == 404
    assert (await city.client.post(path, json={"address": WORK}, headers=bearer)).status_code == 409
    assert [UUID(e["recipient"]) for e in await city.events("address.removed")] == [recipient(ADA)]


async def test_what_a_person_says_outranks_what_organisers_write(city: City) -> None:
    activity = await city.activity(await city.organisation())
    await city.confirm(activity, people=[{"address": ADA, "name": "A. Lovelace", "language": "en"}])
    bearer = await sign_in(city, ADA)
    body = {"name": "Ada", "language": "nl"}
    assert (await city.client.patch("/people/me", json=body, headers=bearer)).json()["name"] == "Ada"
    other = await city.activity(await city.organisation())
    await city.confirm(other, people=[{"address": ADA, "name": "Ms Lovelace", "language": "fr"}])
    listed = await city.ask("GET", f"/activities/{activity}/completions", operator=True)
    assert [one["name"] for one in listed] == ["Ada"]
    told = [
        (e["said_by"], e.get("name")) for e in await city.events("recipient.named") if e["address"] == ADA
    ]
    assert told[0] == ("organiser", "A. Lovelace")
    assert told[-1] == ("person", "Ada")


async def test_everything_known_is_taken_away_as_json(city: City) -> None:
    organisation = await city.organisation(owner=ADA)
    activity = await city.activity(organisation)
    await city.confirm(activity, people=[{"address": ADA, "name": "Ada"}])
    bearer = await sign_in(city, ADA)
    told = (await city.client.get("/people/me/export", headers=bearer)).json()
    assert told["addresses"][0]["address"] == ADA
    assert told["addresses"][0]["name"]["value"] == "Ada"
    assert [r["organisation"] for r in told["roles"]] == [str(organisation)]
    assert [c["activity"] for c in told["completed"]] == [str(activity)]


async def everything_stored(city: City) -> str:
    """Every row of every table, as text."""
    async with city.database.engine.connect() as connection:
        names = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        tables = (await connection.execute(text(names))).scalars().all()
        return "".join([str((await connection.execute(text(f'SELECT * FROM "{t}"'))).all()) for t in tables])


async def test_a_forgotten_person_is_nowhere_and_stays_forgotten(
    city: City, settings: CatalogueSettings
) -> None:
    activity = await city.activity(await city.organisation())
    await city.confirm(activity, pasted=f"{ADA}, Ada Lovelace, en")
    bearer = await sign_in(city, ADA)
    await city.client.patch("/people/me", json={"name": "Countess"}, headers=bearer)
    await city.client.post(f"/activities/{activity}/join", json={}, headers=bearer)
    await prove(city, bearer, WORK)
    named = (await city.events("recipient.named"))[-1]
    assert (await city.client.delete("/people/me", headers=bearer)).status_code == 204
    stored = await everything_stored(city)
    for trace in (ADA, WORK, "Lovelace", "Countess"):
        assert trace not in stored
    forgotten = {UUID(e["recipient"]) for e in await city.events("recipient.forgotten")}
    assert forgotten == {recipient(ADA), recipient(WORK)}
    old = badges.RecipientNamed(**named)
    delivery = Delivery("catalogue", HANDLERS, (), city.database, settings)
    await delivery.handle([sealed(old), sealed(old)])
    assert WORK not in await everything_stored(city)
    assert (await city.client.get("/people/me", headers=bearer)).status_code == 404
    assert (await city.client.post("/sign-in/token")).status_code == 401
    completions = await city.ask("GET", f"/activities/{activity}/completions", operator=True)
    assert len(completions) == 1
    assert UUID(completions[0]["recipient"]) not in forgotten


async def test_who_comes_back_after_being_forgotten_begins_anew(city: City) -> None:
    activity = await city.activity(await city.organisation())
    await city.confirm(activity, pasted=f"{ADA}, Ada")
    await city.ask("POST", "/people/forget", {"address": ADA}, operator=True)
    assert (await city.confirm(activity, pasted=ADA))["confirmed"] == 1
    await age(city, 30)
    bearer = await sign_in(city, ADA)
    me = (await city.client.get("/people/me", headers=bearer)).json()
    assert (me["name"], [a["address"] for a in me["addresses"]]) == (None, [ADA])
    told = (await city.client.get("/people/me/export", headers=bearer)).json()
    assert told["addresses"][0]["name"] is None
    assert len(told["completed"]) == 1


async def test_the_last_owner_hands_over_before_leaving_unless_an_operator_forgets_them(city: City) -> None:
    organisation = await city.organisation(owner=ADA)
    bearer = await sign_in(city, ADA)
    assert (await city.client.delete("/people/me", headers=bearer)).status_code == 409
    assert (await city.client.get("/people/me", headers=bearer)).status_code == 200
    await city.ask("POST", "/people/forget", {"address": ADA}, operator=True)
    members = await city.ask("GET", f"/organisations/{organisation}/members", operator=True)
    assert members == []
    assert len(await city.events("member.removed")) == 1


async def test_badges_names_are_heard_in_any_order_and_announced_by_nobody_twice(
    city: City, settings: CatalogueSettings
) -> None:
    activity = await city.activity(await city.organisation())
    await city.confirm(activity, pasted=ADA)
    heard: list[dict[str, Any]] = [
        {"name": "Ada", "said_by": "organiser", "at": "2099-01-01T00:00:00Z"},
        {"name": "Ada L.", "language": "fi", "said_by": "organiser", "at": "2099-01-02T00:00:00Z"},
        {"name": "Countess", "said_by": "person", "at": "2020-01-01T00:00:00Z"},
    ]
    events = [sealed(badges.RecipientNamed(recipient=recipient(ADA), address=ADA, **one)) for one in heard]
    delivery = Delivery("catalogue", HANDLERS, (), city.database, settings)
    await delivery.handle([*events[::-1], *events])
    listed = await city.ask("GET", f"/activities/{activity}/completions", operator=True)
    assert [one["name"] for one in listed] == ["Countess"]
    assert len([e for e in await city.events("recipient.named") if e["address"] == ADA]) == 1


async def test_of_names_heard_together_the_known_the_new_and_the_forgotten_are_told_apart(
    city: City, settings: CatalogueSettings
) -> None:
    activity = await city.activity(await city.organisation())
    await city.confirm(activity, pasted=f"{ADA}, Ada")
    await city.ask("POST", "/people/forget", {"address": WORK}, operator=True)
    said = {"said_by": "person", "at": "2020-01-01T00:00:00Z"}
    heard = [(EVE, "Eve"), (WORK, "Somebody"), (ADA, "Countess"), (EVE, "Eva")]
    names = [
        sealed(
            badges.RecipientNamed.model_validate(
                {"recipient": recipient(who), "address": who, "name": name, **said}
            )
        )
        for who, name in heard
    ]
    await Delivery("catalogue", HANDLERS, (), city.database, settings).handle(names)
    async with city.database.transaction() as session:
        known = await storage.recipients.known(session, [recipient(who) for who in (ADA, WORK, EVE)])
    called = {who: known[recipient(who)].called for who in (ADA, WORK, EVE)}
    assert called == {ADA: "Countess", WORK: None, EVE: "Eve"}


async def test_a_language_nobody_named_is_nobodys_wish(city: City) -> None:
    activity = await city.activity(await city.organisation())
    await city.confirm(activity, pasted=f"{ADA}, Ada, nl")
    await city.ask("POST", "/sign-in", {"address": ADA})
    letter = (await city.events("sign-in.requested"))[-1]
    assert letter["language"] == "nl"
    await city.client.post(letter["link"])
    bearer = await sign_in(city, EVE)
    await city.client.patch("/people/me", json={"name": "Eve"}, headers=bearer)
    told = [e for e in await city.events("recipient.named") if e["said_by"] == "person"]
    assert [(e["address"], e.get("name"), e.get("language")) for e in told] == [
        (EVE, None, "fi"),
        (EVE, "Eve", None),
    ]
