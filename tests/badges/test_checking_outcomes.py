"""Outcomes are kept apart, and where several things are wrong the one that matters most is told."""

import itertools
from datetime import UTC, datetime
from typing import Any

import pytest

from services.badges import status_list
from services.badges.checking.findings import Finding, failed, passed, unchecked, verdict_of
from services.badges.checking.statuses import check_status
from services.badges.verifying import Result, Verdict
from services.badges.vocabularies import DATA_INTEGRITY_V1, STATUS_LIST_2021_V1
from tests.badges.foreign import (
    LIST,
    NOW,
    STATUS,
    Elsewhere,
    badge,
    bit_list,
    checked,
    endorsement,
    old_badge,
    reason,
)
from tests.badges.issuing_elsewhere import DID_KEY, MULTIKEY, RSA, Document, did_jwk, token, with_proof

DID = "did:web:issuer.example"
HERE = "https://issuer.example/.well-known/did.json"
LATER = datetime(2027, 1, 1, tzinfo=UTC)
EARLIER = datetime(2026, 9, 1, tzinfo=UTC)


def published(**entry: str) -> Document:
    method = {"id": f"{DID}#1", "controller": DID, "publicKeyMultibase": MULTIKEY} | entry
    return {"id": DID, "verificationMethod": [method], "assertionMethod": [f"{DID}#1"]}


def by_did_web(document: Document) -> Document:
    return with_proof(document, verificationMethod=f"{DID}#1")


def full() -> Document:
    """A badge by a did:web issuer, with an end and a status."""
    return badge(DID, validUntil="2026-11-01T00:00:00Z", credentialStatus=STATUS)


def own_list(*withdrawn: int) -> Document:
    listed = {name: value for name, value in bit_list("Bitstring", *withdrawn).items() if name != "proof"}
    return by_did_web(listed | {"issuer": DID})


CASES: list[tuple[str, datetime, Verdict]] = [
    ("", NOW, Verdict.VALID),
    ("", LATER, Verdict.EXPIRED),
    ("", EARLIER, Verdict.NOT_YET_VALID),
    ("withdrawn", NOW, Verdict.WITHDRAWN),
    ("withdrawn", LATER, Verdict.WITHDRAWN),
    ("altered", NOW, Verdict.ALTERED),
    ("altered", LATER, Verdict.ALTERED),
    ("altered withdrawn", LATER, Verdict.ALTERED),
    ("nolist", NOW, Verdict.CANNOT_CHECK_NOW),
    ("nolist", LATER, Verdict.EXPIRED),
    ("compromised", NOW, Verdict.UNKNOWN_ISSUER),
    ("compromised withdrawn", LATER, Verdict.UNKNOWN_ISSUER),
    ("noissuer", NOW, Verdict.CANNOT_CHECK_NOW),
    ("noissuer", LATER, Verdict.CANNOT_CHECK_NOW),
]


@pytest.mark.parametrize(("wrong", "now", "verdict"), CASES)
async def test_of_several_things_that_are_wrong_the_one_that_matters_most_is_told(
    elsewhere: Elsewhere, wrong: str, now: datetime, verdict: Verdict
) -> None:
    revoked = {"revoked": "2026-10-01T00:00:00Z"} if "compromised" in wrong else {}
    if "noissuer" not in wrong:
        elsewhere.publish(HERE, published(**revoked))
    if "nolist" not in wrong:
        elsewhere.publish(LIST, own_list(*(7,) if "withdrawn" in wrong else ()))
    document = by_did_web(full())
    found = await checked(document | ({"name": "Another"} if "altered" in wrong else {}), elsewhere, now=now)
    assert found.verdict is verdict, [(line.name, line.finding.reason) for line in found.lines]
    assert all(line.milliseconds >= 0 for line in found.lines)
    if "compromised" in wrong:
        assert "compromised since 2026-10-01" in reason(found, "issuer")


def test_no_combination_of_lines_is_valid_but_that_of_nothing_wrong() -> None:
    one: list[Finding] = [failed(verdict, "") for verdict in Verdict if verdict is not Verdict.VALID]
    one += [unchecked("", Verdict.CANNOT_CHECK_NOW)]
    names = ("schema", "proof", "issuer", "dates", "status")
    for wrong in one:
        for where in itertools.chain(*(itertools.combinations(names, number) for number in (1, 2, 5))):
            findings = {name: wrong if name in where else passed("") for name in names}
            assert verdict_of(findings) is wrong.verdict
    for first, second in itertools.permutations(one, 2):
        assert verdict_of({"dates": first, "status": second}) in (first.verdict, second.verdict)
        assert verdict_of({"proof": first, "dates": second}) is first.verdict or second.verdict in (
            Verdict.ALTERED,
            Verdict.UNKNOWN_ISSUER,
        )


