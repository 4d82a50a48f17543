"""What issuers say afterwards: withdrawn badges; and what others say: endorsements."""

import pytest

from services.badges.verifying import Result, Verdict
from services.badges.vocabularies import (
    BITSTRING_STATUS_LIST_V1,
    DATA_INTEGRITY_V1,
    STATUS_LIST_2021_V1,
)
from tests.badges.foreign import (
    ADDRESS,
    LIST,
    STATUS,
    Elsewhere,
    badge,
    bit_list,
    checked,
    endorsement,
    old_badge,
    reason,
)
from tests.badges.issuing_elsewhere import (
    DID_KEY,
    P256,
    RSA,
    did_jwk,
    token,
    with_proof,
)


@pytest.mark.parametrize("kind", ["Bitstring", "2021"])
async def test_a_withdrawn_badge_is_found_in_the_list(elsewhere: Elsewhere, kind: str) -> None:
    if kind == "2021":
        entry = STATUS | {"type": "StatusList2021Entry"}
        document = with_proof(old_badge(STATUS_LIST_2021_V1, DATA_INTEGRITY_V1, credentialStatus=entry))
    else:
        document = with_proof(badge(credentialStatus=STATUS))
    for withdrawn, verdict in (((6, 8), Verdict.VALID), ((7,), Verdict.WITHDRAWN)):
        elsewhere.publish(LIST, bit_list(kind, *withdrawn))
        found = await checked(document, elsewhere)
        assert found.verdict is verdict, reason(found, "status") + reason(found, "proof")


async def test_a_list_that_is_not_the_issuers_or_not_for_this_says_nothing(elsewhere: Elsewhere) -> None:
    document = with_proof(badge(credentialStatus=STATUS))
    altered = bit_list()
    altered["credentialSubject"]["encodedList"] = bit_list("Bitstring", 9)["credentialSubject"]["encodedList"]
    for page in (
        altered,
        bit_list(issuer="did:key:z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH"),
        bit_list(statusPurpose="suspension"),
        bit_list(encodedList="uH4sI"),
        bit_list("2021"),
        {},
        b"<html>",
    ):
        elsewhere.publish(LIST, page)
        found = await checked(document, elsewhere)
        assert (found.verdict, found.found["proof"].finding.passed) == (Verdict.CANNOT_CHECK_NOW, True)
    del elsewhere.pages[LIST]
    assert (await checked(document, elsewhere)).verdict is Verdict.CANNOT_CHECK_NOW


@pytest.mark.parametrize("withdrawn", [False, True])
async def test_another_may_keep_the_list_whose_address_the_issuer_signed(
    elsewhere: Elsewhere, withdrawn: bool
) -> None:
    keeper = did_jwk(P256)
    listed = bit_list("Bitstring", *((7,) if withdrawn else ()), issuer=keeper)
    method = {"verificationMethod": f"{keeper}#0", "cryptosuite": "ecdsa-rdfc-2019"}
    unsigned = {name: value for name, value in listed.items() if name != "proof"} | {"id": "urn:uuid:9"}
    elsewhere.publish(LIST, with_proof(unsigned, P256, **method))
    found = await checked(with_proof(badge(credentialStatus=STATUS)), elsewhere)
    assert found.verdict is (Verdict.WITHDRAWN if withdrawn else Verdict.VALID), reason(found, "status")
    assert keeper[:50] in reason(found, "status")
    trusted = Elsewhere(trusted={DID_KEY})
    trusted.pages = elsewhere.pages
    found = await checked(with_proof(badge(credentialStatus=STATUS)), trusted)
    assert found.verdict is Verdict.CANNOT_CHECK_NOW
    assert "trust store" in reason(found, "status")


async def test_a_badge_of_the_data_model_1_1_may_have_a_bit_of_the_later_list(elsewhere: Elsewhere) -> None:
    contexts = (BITSTRING_STATUS_LIST_V1, DATA_INTEGRITY_V1)
    document = with_proof(old_badge(*contexts, credentialStatus=STATUS))
    for withdrawn, verdict in (((), Verdict.VALID), ((7,), Verdict.WITHDRAWN)):
        elsewhere.publish(LIST, bit_list("Bitstring", *withdrawn))
        found = await checked(document, elsewhere)
        assert found.verdict is verdict, reason(found, "status") + reason(found, "proof")


async def test_a_withdrawn_badge_is_found_in_a_list_of_ids(elsewhere: Elsewhere) -> None:
    entry = {"id": "https://issuer.example/revoked", "type": "1EdTechRevocationList"}
    document = with_proof(badge(credentialStatus=entry))
    for ids, verdict in ((["urn:other"], Verdict.VALID), (["urn:other", document["id"]], Verdict.WITHDRAWN)):
        revoked = [{"id": each, "revoked": True} for each in ids]
        elsewhere.publish(entry["id"], {"id": entry["id"], "issuer": DID_KEY, "revokedCredential": revoked})
        assert (await checked(document, elsewhere)).verdict is verdict


async def test_endorsements_are_checked_one_by_one(elsewhere: Elsewhere) -> None:
    signed = token(
        endorsement(issuer={"id": did_jwk(RSA), "type": ["Profile"]}), RSA, kid=f"{did_jwk(RSA)}#0"
    )
    both = with_proof(badge(endorsement=[with_proof(endorsement())], endorsementJwt=[signed]))
    found = await checked(both, elsewhere)
    assert found.verdict is Verdict.VALID, reason(found, "proof")
    assert [each[-7:] for each in found.found["endorsements"].finding.details] == ["genuine", "genuine"]
    forged = with_proof(endorsement())
    forged["credentialSubject"]["endorsementComment"] = "Very well made."
    found = await checked(with_proof(badge(endorsement=[forged])), elsewhere)
    assert found.found["endorsements"].finding.result is Result.FAILED
    assert found.verdict is Verdict.VALID


async def test_an_endorsement_of_something_else_does_not_count(elsewhere: Elsewhere) -> None:
    for of, genuine in (
        (badge()["id"], True),
        (badge()["credentialSubject"]["achievement"]["id"], True),
        (DID_KEY, True),
        ("urn:uuid:another", False),
        (badge()["credentialSubject"]["id"], False),
    ):
        subject = endorsement()["credentialSubject"] | {"id": of}
        carried = with_proof(badge(endorsement=[with_proof(endorsement(credentialSubject=subject))]))
        found = (await checked(carried, elsewhere)).found["endorsements"].finding
        assert (found.passed, "of something else" in found.details[0]) == (genuine, not genuine)


@pytest.mark.parametrize(
    ("address", "yes"), [(ADDRESS, True), (" A@Example.com ", True), ("b@example.com", False)]
)
async def test_whether_it_was_awarded_to_an_address_is_said_yes_or_no(
    elsewhere: Elsewhere, address: str, yes: bool
) -> None:
    found = await checked(with_proof(badge()), elsewhere, address=address)
    assert found.found["recipient"].finding.passed is yes
    assert reason(found, "recipient")[:3] == ("yes" if yes else "no:")
    assert found.verdict is Verdict.VALID
    assert "recipient" not in (await checked(with_proof(badge()), elsewhere)).found
