"""Every route with every role, against one table. A route that the table does not have fails the test."""

import base64
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest

from contracts.badges import BadgeAwarded
from services.badges.app import service
from services.badges.domain.shown import achievement_id
from services.badges.usecases.achievements import PICTURES
from services.badges.usecases.endorsements import ENDORSING
from services.chassis.app import create_app
from services.chassis.testing import Keyring, client_of
from tests.badges.service.town import ACTIVITY, LEARNER, ORGANISATION, Facts, Town

OTHER = uuid4()
ACHIEVEMENT = achievement_id(ACTIVITY)
ROLES = (
    "visitor",
    "learner",
    "recipient",
    "stranger's owner",
    "reviewer",
    "issuer",
    "editor",
    "owner",
    "operator",
    "machine that reads",
    "machine that writes",
    "another's machine",
    "machine without scopes",
)
MACHINES = {
    "machine that reads": (ORGANISATION, "awards:read"),
    "machine that writes": (ORGANISATION, "awards:write"),
    "another's machine": (OTHER, "awards:read awards:write recipients:read"),
    "machine without scopes": (ORGANISATION, ""),
}
Row = dict[str, int]


def _everybody(status: int) -> Row:
    return dict.fromkeys(ROLES, status)


def _only(status: int, *roles: str, **others: int) -> Row:
    """`status` for these roles, 401 for visitors, 403 for all others."""
    return _everybody(403) | {"visitor": 401} | dict.fromkeys(roles, status) | others


_PUBLIC = (
    "/achievements",
    "/achievements/{achievement_id}",
    "/achievements/{achievement_id}/{version}",
    "/achievements/{achievement_id}/{version}/image.png",
    "/issuers/{organisation}",
    "/issuers/{organisation}/did.json",
    "/status/{organisation}/{number}",
    "/credentials/{name}",
    "/claims/{token}",
    "/verify",
    "/keys/{thumbprint}",
    "/ob2/assertions/{assertion}",
    "/ob2/badges/{achievement_id}/{version}",
    "/ob2/issuers/{organisation}",
    "/achievements/{achievement_id}/{version}/in/{language}",
    "/achievements/{achievement_id}/additions",
    "/achievements/{achievement_id}/endorsements",
    "/issuers/{organisation}/endorsements",
    "/credentials/{capability}/endorsements",
    "/endorsements/{endorsement_capability}",
)
_ISSUERS = ("issuer", "owner", "operator")
_PEOPLE = tuple(role for role in ROLES if role != "visitor" and "machine" not in role)
TABLE: dict[tuple[str, str], Row] = {
    **{("get", path): _everybody(200) for path in _PUBLIC},
    ("post", "/verify"): _everybody(200),
    ("post", "/achievements"): _only(201, "editor", "owner", "operator"),
    ("put", "/achievements/{achievement_id}"): _only(409, "editor", "owner", "operator"),
    ("put", "/achievements/{achievement_id}/additions"): _only(200, "editor", "owner", "operator"),
    ("post", "/endorsements"): _only(200, "stranger's owner", "operator"),
    ("get", "/endorsements"): _only(200, "issuer", "owner", "operator"),
    ("post", "/endorsements/{endorsement_id}/accept"): _only(200, "issuer", "owner", "operator"),
    ("post", "/endorsements/{endorsement_id}/refuse"): _only(200, "issuer", "owner", "operator"),
    ("post", "/endorsements/{endorsement_id}/withdraw"): _only(200, "stranger's owner", "operator"),
    ("post", "/awards"): _only(202, *_ISSUERS, "machine that writes"),
    ("get", "/awards"): _only(200, *_ISSUERS, "machine that reads"),
    ("get", "/awards/jobs/{job_id}"): _only(200, *_ISSUERS, "machine that writes"),
    ("post", "/achievements/{achievement_id}/awards/bulk"): _only(200, *_ISSUERS, "machine that writes"),
    ("get", "/awards/jobs/{job_id}/progress"): _only(200, *_ISSUERS, "machine that writes"),
    ("get", "/awards/jobs/{job_id}/events"): _only(200, *_ISSUERS, "machine that writes"),
    ("get", "/awards/jobs/{job_id}/result"): _only(200, *_ISSUERS, "machine that writes"),
    ("post", "/awards/jobs/{job_id}/{to}"): _only(409, *_ISSUERS, "machine that writes"),
    ("get", "/awards/{award_id}"): _only(200, *_ISSUERS, "recipient", "machine that reads"),
    ("post", "/awards/{award_id}/hosted"): _only(200, "recipient"),
    ("post", "/awards/{award_id}/revoke"): _only(200, *_ISSUERS, "machine that writes"),
    ("get", "/portfolio"): _only(200, *_PEOPLE),
    ("post", "/portfolio/wallet/challenge"): _only(200, *_PEOPLE),
    ("get", "/portfolio/wallet"): _only(200, *_PEOPLE),
    ("put", "/portfolio/wallet"): _only(422, *_PEOPLE),
    ("delete", "/portfolio/wallet"): _only(204, *_PEOPLE),
    ("post", "/portfolio/badges/{award_id}/renew"): _only(202, "recipient"),
}


