"""Organisations: registering, an operator's decision, members and their roles."""

from typing import Any
from uuid import UUID

from .city import City, recipient
from .test_signing_in import sign_in

OWNER, EVE = "owner@example.org", "eve@example.org"


async def test_a_learner_registers_an_organisation_and_owns_it(city: City) -> None:
    bearer = await sign_in(city, OWNER)
    made = await city.client.post("/organisations", json={"name": "Youth Radio"}, headers=bearer)
    assert made.json()["state"] == "registered"
    bearer = await sign_in(city, OWNER)
    listed = await city.client.get(f"/organisations/{made.json()['id']}/members", headers=bearer)
    assert [(m["address"], m["role"]) for m in listed.json()] == [(OWNER, "owner")]
    registered = await city.events("organisation.registered")
    assert registered[0]["name"] == "Youth Radio"


async def test_nobody_outside_sees_an_organisation_before_it_is_verified(city: City) -> None:
    organisation = await city.organisation(verified=False)
    path = f"/organisations/{organisation}"
    assert (await city.say("GET", path)).status_code == 404
    assert (await city.ask("GET", path, roles={organisation: ["editor"]}))["state"] == "registered"
    assert (await city.ask("GET", "/organisations"))["items"] == []
    waiting = await city.ask("GET", "/organisations?state=registered", operator=True)
    assert [o["id"] for o in waiting["items"]] == [str(organisation)]
    await city.ask("POST", f"{path}/verify", operator=True)
    assert (await city.ask("GET", path))["state"] == "verified"


async def test_only_a_verified_organisation_publishes_and_confirms(city: City) -> None:
    organisation = await city.organisation(verified=False)
    activity = await city.activity(organisation, published=False)
    editor = {"roles": {organisation: ["owner"]}}
    refused = await city.say("POST", f"/activities/{activity}/publish", **editor)
    assert (refused.status_code, refused.json()["type"].rpartition(":")[2]) == (403, "not-verified")
    await city.ask("POST", f"/organisations/{organisation}/verify", operator=True)
    await city.ask("POST", f"/activities/{activity}/publish", **editor)
    body = {"reason": "Checks"}
    suspended = await city.ask("POST", f"/organisations/{organisation}/suspend", body, operator=True)
    assert suspended["reason"] == "Checks"
    assert (await city.ask("GET", f"/organisations/{organisation}"))["reason"] is None
    body = {"pasted": "ada@example.org"}
    refused = await city.say("POST", f"/activities/{activity}/completions", body, **editor)
    assert (refused.status_code, refused.json()["type"].rpartition(":")[2]) == (403, "suspended")
    await city.ask("POST", f"/organisations/{organisation}/verify", operator=True)
    assert (await city.confirm(activity, **body))["confirmed"] == 1


async def test_verifying_again_changes_nothing(city: City) -> None:
    organisation = await city.organisation()
    await city.ask("POST", f"/organisations/{organisation}/verify", operator=True)
    assert len(await city.events("organisation.verified")) == 1


async def test_organisations_are_listed_by_name_page_by_page(city: City) -> None:
    for name in ("Cee", "Aye", "Bee"):
        await city.organisation(name=name)
    first = await city.ask("GET", "/organisations?limit=2")
    second = await city.ask("GET", f"/organisations?limit=2&after={first['next']}")
    assert [o["name"] for o in first["items"] + second["items"]] == ["Aye", "Bee", "Cee"]
    assert second["next"] is None


async def test_an_invited_colleague_gets_the_role_on_first_sign_in(city: City) -> None:
    organisation = await city.organisation()
    owner: dict[str, Any] = {"roles": {organisation: ["owner"]}}
    path = f"/organisations/{organisation}/members"
    body = {"address": " Eve@Example.org", "role": "issuer"}
    first = await city.ask("POST", path, body, **owner)
    assert first["signed_in"] is False
    assert (await city.ask("POST", path, body, **owner))["id"] == first["id"]
    assert await city.events("member.added") == []
    bearer = await sign_in(city, EVE)
    assert [e["role"] for e in await city.events("member.added")] == ["issuer"]
    me = (await city.client.get("/people/me", headers=bearer)).json()
    assert me["roles"] == {str(organisation): ["issuer"]}
    assert (await city.client.get(path, headers=bearer)).json()[0]["address"] is None
    await city.ask("DELETE", f"{path}/{first['id']}", **owner)
    assert [e["role"] for e in await city.events("member.removed")] == ["issuer"]


async def test_the_last_owner_cannot_leave(city: City) -> None:
    organisation = await city.organisation()
    owner: dict[str, Any] = {"roles": {organisation: ["owner"]}, "recipients": [recipient(OWNER)]}
    path = f"/organisations/{organisation}/members"
    member = (await city.ask("GET", path, **owner))[0]["id"]
    assert (await city.say("DELETE", f"{path}/{member}", **owner)).status_code == 409
    await city.ask("POST", path, {"address": EVE, "role": "owner"}, **owner)
    await city.ask("DELETE", f"{path}/{member}", **owner)
    assert [m["address"] for m in await city.ask("GET", path, **owner)] == [EVE]


async def test_everybody_may_give_up_their_own_role(city: City) -> None:
    organisation = await city.organisation()
    body = {"address": EVE, "role": "editor"}
    path = f"/organisations/{organisation}/members"
    member = await city.ask("POST", path, body, roles={organisation: ["owner"]})
    stranger = await city.say("DELETE", f"{path}/{member['id']}", roles={organisation: ["editor"]})
    assert stranger.status_code == 403
    await city.ask("DELETE", f"{path}/{member['id']}", recipients=[recipient(EVE)])
    again = await city.say("DELETE", f"{path}/{member['id']}", operator=True)
    assert again.status_code == 404


async def test_only_an_operator_names_another_owner(city: City) -> None:
    body = {"name": "Youth Radio", "owner": OWNER}
    refused = await city.say("POST", "/organisations", body, recipients=[recipient(EVE)])
    assert refused.status_code == 403
    nobody = await city.say("POST", "/organisations", {"name": "Youth Radio"}, learner=UUID(int=1))
    assert nobody.status_code == 403


NONSENSE = [
    ({"name": ""}, "body.name"),
    ({"name": "  "}, "body.name"),
    ({"name": "Youth\nRadio"}, "body.name"),
    ({"name": "Youth\u0000Radio"}, "body.name"),
    ({"name": "Youth\u009bRadio"}, "body.name"),
    ({"name": "x" * 201}, "body.name"),
    ({"website": "javascript:alert(1)"}, "body.website"),
    ({"website": "https://user:secret@example.org"}, "body.website"),
    ({"language": "English"}, "body.language"),
    ({"owner": "nobody"}, "body.address"),
    ({"state": "verified"}, "body.state"),
]


async def test_an_organisation_that_makes_no_sense_is_refused_by_field(city: City) -> None:
    for fields, field in NONSENSE:
        body = {"name": "Youth Radio", "owner": OWNER, **fields}
        response = await city.say("POST", "/organisations", body, operator=True)
        assert (fields, response.status_code) == (fields, 422)
        assert (fields, response.json()["errors"][0]["field"]) == (fields, field)
    assert await city.events("organisation.registered") == []
