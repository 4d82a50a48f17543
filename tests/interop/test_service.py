"""What the service gives out over HTTP verifies in JavaScript libraries all its life; PostgreSQL is real."""

import json
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from contracts.badges import BadgeAwarded
from services.badges.app import service
from services.badges.baking import unbake
from services.badges.domain.credential import Document
from services.badges.domain.shown import achievement_id
from services.badges.storage.reissues import Wanted
from services.badges.usecases.achievements import PICTURES
from services.badges.vocabularies import MULTIKEY_V1, PINNED, vocabulary
from services.chassis.app import create_app
from services.chassis.testing import ORIGIN, Keyring, client_of
from tests.badges.service.conftest import settings, town
from tests.badges.service.test_endorsements import ENDORSER, Both
from tests.badges.service.test_forms import header_of
from tests.badges.service.test_keys import KEK, held, key_of, one_badge, reissued, upkeep_of
from tests.badges.service.town import ACTIVITY, ORGANISATION, Facts, Town
from tests.interop.node import Asked, asked

__all__ = ["settings", "town"]
VALID = {"verified": True, "withdrawn": [False], "error": ""}


@pytest.fixture(scope="module")
def node(node_modules: Path) -> Iterator[Asked]:
    """The JavaScript side, which knows the contexts that we ship."""
    with asked() as process:
        process("canonize", {"@context": []}, {url: vocabulary(url) for url in PINNED})
        yield process


@pytest.fixture
async def http(town: Town) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(create_app(service(town.settings))) as client:
        yield client


async def verified(node: Asked, http: httpx.AsyncClient, document: Document) -> Any:
    """As a stranger with these libraries finds it: the DID document and the status list are fetched anew."""
    did = document["issuer"]["id"]
    resolved = (await http.get(f"/issuers/{did.rpartition(':')[2]}/did.json")).json()
    keys = [each for each in resolved["verificationMethod"] if each["type"] == "Multikey"]
    listed = document["credentialStatus"]["statusListCredential"]
    documents = {each["id"]: {"@context": MULTIKEY_V1, **each} for each in keys}
    documents |= {did: resolved, listed: (await http.get(listed.removeprefix(ORIGIN))).json()}
    return node("verify", document, documents, now=datetime.now(UTC).isoformat())


async def credential(http: httpx.AsyncClient, badge: dict[str, Any]) -> Document:
    document: Document = (await http.get(badge["credential"])).json()
    return document


async def test_a_badge_verifies_there_until_it_is_withdrawn(
    node: Asked, town: Town, http: httpx.AsyncClient, keyring: Keyring
) -> None:
    badge = await one_badge(town, http)
    await town.work(PICTURES)
    document = await credential(http, badge)
    assert await verified(node, http, document) == VALID
    baked = unbake((await http.get(badge["credential_png"])).content)
    assert baked is not None
    assert await verified(node, http, json.loads(baked)) == VALID
    issuer = keyring.headers(roles={ORGANISATION: ["issuer"]})
    revoke = f"/awards/{badge['award']}/revoke"
    assert (await http.post(revoke, json={"reason": "a mistake"}, headers=issuer)).status_code == 200
    await town.work()
    assert (await verified(node, http, document))["withdrawn"] == [True]


async def test_old_and_new_badges_verify_there_after_the_key_was_replaced(
    node: Asked, town: Town, http: httpx.AsyncClient
) -> None:
    old = await credential(http, await one_badge(town, http))
    (new_key,) = await upkeep_of(town.settings).rotate(ORGANISATION, KEK)
    second = Facts(recipient=UUID(int=5), address="b@example.org")
    await town.hear(second.named, second.completed)
    await town.work()
    claims = [each["claim"] for each in await town.told(BadgeAwarded)]
    badges = [(await http.get(each, headers={"Accept": "application/json"})).json() for each in claims]
    documents = [await credential(http, each) for each in badges]
    signed_by = [each["proof"]["verificationMethod"].rpartition("#")[2] for each in documents]
    assert documents[0] == old
    assert signed_by[0] != signed_by[1] == new_key.name
    assert [await verified(node, http, each) for each in documents] == [VALID, VALID]


