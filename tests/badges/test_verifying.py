"""Each way in which a credential can be wrong is told apart, and said in a line of its own."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.badges.domain.badge import Credential
from services.badges.domain.credential import Document, credential_document
from services.badges.domain.did import IssuerKey, did_document
from services.badges.signing import SigningKey, new_key, sign, stored_form
from services.badges.verifying import (
    CHECKS,
    LARGEST_DOCUMENT,
    Result,
    Unreachable,
    Verdict,
    Verification,
    validate_schema,
    verify_credential,
)
from tests.badges.examples import NOW, World, published_list


def unreachable(address: str) -> None:
    raise Unreachable(address)


def verified(content: bytes, world: World, now: datetime = NOW) -> Verification:
    return verify_credential(content, now, world.resolve_did, world.fetch_status_list)


def first_failure(verification: Verification) -> tuple[str, Verdict]:
    check = next(check for check in verification.checks if check.result is Result.FAILED)
    assert check.reason
    return check.name, verification.verdict


@pytest.fixture
def stored(credential: Credential, signing_key: SigningKey) -> bytes:
    return stored_form(sign(credential_document(credential), signing_key, NOW))


def test_a_credential_of_ours_passes_every_check(stored: bytes, world: World) -> None:
    verification = verified(stored, world)
    assert verification.verdict is Verdict.VALID
    assert [check.name for check in verification.checks] == list(CHECKS)
    assert {check.result for check in verification.checks} == {Result.PASSED}


def test_a_withdrawn_credential_says_so(
    stored: bytes, world: World, credential: Credential, signing_key: SigningKey
) -> None:
    status = credential.status
    world.status_lists[status.list_url] = published_list(credential, signing_key, (status.index,))
    assert first_failure(verified(stored, world)) == ("status", Verdict.WITHDRAWN)


def test_withdrawing_another_credential_changes_nothing(
    stored: bytes, world: World, credential: Credential, signing_key: SigningKey
) -> None:
    status = credential.status
    neighbours = (status.index - 1, status.index + 1)
    world.status_lists[status.list_url] = published_list(credential, signing_key, neighbours)
    assert verified(stored, world).verdict is Verdict.VALID


def test_a_credential_has_its_time(credential: Credential, signing_key: SigningKey, world: World) -> None:
    ends = credential.valid_from + timedelta(days=30)
    stored = stored_form(sign(credential_document(replace(credential, valid_until=ends)), signing_key, NOW))
    assert verified(stored, world, now=ends).verdict is Verdict.VALID
    expired = verified(stored, world, now=ends + timedelta(seconds=1))
    assert first_failure(expired) == ("dates", Verdict.EXPIRED)
    early = verified(stored, world, now=NOW - timedelta(seconds=1))
    assert first_failure(early) == ("dates", Verdict.NOT_YET_VALID)


def test_an_expired_credential_is_still_looked_up_in_the_status_list(
    credential: Credential, signing_key: SigningKey, world: World
) -> None:
    ends = credential.valid_from + timedelta(days=30)
    document = credential_document(replace(credential, valid_until=ends))
    world.status_lists[credential.status.list_url] = published_list(
        credential, signing_key, (credential.status.index,)
    )
    verification = verified(
        stored_form(sign(document, signing_key, NOW)), world, now=datetime(2030, 1, 1, tzinfo=UTC)
    )
    assert verification.verdict is Verdict.EXPIRED
    assert verification.checks[-1].verdict is Verdict.WITHDRAWN


def test_a_changed_credential_is_altered_and_nothing_is_fetched_for_it(stored: bytes, world: World) -> None:
    changed = stored.replace(b"Nuorten", b"Vanhojen")
    verification = verify_credential(changed, NOW, world.resolve_did, unreachable)
    assert first_failure(verification) == ("proof", Verdict.ALTERED)
    assert [check.result for check in verification.checks[-2:]] == [Result.NOT_CHECKED] * 2


def test_an_unsigned_credential_is_altered(credential: Credential, world: World) -> None:
    stored = stored_form(credential_document(credential))
    assert first_failure(verified(stored, world)) == ("issuer_key", Verdict.ALTERED)


def test_an_issuer_nobody_knows_is_not_trusted(stored: bytes, world: World) -> None:
    world.did_documents.clear()
    assert first_failure(verified(stored, world)) == ("issuer_key", Verdict.UNKNOWN_ISSUER)


def test_nobody_signs_for_an_issuer_with_a_key_of_their_own(credential: Credential, world: World) -> None:
    stored = stored_form(sign(credential_document(credential), new_key(credential.issuer.id), NOW))
    assert first_failure(verified(stored, world)) == ("issuer_key", Verdict.UNKNOWN_ISSUER)


def test_nobody_signs_for_an_issuer_with_the_key_of_another_one(credential: Credential, world: World) -> None:
    other = new_key("did:web:other.test")
    world.did_documents[other.did] = did_document(other.did, [IssuerKey(other.public_multibase)])
    stored = stored_form(sign(credential_document(credential), other, NOW))
    assert first_failure(verified(stored, world)) == ("issuer_key", Verdict.UNKNOWN_ISSUER)


def test_old_badges_verify_after_the_key_was_replaced(
    stored: bytes, world: World, signing_key: SigningKey
) -> None:
    new = new_key(signing_key.did)
    keys = [IssuerKey(signing_key.public_multibase), IssuerKey(new.public_multibase)]
    world.did_documents[signing_key.did] = did_document(signing_key.did, keys)
    assert verified(stored, world).verdict is Verdict.VALID


def test_badges_of_a_compromised_key_say_so(stored: bytes, world: World, signing_key: SigningKey) -> None:
    keys = [IssuerKey(signing_key.public_multibase, compromised_at=NOW)]
    world.did_documents[signing_key.did] = did_document(signing_key.did, keys)
    verification = verified(stored, world)
    assert first_failure(verification) == ("issuer_key", Verdict.UNKNOWN_ISSUER)
    assert "compromised since 2026-10-01" in verification.checks[2].reason


@pytest.mark.parametrize(
    "change",
    [
        lambda it: it.update(id="did:web:other.test"),
        lambda it: it.update(assertionMethod=[]),
        lambda it: it.update(verificationMethod=["did:web:city.test#key"]),
        lambda it: it["verificationMethod"][0].update(controller="did:web:other.test"),
        lambda it: it["verificationMethod"][0].update(publicKeyMultibase="z6MkOther"),
    ],
)
def test_a_did_document_must_let_the_key_speak(
    stored: bytes, world: World, signing_key: SigningKey, change: Callable[[Document], object]
) -> None:
    change(world.did_documents[signing_key.did])
    assert first_failure(verified(stored, world)) == ("issuer_key", Verdict.UNKNOWN_ISSUER)


def test_what_cannot_be_fetched_cannot_be_checked_now(stored: bytes, world: World) -> None:
    no_did = verify_credential(stored, NOW, unreachable, world.fetch_status_list)
    assert first_failure(no_did) == ("issuer_key", Verdict.CANNOT_CHECK_NOW)
    no_list = verify_credential(stored, NOW, world.resolve_did, unreachable)
    assert first_failure(no_list) == ("status", Verdict.CANNOT_CHECK_NOW)
    gone = verify_credential(stored, NOW, world.resolve_did, lambda url: None)
    assert first_failure(gone) == ("status", Verdict.CANNOT_CHECK_NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"url": "https://city.test/status/other"},
        {"issuer": "did:web:other.test"},
        {"encoded": "uAAAA"},
        {"valid_from": NOW + timedelta(days=1)},
    ],
)
def test_a_status_list_that_is_not_the_issuers_for_this_credential_proves_nothing(
    stored: bytes, world: World, credential: Credential, signing_key: SigningKey, changes: dict[str, Any]
) -> None:
    world.status_lists[credential.status.list_url] = published_list(credential, signing_key, **changes)
    assert first_failure(verified(stored, world)) == ("status", Verdict.CANNOT_CHECK_NOW)


@pytest.mark.parametrize(
    "change",
    [
        lambda it: it["credentialSubject"].update(encodedList=7),
        lambda it: it["credentialSubject"].update(statusPurpose="suspension"),
        lambda it: it["credentialSubject"].update(ttl=1),
        lambda it: it.update(type=["VerifiableCredential"]),
        lambda it: it.update(credentialSubject=[]),
        lambda it: it.update(issuer={}),
        lambda it: it.pop("proof"),
        lambda it: it.clear(),
    ],
)
def test_a_status_list_that_was_changed_proves_nothing(
    stored: bytes, world: World, credential: Credential, change: Callable[[Document], object]
) -> None:
    published = orjson.loads(world.status_lists[credential.status.list_url])
    change(published)
    world.status_lists[credential.status.list_url] = orjson.dumps(published)
    assert first_failure(verified(stored, world)) == ("status", Verdict.CANNOT_CHECK_NOW)


@pytest.mark.parametrize("published", [b"", b"{", b"[]", b"null", b"7", b"\xff"])
def test_a_status_list_that_is_no_document_proves_nothing(
    stored: bytes, world: World, credential: Credential, published: bytes
) -> None:
    world.status_lists[credential.status.list_url] = published
    assert first_failure(verified(stored, world)) == ("status", Verdict.CANNOT_CHECK_NOW)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b"{}", b"\xff", b'{"@context": "https://www.w3.org/ns/credentials/v2"}'],
)
def test_what_is_no_credential_is_called_that(content: bytes, world: World) -> None:
    assert first_failure(verified(content, world)) == ("format", Verdict.NOT_A_CREDENTIAL)


def test_a_document_of_any_size_is_not_read(world: World) -> None:
    assert first_failure(verified(b" " * (LARGEST_DOCUMENT + 1), world))[0] == "format"


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), st.lists))
def test_nothing_in_any_member_raises(value: Any) -> None:
    credential = orjson.loads(EXAMPLE)
    for member in ("issuer", "proof", "credentialStatus", "validFrom", "credentialSubject", "type"):
        try:
            content = orjson.dumps({**credential, member: value})
        except TypeError:  # an integer of more than 64 bits is not JSON for us
            continue
        verification = verify_credential(content, NOW, lambda did: None, unreachable)
        assert verification.verdict is not Verdict.VALID


EXAMPLE = b"""{"@context":["https://www.w3.org/ns/credentials/v2",
"https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
"https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"],"id":"urn:uuid:7c0b5a0e-3c55-4d0c-9e35-000000000001",
"type":["VerifiableCredential","OpenBadgeCredential"],"validFrom":"2026-10-01T09:00:00Z",
"issuer":{"id":"did:web:badges.example","type":["Profile"]},
"credentialSubject":{"type":["AchievementSubject"],"id":"urn:uuid:7c0b5a0e-3c55-4d0c-9e35-000000000002",
"achievement":{"id":"https://badges.example/a","type":["Achievement"],"name":"a","description":"b","criteria":{}}},
"proof":{"type":"DataIntegrityProof","verificationMethod":"did:web:badges.example#z6Mk"}}"""


def test_the_schema_names_what_is_wrong(credential: Credential) -> None:
    document = credential_document(credential)
    document["credentialSubject"]["achievement"]["image"] = "https://a.example/image.png"
    document["validFrom"] = "yesterday"
    problems = validate_schema(document)
    assert any(problem.startswith("credentialSubject.achievement.image: ") for problem in problems)
    assert any(problem.startswith("validFrom: ") for problem in problems)
    assert validate_schema({"@context": []})[0].startswith(("@context: ", "document: "))
