"""A wallet that a learner proves is named by their badges from then on, and by nothing else."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text

from contracts.badges import BadgeAwarded
from contracts.catalogue import AddressRemoved
from services.badges.app import service
from services.badges.domain.badge import identity_hash
from services.badges.settings import Settings
from services.badges.verifying import Verdict
from services.chassis.app import create_app
from services.chassis.testing import ORIGIN, Keyring, client_of, until
from tests.badges.service.test_forgetting import _everything
from tests.badges.service.test_keys import held, verified
from tests.badges.service.town import ADDRESS, LEARNER, Facts, Town, parsed
from tests.badges.service.wallet import Wallet

ME = uuid4()
WALLET = "/portfolio/wallet"


class Learner:
    """A learner over HTTP."""

    def __init__(self, http: httpx.AsyncClient, keyring: Keyring, me: UUID = ME) -> None:
        self.http, self.headers = http, keyring.headers(learner=me, recipients=[LEARNER])

    async def challenge(self) -> str:
        answer = await self.http.post(f"{WALLET}/challenge", headers=self.headers)
        assert answer.json()["audience"] == ORIGIN
        return str(answer.json()["challenge"])

    async def prove(self, proof: str) -> httpx.Response:
        return await self.http.put(WALLET, json={"proof": proof}, headers=self.headers)

    async def did(self) -> Any:
        return (await self.http.get(WALLET, headers=self.headers)).json()["did"]


async def _document(town: Town, http: httpx.AsyncClient, number: int = 0) -> dict[str, Any]:
    awarded = (await town.told(BadgeAwarded))[number]
    badge = await http.get(awarded["claim"], headers={"Accept": "application/json"})
    return parsed((await http.get(badge.json()["credential"])).content)


@pytest.mark.parametrize(
    "wallet", [Wallet(), Wallet(form="jwk"), Wallet("P-256", "jwk")], ids=["did:key", "did:jwk", "P-256"]
)
async def test_badges_name_the_wallet_that_a_learner_proved(
    town: Town, keyring: Keyring, wallet: Wallet
) -> None:
    async with client_of(create_app(service(town.settings))) as http:
        learner = Learner(http, keyring)
        answer = await learner.prove(wallet.sign(await learner.challenge()))
        assert answer.status_code == 200, answer.text
        assert answer.json()["did"] == await learner.did() == wallet.did
        await town.hear(*Facts().all())
        await town.work()
        document = await _document(town, http)
        subject = document["credentialSubject"]
        assert subject["id"] == wallet.did
        (identity,) = subject["identifier"]
        assert identity["identityHash"] == identity_hash(ADDRESS, identity["salt"])
        badge = await held(town, http)
        content = (await http.get(badge["credential"])).content
        assert (await verified(http, content)).verdict is Verdict.VALID
        token = (await http.get(badge["credential_jwt"])).text
        claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
        assert claims["sub"] == claims["credentialSubject"]["id"] == wallet.did
        hosted = (await http.get(badge["assertion"])).json()
        assert hosted["recipient"]["identity"] == identity["identityHash"]


async def test_a_key_in_the_header_is_a_wallet_too(town: Town, keyring: Keyring) -> None:
    wallet = Wallet("P-256", "jwk")
    async with client_of(create_app(service(town.settings))) as http:
        learner = Learner(http, keyring)
        proof = wallet.sign(await learner.challenge(), {"kid": None, "jwk": wallet.jwk})
        assert (await learner.prove(proof)).json()["did"] == wallet.did


@pytest.mark.parametrize(
    ("named_by", "minors", "beside", "identified"),
    [(None, False, False, False), (None, True, True, False), ("hash", True, True, True)],
)
async def test_the_city_decides_whether_the_hashed_address_stands_beside_the_wallet(
    settings: Settings, keyring: Keyring, named_by: str | None, minors: bool, beside: bool, identified: bool
) -> None:
    changes = {
        "recipients_named_by": named_by,
        "learners_are_minors": minors,
        "hash_beside_wallet": beside,
    }
    town, wallet = Town(settings.model_copy(update=changes)), Wallet()
    async with client_of(create_app(service(town.settings))) as http:
        learner = Learner(http, keyring)
        await learner.prove(wallet.sign(await learner.challenge()))
        await town.hear(*Facts().all())
        await town.work()
        subject = (await _document(town, http))["credentialSubject"]
    assert subject["id"] == wallet.did
    assert ("identifier" in subject) is identified
    await town.close()


_BAD: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"typ": "JWT"}, {}, "openid4vci-proof+jwt"),
    ({"alg": "RS256"}, {}, "openid4vci-proof+jwt"),
    ({"alg": "none"}, {}, "openid4vci-proof+jwt"),
    ({"alg": "ES256"}, {}, "does not fit the key"),
    ({"kid": Wallet().kid}, {}, "not what was signed"),
    ({"kid": None}, {}, "must name one key"),
    ({"kid": "did:web:evil.example#0"}, {}, "did:key or did:jwk"),
    ({"kid": "did:key:zNothing#0"}, {}, "holds no key"),
    ({"crit": ["exp"]}, {}, "demands what we do not know"),
    ({}, {"aud": "https://elsewhere.example"}, "made for somebody else"),
    ({}, {"aud": None}, "made for somebody else"),
    ({}, {"nonce": "another"}, "another challenge"),
    ({}, {"nonce": None}, "another challenge"),
    ({}, {"iat": None}, "iat"),
    ({}, {"iat": 1}, "before it was asked for"),
    ({}, {"iat": 9e9}, "in the future"),
    ({}, {"iat": 1e300}, "iat"),
]


@pytest.mark.parametrize(("header", "claims", "why"), _BAD)
async def test_what_proves_nothing_is_refused(
    town: Town, keyring: Keyring, header: dict[str, Any], claims: dict[str, Any], why: str
) -> None:
    async with client_of(create_app(service(town.settings))) as http:
        learner, wallet = Learner(http, keyring), Wallet()
        answer = await learner.prove(wallet.sign(await learner.challenge(), header, **claims))
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["field"] == "body.proof"
        assert why in answer.json()["detail"]
        assert await learner.did() is None


@pytest.mark.parametrize("proof", ["", "x", "a.b.c", "e30.e30.", "e30.e30.AA", "\x00.\ud800.x"])
async def test_what_is_no_token_is_refused(town: Town, keyring: Keyring, proof: str) -> None:
    async with client_of(create_app(service(town.settings))) as http:
        headers = Learner(http, keyring).headers | {"Content-Type": "application/json"}
        answer = await http.put(WALLET, content=json.dumps({"proof": proof}), headers=headers)
        assert answer.status_code == 422


async def test_a_presentation_proves_a_wallet_too(town: Town, keyring: Keyring) -> None:
    wallet = Wallet()
    async with client_of(create_app(service(town.settings))) as http:
        learner = Learner(http, keyring)

        async def presented(**changes: Any) -> httpx.Response:
            body = {"presentation": wallet.present(**{"challenge": challenge} | changes)}
            return await http.put(WALLET, json=body, headers=learner.headers)

        challenge = await learner.challenge()
        for changes, why in (
            ({"proofPurpose": "assertionMethod"}, "for authentication"),
            ({"domain": "https://elsewhere.example"}, "somebody else"),
            ({"created": "yesterday"}, ""),
            ({"cryptosuite": "eddsa-2022"}, "DataIntegrityProof"),
            ({"changed": True}, "not what was signed"),
            ({"holder": Wallet().did}, "whose key signed"),
            ({"challenge": "other"}, "another challenge"),
        ):
            refused = await presented(**changes)
            assert refused.status_code == 422 and why in refused.text, refused.text
        answer = await presented()
        assert answer.status_code == 200, answer.text
        assert answer.json()["did"] == wallet.did


async def test_a_wallet_whose_id_says_more_than_its_key_is_refused(town: Town, keyring: Keyring) -> None:
    async with client_of(create_app(service(town.settings))) as http:
        learner, wallet = Learner(http, keyring), Wallet("P-256", "jwk", name="Ann Learner")
        answer = await learner.prove(wallet.sign(await learner.challenge()))
    assert "nothing but a public key" in answer.json()["detail"]


async def test_a_challenge_is_good_once_for_one_learner_and_for_ten_minutes(
    town: Town, keyring: Keyring
) -> None:
    wallet = Wallet()
    async with client_of(create_app(service(town.settings))) as http:
        learner, other = Learner(http, keyring), Learner(http, keyring, uuid4())
        stolen = wallet.sign(await learner.challenge())
        await other.challenge()
        assert (await other.prove(stolen)).status_code == 422
        assert (await learner.prove(stolen)).status_code == 200
        assert (await learner.prove(stolen)).status_code == 422, "it is used up"
        late = wallet.sign(await learner.challenge())
        async with town.database.transaction() as session:
            await session.execute(text("UPDATE wallet_challenge SET made_at = made_at - interval '11 min'"))
        assert (await learner.prove(late)).status_code == 422
        replaced = wallet.sign(await learner.challenge())
        await learner.challenge()
        assert (await learner.prove(replaced)).status_code == 422


async def test_a_wallet_that_is_taken_back_is_named_no_longer(town: Town, keyring: Keyring) -> None:
    async with client_of(create_app(service(town.settings))) as http:
        learner, wallet = Learner(http, keyring), Wallet()
        await learner.prove(wallet.sign(await learner.challenge()))
        for _ in range(2):
            assert (await http.delete(WALLET, headers=learner.headers)).status_code == 204
        assert await learner.did() is None
        await town.hear(*Facts().all())
        await town.work()
        assert "id" not in (await _document(town, http))["credentialSubject"]


async def test_a_badge_is_issued_anew_onto_the_wallet_and_off_it_again(town: Town, keyring: Keyring) -> None:
    wallet = Wallet()
    await town.hear(*Facts().all())
    await town.work()
    async with client_of(create_app(service(town.settings))) as http:
        learner = Learner(http, keyring)
        badge, first = await held(town, http), await _document(town, http)
        renew = f"/portfolio/badges/{badge['award']}/renew"

        async def renewed(before: dict[str, Any]) -> dict[str, Any]:
            answer = await http.post(renew, headers=learner.headers)
            assert answer.status_code == 202, answer.text

            async def there() -> bool:
                await town.work()
                return await _document(town, http) != before

            await until(there)
            return await _document(town, http)

        await learner.prove(wallet.sign(await learner.challenge()))
        onto = await renewed(first)
        await http.delete(WALLET, headers=learner.headers)
        off = await renewed(onto)
        stranger = keyring.headers(recipients=[uuid4()])
        assert (await http.post(renew, headers=stranger)).status_code == 403
        content = (await http.get(badge["credential"])).content
        assert (await verified(http, content)).verdict is Verdict.VALID
    changed = {name for name in first if first[name] != onto[name]}
    assert changed == {"validFrom", "proof", "credentialSubject"}
    assert onto["validFrom"] > first["validFrom"]
    assert onto["credentialSubject"].pop("id") == wallet.did
    assert "id" not in off["credentialSubject"]
    salts = {each["credentialSubject"]["identifier"][0]["salt"] for each in (first, onto, off)}
    assert len(salts) == 3, "every signature has a salt of its own"
    assert onto["credentialSubject"]["achievement"] == first["credentialSubject"]["achievement"]
    assert len(await town.told(BadgeAwarded)) == 1, "nothing new was awarded"


async def test_a_wallet_is_forgotten_with_its_learner_and_stands_in_no_event(
    town: Town, keyring: Keyring, caplog: pytest.LogCaptureFixture
) -> None:
    wallet = Wallet()
    async with client_of(create_app(service(town.settings))) as http:
        learner = Learner(http, keyring)
        await learner.prove(wallet.sign(await learner.challenge()))
        await town.hear(*Facts().all())
        await town.work()
        assert wallet.did in await _everything(town)
        async with town.database.engine.connect() as connection:
            bodies = await connection.execute(text("SELECT body::text FROM journal"))
            assert not any(wallet.did in body for (body,) in bodies)
        await town.hear(Facts().forgotten)
        assert await learner.did() is None
    assert wallet.did not in caplog.text
    assert wallet.did not in await _everything(town)


async def test_who_gives_up_an_address_takes_its_wallet_along(town: Town, keyring: Keyring) -> None:
    wallet = Wallet()
    async with client_of(create_app(service(town.settings))) as http:
        learner = Learner(http, keyring)
        await learner.prove(wallet.sign(await learner.challenge()))
        now = datetime.now(UTC)
        long_ago = AddressRemoved(learner=ME, recipient=LEARNER, at=now - timedelta(days=1))
        await town.hear(long_ago)
        assert await learner.did() == wallet.did, "that was before it was proven"
        await town.hear(AddressRemoved(learner=ME, recipient=LEARNER, at=now + timedelta(seconds=1)))
        assert await learner.did() is None