def _headers(keyring: Keyring, role: str) -> dict[str, str]:
    if role == "visitor":
        return {}
    if role in MACHINES:
        organisation, scope = MACHINES[role]
        return keyring.headers(client_id=str(uuid4()), organisation=str(organisation), scope=scope)
    claims: dict[str, dict[str, Any]] = {
        "learner": {},
        "recipient": {"recipients": [LEARNER]},
        "stranger's owner": {"roles": {OTHER: ["owner"]}},
        "operator": {"operator": True},
    }
    return keyring.headers(**claims.get(role, {"roles": {ORGANISATION: [role]}}))


async def _endorsed(town: Town, http: httpx.AsyncClient, keyring: Keyring) -> dict[str, str]:
    """An endorsement that is proposed, and where one is signed."""
    stranger = Facts(organisation=OTHER)
    await town.hear(stranger.registered, stranger.verified)
    ids, headers = [], _headers(keyring, "stranger's owner")
    for target in ({"achievement": str(ACHIEVEMENT)}, {"organisation": str(ORGANISATION)}):
        body = {"endorser": str(OTHER), "comment": "Well done.", **target}
        ids.append((await http.post("/endorsements", json=body, headers=headers)).json()["id"])
    await http.post(f"/endorsements/{ids[0]}/accept", headers=_headers(keyring, "issuer"))
    await town.work(ENDORSING)
    listed = (await http.get(f"/achievements/{ACHIEVEMENT}/endorsements")).json()
    return {"endorsement_id": ids[1], "endorsement_capability": listed[0]["id"].rpartition("/")[2]}


async def _places(town: Town, http: httpx.AsyncClient, keyring: Keyring) -> dict[str, str]:
    """What stands for each parameter of a path."""
    await town.hear(*Facts().all())
    added = {"translations": [{"language": "fi", "name": "a", "description": "b", "criteria": "c"}]}
    await http.put(f"/achievements/{ACHIEVEMENT}/additions", json=added, headers=_headers(keyring, "editor"))
    await town.work()
    await town.work(PICTURES)
    (awarded,) = await town.told(BadgeAwarded)
    badge = (await http.get(awarded["claim"], headers={"Accept": "application/json"})).json()
    body = {"achievement": str(ACHIEVEMENT), "recipients": "a@example.org"}
    job = await http.post("/awards", json=body, headers=_headers(keyring, "owner"))
    return {
        "achievement_id": str(ACHIEVEMENT),
        "version": "1000001",
        "organisation": str(ORGANISATION),
        "number": "1",
        "name": badge["credential"].rpartition("/")[2],
        "capability": badge["credential"].rpartition("/")[2],
        "token": badge["claim"].rpartition("/")[2],
        "language": "fi",
        **await _endorsed(town, http, keyring),
        "award_id": badge["award"],
        "assertion": badge["assertion"].rpartition("/")[2],
        "thumbprint": await _thumbprint(http, badge),
        "job_id": job.json()["job"],
        "to": "resume",
    }


