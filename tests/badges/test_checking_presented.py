"""Badges inside presentations and envelopes: one is checked, several are named."""

from typing import Any

import pytest

from services.badges.verifying import Result, Verdict
from services.badges.vocabularies import CREDENTIALS_V1, CREDENTIALS_V2
from tests.badges.foreign import Elsewhere, badge, checked, claims, old_badge, reason
from tests.badges.issuing_elsewhere import DID_KEY, RSA, Document, did_jwk, token, with_proof

DID = did_jwk(RSA)
KID = f"{DID}#0"


def signed_token(**more: Any) -> str:
    return token(claims(badge(DID, **more)), RSA, kid=KID)


def old_token() -> str:
    """A token of the data model 1.1: the credential in its claim `vc`."""
    document = old_badge(issuer=DID)
    inner = {name: value for name, value in document.items() if name not in ("id", "issuer")}
    return token({"vc": inner, "iss": DID, "jti": document["id"]}, RSA, kid=KID)


def envelope(text: str, of: str = "Credential") -> Document:
    kind = "vp" if of == "Presentation" else "vc"
    return {
        "@context": CREDENTIALS_V2,
        "id": f"data:application/{kind}+jwt,{text}",
        "type": f"EnvelopedVerifiable{of}",
    }


def presentation(*shown: object, context: str = CREDENTIALS_V2, **more: Any) -> Document:
    """What a holder shows, with a proof for whoever asked."""
    return {
        "@context": [context],
        "type": ["VerifiablePresentation"],
        "holder": "did:example:somebody",
        "verifiableCredential": list(shown),
        "proof": {"type": "DataIntegrityProof", "proofPurpose": "authentication", "challenge": "a"},
        **more,
    }


def presented_in_a_token(*shown: object) -> str:
    vp = {"@context": [CREDENTIALS_V1], "type": ["VerifiablePresentation"], "verifiableCredential": shown}
    return token({"iss": "did:example:somebody", "aud": "them", "nonce": "n", "vp": vp}, RSA, kid=KID)


ONE: dict[str, Any] = {
    "a document": lambda: presentation(with_proof(badge())),
    "a document that stands alone": lambda: presentation() | {"verifiableCredential": with_proof(badge())},
    "an envelope": lambda: presentation(envelope(signed_token())),
    "a token of the data model 1.1": lambda: presentation(old_token(), context=CREDENTIALS_V1),
    "a token in a token": lambda: presented_in_a_token(old_token()),
    "a document in a token": lambda: presented_in_a_token(with_proof(badge())),
    "an enveloped presentation": lambda: envelope(
        token(presentation(envelope(signed_token())), RSA, kid=KID), "Presentation"
    ),
}


@pytest.mark.parametrize("form", ONE)
async def test_the_one_badge_of_a_presentation_is_checked_and_its_own_proof_named_as_not(
    elsewhere: Elsewhere, form: str
) -> None:
    found = await checked(ONE[form](), elsewhere, address="a@example.com")
    assert found.verdict is Verdict.VALID, [(line.name, line.finding.reason) for line in found.lines]
    assert "a presentation, whose own proof was not checked" in reason(found, "format")
    assert found.about.name == "Podcast"
    assert found.found["recipient"].finding.passed


async def test_a_changed_badge_in_a_presentation_is_altered(elsewhere: Elsewhere) -> None:
    document = with_proof(badge()) | {"name": "Another"}
    assert (await checked(presentation(document), elsewhere)).verdict is Verdict.ALTERED
    head, _, signature = signed_token().split(".")
    payload = signed_token(name="Another").split(".")[1]
    swapped = envelope(f"{head}.{payload}.{signature}")
    assert (await checked(presentation(swapped), elsewhere)).verdict is Verdict.ALTERED
    assert (await checked(presentation(badge()), elsewhere)).verdict is Verdict.ALTERED


async def test_several_badges_are_named_so_that_one_can_be_handed_in(elsewhere: Elsewhere) -> None:
    shown: tuple[object, ...] = (
        with_proof(badge()),
        envelope(signed_token(name="Second")),
        old_token(),
        "a.b.c",
        7,
        {},
    )
    found = await checked(presentation(*shown), elsewhere)
    assert found.verdict is Verdict.NOT_A_CREDENTIAL
    assert "6 badges" in reason(found, "format")
    assert "1. “Podcast”, 2. “Second”, 3. “Podcast”, 4. something that is no badge" in reason(found, "format")
    assert found.found["proof"].finding.result is Result.NOT_CHECKED


@pytest.mark.parametrize(
    "document",
    [
        presentation(),
        presentation("not a token"),
        presentation(7),
        presentation({}),
        presentation(presentation(with_proof(badge()))),
        presentation(envelope(token(presentation(), RSA, kid=KID), "Presentation")),
        presentation({"type": "EnvelopedVerifiableCredential", "id": "data:text/plain,a"}),
        {"type": ["EnvelopedVerifiableCredential"], "id": "data:application/vc+jwt,a"},
        {"type": "EnvelopedVerifiableCredential"},
    ],
)
async def test_a_presentation_of_nothing_or_of_presentations_is_no_badge(
    elsewhere: Elsewhere, document: Document
) -> None:
    found = await checked(document, elsewhere)
    assert found.verdict is Verdict.NOT_A_CREDENTIAL
    assert not elsewhere.asked


async def test_a_presentation_is_also_found_at_an_address(elsewhere: Elsewhere) -> None:
    elsewhere.publish("https://issuer.example/shown", presentation(with_proof(badge(DID_KEY))))
    assert (await checked("https://issuer.example/shown", elsewhere)).verdict is Verdict.VALID
