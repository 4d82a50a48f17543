from typing import Any

import pytest

from services.badges.domain.badge import Credential
from services.badges.domain.credential import credential_document
from services.badges.domain.token import token_payload


@pytest.fixture
def document(credential: Credential) -> dict[str, Any]:
    return credential_document(credential)


def test_the_claims_repeat_what_the_credential_says(document: dict[str, Any]) -> None:
    payload = token_payload({**document, "validUntil": "2027-10-01T09:30:15Z", "proof": {}})
    assert payload["iss"] == document["issuer"]["id"]
    assert payload["jti"] == document["id"]
    assert (payload["nbf"], payload["exp"]) == (1_790_847_015, 1_822_383_015)
    assert payload["sub"] == payload["credentialSubject"]["id"]
    assert "proof" not in payload
    assert document.keys() <= payload.keys()


def test_who_is_known_by_an_address_alone_gets_an_id_that_is_always_the_same(
    document: dict[str, Any],
) -> None:
    first, second = token_payload(document), token_payload(document)
    other = token_payload({**document, "id": "https://city.test/credentials/other"})
    assert first["sub"] == second["sub"] != other["sub"]
    assert first["sub"].startswith("urn:uuid:")
    subject = {name: value for name, value in first["credentialSubject"].items() if name != "id"}
    assert subject == document["credentialSubject"]


def test_who_has_an_id_keeps_it(document: dict[str, Any]) -> None:
    subject = {**document["credentialSubject"], "id": "did:key:z6Mk"}
    assert token_payload({**document, "credentialSubject": subject})["sub"] == "did:key:z6Mk"


def test_what_never_expires_has_no_such_claim(document: dict[str, Any]) -> None:
    assert "exp" not in token_payload(document)
