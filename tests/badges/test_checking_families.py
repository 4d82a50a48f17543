"""Every family of badges that is accepted, with every outcome: one table, so that none is forgotten."""

import base64
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from services.badges.verifying import Verdict
from services.badges.vocabularies import (
    DATA_INTEGRITY_V1,
    DATA_INTEGRITY_V2,
    ED25519_2020_V1,
    STATUS_LIST_2021_V1,
)
from tests.badges.foreign import LIST, STATUS, Elsewhere, badge, bit_list, checked, claims, old_badge
from tests.badges.issuing_elsewhere import (
    DID_KEY,
    ED25519,
    P256,
    RSA,
    Document,
    PrivateKey,
    b64,
    did_jwk,
    jwk,
    token,
    with_proof,
)
from tests.badges.test_checking_hosted import CLASS, HERE, ISSUER, KEY, PEM, REVOKED, assertion, signed

PAST, FUTURE = "2026-10-01T12:00:00Z", "2027-10-01T00:00:00Z"
Content = Document | str
Family = Callable[..., Content]


def proof(**options: Any) -> Family:
    """Embedded proofs of the data model 2.0."""
    return lambda **more: with_proof(badge(**more), **options)


def p256_proof(**more: Any) -> Document:
    named = {"cryptosuite": "ecdsa-rdfc-2019", "verificationMethod": f"{did_jwk(P256)}#0"}
    return with_proof(badge(did_jwk(P256), **more), P256, **named)


def of_1_1(more: Document) -> tuple[list[str], Document]:
    """The contexts and members of a badge of the data model 1.1."""
    renamed = {"validUntil": "expirationDate", "validFrom": "issuanceDate"}
    members = {renamed.get(name, name): value for name, value in more.items()}
    if "credentialStatus" in members:
        members["credentialStatus"] = STATUS | {"type": "StatusList2021Entry"}
    return ([STATUS_LIST_2021_V1] if "credentialStatus" in members else []), members


def proof_1_1(context: str, **options: Any) -> Family:
    """Embedded proofs of the data model 1.1."""

    def make(**more: Any) -> Document:
        contexts, members = of_1_1(more)
        return with_proof(old_badge(*contexts, context) | members, **options)

    return make


def by_kid(key: PrivateKey) -> Family:
    """Tokens that name their key."""
    return lambda **more: token(claims(badge(did_jwk(key), **more)), key, kid=f"{did_jwk(key)}#0", typ="JWT")


def by_jwk(key: PrivateKey) -> Family:
    """Tokens that carry their key."""
    return lambda **more: token(claims(badge(did_jwk(key), **more)), key, jwk=jwk(key))


def inside(**more: Any) -> str:
    """A token of the data model 1.1, with the credential in a claim of its own."""
    contexts, members = of_1_1(more)
    document = old_badge(*contexts, issuer=did_jwk(RSA)) | members
    payload = {"vc": document, "iss": did_jwk(RSA), "jti": document["id"], "nbf": 1790847015}
    return token(payload, RSA, kid=f"{did_jwk(RSA)}#0")


FAMILIES: dict[str, Family] = {
    "eddsa-rdfc-2022": proof(),
    "eddsa-2022": proof(cryptosuite="eddsa-2022"),
    "ecdsa-rdfc-2019": p256_proof,
    "Ed25519Signature2020": proof_1_1(ED25519_2020_V1, type="Ed25519Signature2020", cryptosuite=None),
    "data model 1.1, eddsa-rdfc-2022": proof_1_1(DATA_INTEGRITY_V2),
    "data model 1.1, eddsa-2022": proof_1_1(DATA_INTEGRITY_V1, cryptosuite="eddsa-2022"),
    "RS256 by kid": by_kid(RSA),
    "RS256 by jwk": by_jwk(RSA),
    "ES256 by kid": by_kid(P256),
    "ES256 by jwk": by_jwk(P256),
    "EdDSA by kid": by_kid(ED25519),
    "EdDSA by jwk": by_jwk(ED25519),
    "data model 1.1, token": inside,
}
OUTCOMES: dict[str, Document] = {
    "valid": {},
    "expired": {"validUntil": PAST},
    "not_yet_valid": {"validFrom": FUTURE},
    "withdrawn": {"credentialStatus": STATUS},
}