async def _thumbprint(http: httpx.AsyncClient, badge: dict[str, Any]) -> str:
    """The name of the key that the badge's token is signed with; it is made when that is first asked for."""
    token = (await http.get(badge["credential_jwt"])).text
    header = orjson.loads(base64.urlsafe_b64decode(token.partition(".")[0] + "=="))
    return str(header["kid"].rpartition("/")[2])


BODIES: dict[str, Any] = {
    "/achievements/{achievement_id}/awards/bulk": [{"address": "c@example.org"}],
    "/achievements": {
        "organisation": str(ORGANISATION),
        "name": "Helper",
        "description": "Helped.",
        "criteria": "Help.",
        "language": "en",
    },
    "/awards": {"achievement": str(ACHIEVEMENT), "recipients": "b@example.org"},
    "/awards/{award_id}/hosted": {"shown": True},
    "/awards/{award_id}/revoke": {"reason": "a mistake"},
    "/endorsements": {"endorser": str(OTHER), "organisation": str(ORGANISATION), "comment": "Well done."},
    "/achievements/{achievement_id}": {
        "name": "Helper",
        "description": "Helped.",
        "criteria": "Help.",
        "language": "en",
    },
    "/achievements/{achievement_id}/additions": {"tags": ["sound"]},
    "/portfolio/wallet": {"proof": "no token"},
}


async def test_every_route_answers_every_role_as_the_table_says(town: Town, keyring: Keyring) -> None:
    app = create_app(service(town.settings))
    paths = app.openapi()["paths"]
    routes = {(method, path) for path in paths for method in paths[path] if path[:15] != "/badges/health/"}
    assert routes == set(TABLE)
    found: dict[tuple[str, str], Row] = {}
    async with client_of(app) as http:
        places = await _places(town, http, keyring)
        for method, path in sorted(routes):
            listing = method == "get" and path in ("/awards", "/endorsements")
            query = {"organisation": str(ORGANISATION)} if listing else {}
            body = BODIES.get(path) if method != "get" else None
            found[method, path] = {}
            for role in ROLES:
                answer = await http.request(
                    method.upper(),
                    path.format(**places),
                    params=query,
                    json=body,
                    data={"text": "no badge"} if path == "/verify" and method == "post" else None,
                    headers=_headers(keyring, role),
                )
                found[method, path][role] = answer.status_code
    assert found == TABLE


@pytest.mark.parametrize(
    ("scope", "address"), [("awards:read", None), ("awards:read recipients:read", "learner@")]
)
async def test_a_machine_learns_who_earned_a_badge_only_with_the_scope_for_it(
    town: Town, keyring: Keyring, scope: str, address: str | None
) -> None:
    await town.hear(*Facts().all())
    await town.work()
    machine = keyring.headers(client_id=str(uuid4()), organisation=str(ORGANISATION), scope=scope)
    async with client_of(create_app(service(town.settings))) as http:
        (awarded,) = await town.told(BadgeAwarded)
        one = (await http.get(f"/awards/{awarded['award']}", headers=machine)).json()
        (listed,) = (await http.get(f"/awards?organisation={ORGANISATION}", headers=machine)).json()["items"]
    assert one == listed
    assert (one["address"] or "")[:8] == (address or "")


async def test_an_expired_token_is_refused(town: Town, keyring: Keyring) -> None:
    async with client_of(create_app(service(town.settings))) as http:
        answer = await http.get("/portfolio", headers=keyring.headers(expires_in=-10))
    assert (answer.status_code, answer.json()["type"][-9:]) == (401, "bad-token")
