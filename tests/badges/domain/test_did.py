import pytest

from services.badges.domain.did import (
    IssuerKey,
    did_document,
    organisation_did,
    verification_method,
)
from tests.badges.examples import NOW


@pytest.mark.parametrize(
    ("public_url", "did"),
    [
        ("https://city.test", "did:web:city.test:issuers:7"),
        ("http://localhost:8080", "did:web:localhost%3A8080:issuers:7"),
        ("https://city.test/learning/", "did:web:city.test:learning:issuers:7"),
    ],
)
def test_an_organisation_is_found_by_its_path_below_the_city(public_url: str, did: str) -> None:
    assert organisation_did(public_url, "7") == did


@pytest.mark.parametrize(
    ("public_url", "organisation"),
    [
        ("city.test", "7"),
        ("https://city.test?a=b", "7"),
        ("https://city.test", "a/b"),
        ("https://city.test", "a b"),
    ],
)
def test_an_address_that_no_did_can_name_is_refused(public_url: str, organisation: str) -> None:
    with pytest.raises(ValueError, match="did:web"):
        organisation_did(public_url, organisation)


def test_replaced_keys_may_still_assert_and_compromised_ones_may_not() -> None:
    did = "did:web:city.test:issuers:7"
    document = did_document(
        did, [IssuerKey("zOld"), IssuerKey("zBad", compromised_at=NOW), IssuerKey("zNew")]
    )
    assert document["assertionMethod"] == [f"{did}#zOld", f"{did}#zNew"]
    assert [method["id"] for method in document["verificationMethod"]] == [
        verification_method(did, key) for key in ("zOld", "zBad", "zNew")
    ]
    assert document["verificationMethod"][1]["revoked"] == "2026-10-01T09:30:15Z"
    assert "revoked" not in document["verificationMethod"][0]


def test_other_names_of_the_issuer_are_listed_only_where_there_are_any() -> None:
    assert "alsoKnownAs" not in did_document("did:web:a", [])
    assert did_document("did:web:a", [], ["https://a.example"])["alsoKnownAs"] == ["https://a.example"]