@pytest.mark.parametrize(
    ("entry", "verdict", "words"),
    [
        ({"statusListIndex": 7}, Verdict.WITHDRAWN, "withdrawn"),
        ({"statusListIndex": "007"}, Verdict.WITHDRAWN, "withdrawn"),
        ({"statusListIndex": "8"}, Verdict.VALID, "not name it"),
        ({"statusListIndex": str(status_list.ENTRIES)}, Verdict.CANNOT_CHECK_NOW, "no such entry"),
        ({"statusListIndex": "7000000000008"}, Verdict.CANNOT_CHECK_NOW, "which entry"),
        ({"statusListIndex": -1}, Verdict.CANNOT_CHECK_NOW, "which entry"),
        ({"statusListIndex": "seven"}, Verdict.CANNOT_CHECK_NOW, "which entry"),
        ({"statusListIndex": None}, Verdict.CANNOT_CHECK_NOW, "which entry"),
        ({"statusPurpose": "suspension"}, Verdict.CANNOT_CHECK_NOW, "another purpose"),
        ({"statusPurpose": "message"}, Verdict.VALID, "does not end it"),
        ({"statusListCredential": None}, Verdict.CANNOT_CHECK_NOW, "where it is"),
        ({"type": "Another"}, Verdict.CANNOT_CHECK_NOW, "kind Another"),
    ],
)
async def test_every_entry_of_a_status_is_read_as_the_standard_says(
    elsewhere: Elsewhere, entry: dict[str, Any], verdict: Verdict, words: str
) -> None:
    elsewhere.publish(LIST, bit_list("Bitstring", 7))
    found = await check_status({"issuer": DID_KEY, "credentialStatus": STATUS | entry}, elsewhere, NOW)
    assert (found.verdict, words in found.reason) == (verdict, True), found.reason


async def test_a_suspended_badge_says_so(elsewhere: Elsewhere) -> None:
    document = with_proof(badge(credentialStatus=STATUS | {"statusPurpose": "suspension"}))
    elsewhere.publish(LIST, bit_list("Bitstring", 7, statusPurpose="suspension"))
    found = await checked(document, elsewhere)
    assert (found.verdict, "suspended it" in reason(found, "status")) == (Verdict.WITHDRAWN, True)


def short(entries: int) -> str:
    """A packed list of so few entries."""
    packed = status_list.encode(bytes(entries // 8))
    assert packed.startswith("u")
    return packed


async def test_a_list_that_is_too_short_or_out_of_its_time_says_nothing(elsewhere: Elsewhere) -> None:
    document = with_proof(badge(credentialStatus=STATUS))
    bare = {name: value for name, value in bit_list().items() if name != "proof"}
    for page, words in (
        (bit_list(encodedList=short(131_064)), "less than 131072 entries"),
        (with_proof(bare | {"validUntil": "2026-10-01T12:00:00Z"}), "was valid until"),
        (with_proof(bare | {"validFrom": "2026-10-09T12:00:00Z"}), "valid from"),
        (bare, "no proof that names a key"),
    ):
        elsewhere.publish(LIST, page)
        found = await checked(document, elsewhere)
        assert (found.verdict, words in reason(found, "status")) == (Verdict.CANNOT_CHECK_NOW, True), words


async def test_of_several_statuses_one_that_ends_it_suffices(elsewhere: Elsewhere) -> None:
    entry = STATUS | {"type": "StatusList2021Entry"}
    other = entry | {"id": f"{LIST}/2#7", "statusListCredential": f"{LIST}/2"}
    contexts = STATUS_LIST_2021_V1, DATA_INTEGRITY_V1
    document = with_proof(old_badge(*contexts, credentialStatus=[entry, other]))
    elsewhere.publish(LIST, bit_list("2021"))
    assert (await checked(document, elsewhere)).verdict is Verdict.CANNOT_CHECK_NOW
    second = {name: value for name, value in bit_list("2021", 7).items() if name != "proof"}
    elsewhere.publish(f"{LIST}/2", with_proof(second | {"id": f"{LIST}/2"}))
    assert (await checked(document, elsewhere)).verdict is Verdict.WITHDRAWN
    many = with_proof(old_badge(*contexts, credentialStatus=[entry] * 5))
    assert (await checked(many, elsewhere)).verdict is Verdict.CANNOT_CHECK_NOW


async def test_endorsements_beyond_the_limit_and_within_endorsements_are_not_followed(
    elsewhere: Elsewhere,
) -> None:
    did = did_jwk(RSA)
    by_rsa = endorsement(issuer={"id": did, "type": ["Profile"]})
    signed = token(by_rsa, RSA, kid=f"{did}#0")
    found = await checked(with_proof(badge(endorsementJwt=[signed] * 7)), elsewhere)
    assert "2 more were not checked" in found.found["endorsements"].finding.details[-1]
    asking = endorsement(
        endorsement=[endorsement(issuer={"id": "did:web:far.example", "type": ["Profile"]})],
        credentialStatus=STATUS,
    )
    elsewhere.publish(LIST, bit_list("Bitstring", 7))
    found = await checked(with_proof(badge(endorsement=[with_proof(asking)])), elsewhere)
    assert found.verdict is Verdict.VALID, reason(found, "schema")
    assert "withdrawn it" in found.found["endorsements"].finding.details[0]
    assert found.found["endorsements"].finding.result is Result.FAILED
    assert elsewhere.asked == [LIST]