async def test_after_a_compromise_the_old_copy_fails_there_and_the_new_one_verifies(
    node: Asked, town: Town, http: httpx.AsyncClient
) -> None:
    upkeep = upkeep_of(town.settings)
    badge = await one_badge(town, http)
    content = (await http.get(badge["credential"])).content
    old = json.loads(content)
    await upkeep.compromise(key_of(content), KEK)
    await town.work()
    assert (await verified(node, http, old))["verified"] is False
    await upkeep.reissue(Wanted(key=key_of(content)))
    await reissued(town, upkeep)
    new = await credential(http, await held(town, http))
    assert await verified(node, http, new) == VALID
    assert (await verified(node, http, old))["verified"] is False
    assert [new[name] for name in ("id", "awardedDate")] == [old[name] for name in ("id", "awardedDate")]
    assert new["credentialStatus"] == old["credentialStatus"]
    assert new["validFrom"] > old["validFrom"]


async def test_an_endorsement_verifies_there_until_it_is_taken_back(
    node: Asked, town: Town, http: httpx.AsyncClient, keyring: Keyring
) -> None:
    endorser = Facts(organisation=ENDORSER)
    await town.hear(*Facts().all(), endorser.registered, endorser.verified)
    await town.work()
    both, mine = Both(town, http, keyring), achievement_id(ACTIVITY)
    proposed = (await both.propose(achievement=str(mine))).json()["id"]
    await both.move(proposed, "accept", both.endorsed)
    (shown,) = await both.read(f"/achievements/{mine}/endorsements")
    assert await verified(node, http, shown) == VALID
    await both.move(proposed, "withdraw", both.endorser)
    assert (await verified(node, http, shown))["withdrawn"] == [True]


async def test_a_badge_that_carries_an_endorsement_verifies_there_and_with_us(
    node: Asked, town: Town, http: httpx.AsyncClient, keyring: Keyring
) -> None:
    facts, endorser = Facts(), Facts(organisation=ENDORSER)
    await town.hear(facts.registered, facts.verified, facts.published(), facts.named)
    await town.hear(endorser.registered, endorser.verified)
    both = Both(town, http, keyring)
    proposed = (await both.propose(achievement=str(achievement_id(ACTIVITY)))).json()["id"]
    await both.move(proposed, "accept", both.endorsed)
    await town.hear(facts.completed)
    await town.work()
    document = await credential(http, await held(town, http))
    assert len(document["endorsementJwt"]) == 1
    assert await verified(node, http, document) == VALID
    found = (await http.post("/verify", data={"text": json.dumps(document)})).json()
    assert found["outcome"] == "valid", found
    (line,) = (each for each in found["checks"] if each["name"] == "endorsements")
    assert line["details"][0].endswith("genuine"), line


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
async def test_a_token_verifies_in_jose_by_the_key_that_it_names(
    node_modules: Path, town: Town, http: httpx.AsyncClient, algorithm: str
) -> None:
    badge = await one_badge(town, http)
    token = (await http.get(f"{badge['credential_jwt']}?algorithm={algorithm}")).text
    document = await credential(http, badge)
    kid = header_of(token)["kid"]
    key = (await http.get(kid)).json()
    now = datetime.now(UTC).isoformat()
    asked_with = {"token": token, "issuer": document["issuer"]["id"], "now": now}
    answer = _jose(asked_with | {"key": key})
    assert answer["error"] == ""
    assert answer["header"]["kid"] == kid
    assert answer["payload"]["id"] == document["id"]
    head, payload, signature = token.split(".")
    wrong = f"{head}.{payload}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"
    assert _jose(asked_with | {"key": key, "token": wrong})["error"] == ERROR


ERROR = "ERR_JWS_SIGNATURE_VERIFICATION_FAILED"


def _jose(request: dict[str, Any]) -> Any:
    node = shutil.which("node")
    assert node is not None
    script = str(Path(__file__).with_name("tokens.mjs"))
    done = subprocess.run(
        [node, script], input=json.dumps(request), capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