@pytest.fixture
def world(elsewhere: Elsewhere, request: pytest.FixtureRequest) -> Elsewhere:
    """Where lists are published that say that entry 7 is withdrawn."""
    kind = "2021" if "1.1" in str(request.node.name) or "2020" in str(request.node.name) else "Bitstring"
    elsewhere.publish(LIST, bit_list(kind, 7))
    return elsewhere


def altered(content: Content) -> Content:
    """With another name, and the signature of before."""
    if isinstance(content, dict):
        return content | {"name": "Other"}
    head, payload, signature = content.split(".")
    said = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    return f"{head}.{b64(said.replace(b'Plans an', b'Plan one'))}.{signature}"


@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("family", FAMILIES)
async def test_every_family_has_every_outcome(world: Elsewhere, family: str, outcome: str) -> None:
    found = await checked(FAMILIES[family](**OUTCOMES[outcome]), world)
    assert found.verdict is Verdict(outcome), [(each.name, each.finding.reason) for each in found.lines]


@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("family", FAMILIES)
async def test_what_was_altered_is_called_that_whatever_else_it_is(
    world: Elsewhere, family: str, outcome: str
) -> None:
    changed = altered(FAMILIES[family](**OUTCOMES[outcome]))
    assert (await checked(changed, world)).verdict is Verdict.ALTERED


@pytest.mark.parametrize("family", FAMILIES)
async def test_every_family_counts_only_for_issuers_that_are_trusted(family: str) -> None:
    content, nobody = FAMILIES[family](), Elsewhere(trusted=set())
    assert (await checked(content, nobody)).verdict is Verdict.UNKNOWN_ISSUER
    everybody = Elsewhere(trusted={DID_KEY, did_jwk(RSA), did_jwk(P256), did_jwk(ED25519)})
    assert (await checked(content, everybody)).verdict is Verdict.VALID


@pytest.mark.parametrize("family", FAMILIES)
async def test_a_list_that_cannot_be_had_leaves_every_family_open(family: str) -> None:
    found = await checked(FAMILIES[family](credentialStatus=STATUS), Elsewhere())
    assert found.verdict is Verdict.CANNOT_CHECK_NOW
    assert found.found["proof"].finding.passed


OF_2: dict[str, Callable[..., Content]] = {
    "hosted": assertion,
    "signed": lambda **more: token(signed(**more), RSA),
}
OUTCOMES_2: dict[str, Document] = {
    "valid": {},
    "expired": {"expires": PAST},
    "not_yet_valid": {"issuedOn": FUTURE},
}


def issuer_of_2(elsewhere: Elsewhere, served: Document, *revoked: str) -> Elsewhere:
    """An issuer of Open Badges 2.0 that serves this assertion."""
    elsewhere.publish(ISSUER, {"id": ISSUER, "type": "Issuer", "publicKey": KEY, "revocationList": REVOKED})
    elsewhere.publish(CLASS, {"id": CLASS, "type": "BadgeClass", "name": "Podcast", "issuer": ISSUER})
    elsewhere.publish(KEY, {"id": KEY, "owner": ISSUER, "publicKeyPem": PEM.decode()})
    elsewhere.publish(REVOKED, {"id": REVOKED, "issuer": ISSUER, "revokedAssertions": list(revoked)})
    elsewhere.publish(HERE, served)
    return elsewhere


@pytest.mark.parametrize("outcome", OUTCOMES_2)
@pytest.mark.parametrize("family", OF_2)
async def test_both_families_of_open_badges_2_have_every_outcome(
    elsewhere: Elsewhere, family: str, outcome: str
) -> None:
    more = OUTCOMES_2[outcome]
    content = OF_2[family](**more)
    issuer_of_2(elsewhere, assertion(**more))
    assert (await checked(content, elsewhere)).verdict is Verdict(outcome)
    changed = OF_2[family](**more, narrative="Other")
    if isinstance(changed, str) and isinstance(content, str):
        changed = ".".join([*changed.split(".")[:2], content.split(".")[2]])
    assert (await checked(changed, elsewhere)).verdict is Verdict.ALTERED


@pytest.mark.parametrize("family", OF_2)
async def test_both_families_of_open_badges_2_are_withdrawn(elsewhere: Elsewhere, family: str) -> None:
    issuer_of_2(elsewhere, assertion(), "urn:uuid:1")
    elsewhere.publish(HERE, orjson.dumps({"id": HERE, "revoked": True}), 410)
    assert (await checked(OF_2[family](), elsewhere)).verdict is Verdict.WITHDRAWN
