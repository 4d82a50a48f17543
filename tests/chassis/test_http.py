"""Requests: one transaction each, answered once per key, refused clearly."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID, uuid4

import httpx
import orjson
import pytest
from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict
from sqlalchemy import text

from contracts.catalogue import OrganisationVerified
from contracts.envelope import Text
from services.chassis.app import Service, create_app
from services.chassis.auth import SignedIn
from services.chassis.database import Database
from services.chassis.errors import responses
from services.chassis.journal import emit
from services.chassis.routing import Session, Transactional
from services.chassis.testing import Keyring, client_of, journaled

from .conftest import ToySettings

router = APIRouter(route_class=Transactional)


class TooMany(Exception):
    """There are too many already; remove one first."""

    field = "body.name"


class Thing(BaseModel):
    """What is written."""

    model_config = ConfigDict(extra="forbid")
    name: Text
    number: int = 0


class Written(BaseModel):
    """What was written."""

    id: UUID


@router.post("/things", status_code=201, responses=responses(401, 409))
async def write_thing(thing: Thing, session: Session, actor: SignedIn) -> Written:
    """Write and emit."""
    written = Written(id=uuid4())
    emit(session, OrganisationVerified(organisation=written.id))
    if thing.name == "too many":
        raise TooMany
    if thing.name == "unfit":
        await session.execute(text("SELECT CAST(:n AS int)").bindparams(n=10**12))
    if thing.name == "fails at commit":
        await session.execute(text("CREATE TEMP TABLE t (a int UNIQUE DEFERRABLE INITIALLY DEFERRED)"))
        await session.execute(text("INSERT INTO t VALUES (1), (1)"))
    if thing.name == "slow":
        await asyncio.sleep(0.2)
    if thing.name == "owner":
        actor.require_role(UUID(int=1), "editor")
    return written


@router.get("/things")
async def read_things(limit: Annotated[int, Query(le=100)] = 10) -> Written:
    """Read."""
    return Written(id=UUID(int=limit))


@pytest.fixture
async def http(settings: ToySettings, keyring: Keyring) -> AsyncIterator[httpx.AsyncClient]:
    """A signed-in client of an app with these routes."""
    settings = settings.model_copy(update={"max_body_bytes": 10_000})
    app = create_app(Service(settings, "Toy", [router], {}, {TooMany: 409}))
    async with client_of(app) as client:
        client.headers.update(keyring.headers())
        yield client


async def test_what_a_request_did_and_its_events_commit_together(
    http: httpx.AsyncClient, database: Database
) -> None:
    answer = await http.post("/things", json={"name": "a"})
    assert answer.status_code == 201
    (event,) = await journaled(database)
    assert event["subject"] == answer.json()["id"]


@pytest.mark.parametrize(("name", "status"), [("too many", 409), ("unfit", 422), ("fails at commit", 500)])
async def test_a_request_that_fails_changes_nothing_and_says_why(
    http: httpx.AsyncClient, database: Database, name: str, status: int
) -> None:
    answer = await http.post("/things", json={"name": name}, headers={"Idempotency-Key": "k"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert "Traceback" not in answer.text
    assert await journaled(database) == []


async def test_a_refusal_names_the_field_and_the_remedy(http: httpx.AsyncClient) -> None:
    problem = (await http.post("/things", json={"name": "too many"})).json()
    assert problem["type"].endswith(":too-many")
    assert problem["errors"] == [{"field": "body.name", "message": problem["detail"]}]
    assert "remove one" in problem["detail"]


async def test_the_same_key_is_answered_once(http: httpx.AsyncClient, database: Database) -> None:
    key = {"Idempotency-Key": "press twice"}
    both = await asyncio.gather(*(http.post("/things", json={"name": "slow"}, headers=key) for _ in range(2)))
    again = await http.post("/things", json={"name": "slow"}, headers=key)
    assert {answer.status_code for answer in (*both, again)} == {201}
    assert len({answer.content for answer in (*both, again)}) == 1
    assert again.headers["idempotent-replay"] == "true"
    assert len(await journaled(database)) == 1
    other = await http.post("/things", json={"name": "b"}, headers=key)
    assert other.status_code == 422


async def test_keys_of_different_people_do_not_meet(http: httpx.AsyncClient, keyring: Keyring) -> None:
    key = {"Idempotency-Key": "1"}
    mine = await http.post("/things", json={"name": "a"}, headers=key)
    theirs = await http.post("/things", json={"name": "a"}, headers=key | keyring.headers())
    assert mine.json() != theirs.json()


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (b"{", 400, "body.1"),
        (b'{"name": 3}', 422, "body.name"),
        (b'{"name": "a\\u0000b"}', 422, "body.name"),
        (b'{"name": "a", "extra": 1}', 422, "body.extra"),
        (b'{"name": "\\ud800"}', 422, None),
        (b"\xff\xfe", 400, None),
    ],
)
async def test_bad_input_is_a_problem_document_that_names_the_field(
    http: httpx.AsyncClient, body: bytes, status: int, field: str | None
) -> None:
    answer = await http.post("/things", content=body, headers={"Content-Type": "application/json"})
    problem = answer.json()
    assert answer.status_code in (status, 400 if field is None else status), problem
    assert problem["status"] == answer.status_code
    if field:
        assert [error["field"] for error in problem["errors"]] == [field]


async def test_a_body_that_is_too_large_is_refused_announced_or_not(http: httpx.AsyncClient) -> None:
    async def drip() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * 1000

    announced = await http.post("/things", content=b" " * 20_000)
    dripping = await http.post("/things", content=drip(), headers={"Content-Type": "application/json"})
    assert (announced.status_code, dripping.status_code) == (413, 413)
    assert announced.json()["type"].endswith("too-large")


async def test_control_characters_in_addresses_are_refused(http: httpx.AsyncClient) -> None:
    assert (await http.get("/things?limit=1%00")).status_code == 400
    assert (await http.get("/th%00ings")).status_code == 400
    assert (await http.get("/nowhere")).json()["status"] == 404
    assert (await http.delete("/things")).headers["allow"]


async def test_a_token_from_a_machine_whose_clock_is_ahead_is_good(
    http: httpx.AsyncClient, keyring: Keyring
) -> None:
    headers = keyring.headers(iat=int(time.time()) + 300)
    assert (await http.post("/things", json={"name": "a"}, headers=headers)).status_code == 201


async def test_expired_foreign_and_forged_tokens_are_refused(
    http: httpx.AsyncClient, keyring: Keyring, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stranger = Keyring(tmp_path_factory.mktemp("stranger"))
    tokens = [
        keyring.token(expires_in=-5),
        keyring.token(aud="elsewhere"),
        keyring.token(iss="https://elsewhere.test"),
        keyring.token(sub="not an id"),
        keyring.token(roles_="x") + "x",
        stranger.token(),
        "eyJhbGciOiJub25lIn0.e30.",
        "nonsense",
    ]
    for token in tokens:
        answer = await http.post("/things", json={"name": "a"}, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401, token
        assert answer.headers["www-authenticate"] == "Bearer"
    del http.headers["Authorization"]
    assert (await http.post("/things", json={"name": "a"})).status_code == 401


async def test_roles_decide(http: httpx.AsyncClient, keyring: Keyring) -> None:
    async def status(**claims: object) -> int:
        headers = keyring.headers(**claims)  # type: ignore[arg-type]  # claims are free
        return (await http.post("/things", json={"name": "owner"}, headers=headers)).status_code

    assert await status() == 403
    assert await status(roles={UUID(int=2): ["owner"]}) == 403
    assert await status(roles={UUID(int=1): ["issuer"]}) == 403
    assert await status(roles={UUID(int=1): ["editor"]}) == 201
    assert await status(roles={UUID(int=1): ["owner"]}) == 201
    assert await status(operator=True) == 201


async def test_new_keys_count_as_soon_as_their_file_has_changed(
    settings: ToySettings, tmp_path_factory: pytest.TempPathFactory
) -> None:
    old, new = Keyring(tmp_path_factory.mktemp("old")), Keyring(tmp_path_factory.mktemp("new"))
    settings = settings.model_copy(update={"jwks_file": old.jwks_file})
    async with client_of(create_app(Service(settings, "Toy", [router], {}))) as client:
        first = await client.post("/things", json={"name": "a"}, headers=new.headers())
        old.jwks_file.write_bytes(new.jwks_file.read_bytes())
        second = await client.post("/things", json={"name": "a"}, headers=new.headers())
    assert (first.status_code, second.status_code) == (401, 201)


async def test_the_description_lists_problems(http: httpx.AsyncClient) -> None:
    described = orjson.loads((await http.get("/toy/openapi.json")).content)
    assert set(described["paths"]["/things"]["post"]["responses"]) >= {
        "201",
        "400",
        "401",
        "409",
        "413",
        "422",
    }


async def test_a_database_that_is_gone_is_said_to_be_so(settings: ToySettings, keyring: Keyring) -> None:
    gone = settings.model_copy(update={"database_url": "postgresql://nobody:x@127.0.0.1:1/none"})
    async with client_of(create_app(Service(gone, "Toy", [router], {}))) as client:
        answer = await client.post("/things", json={"name": "a"}, headers=keyring.headers())
        assert answer.status_code == 503
        assert answer.json()["type"].endswith("unavailable")
        assert (await client.get("/toy/health/ready")).status_code == 503
