"""What the published JSON Schema lets pass though the standard forbids it."""

import copy
from typing import Any

import pytest

from services.badges.checking.rules import broken_rules
from services.badges.verifying import Verdict
from tests.badges.foreign import Elsewhere, badge, checked, endorsement, reason
from tests.badges.issuing_elsewhere import DID_KEY, with_proof

RUBRIC = {"id": "urn:x:1", "type": ["RubricCriterionLevel"], "name": "Leads"}
FULL: dict[str, Any] = {
    "evidence": [{"id": "https://a.example/1", "type": ["Evidence"]}],
    "issuer": {
        "id": DID_KEY,
        "type": ["Profile"],
        "name": "Radio",
        "parentOrg": {"id": "https://a.example/p", "type": ["Profile"]},
        "otherIdentifier": [
            {"type": "IdentifierEntry", "identifier": "7", "identifierType": "sourcedId"},
        ],
    },
}


def full() -> dict[str, Any]:
    """A badge with everything in it that has a type of its own."""
    document = copy.deepcopy(badge() | FULL)
    subject = document["credentialSubject"]
    subject["source"] = {"id": "https://a.example/s", "type": ["Profile"]}
    subject["result"] = [{"type": ["Result"], "value": "1"}]
    subject["achievement"]["creator"] = {"id": "https://a.example/c", "type": ["Profile"]}
    subject["achievement"]["related"] = [{"id": "https://a.example/r", "type": ["Related"]}]
    subject["achievement"]["alignment"] = [
        {"type": ["Alignment"], "targetName": "a", "targetUrl": "https://a.example/t"}
    ]
    subject["achievement"]["resultDescription"] = [
        {
            "id": "urn:x:2",
            "type": ["ResultDescription"],
            "name": "Layer",
            "resultType": "RubricCriterionLevel",
            "rubricCriterionLevel": [RUBRIC],
        }
    ]
    return document


PLACES = [
    "evidence",
    "issuer",
    "issuer.parentOrg",
    "issuer.otherIdentifier",
    "credentialSubject",
    "credentialSubject.identifier",
    "credentialSubject.source",
    "credentialSubject.result",
    "credentialSubject.achievement",
    "credentialSubject.achievement.creator",
    "credentialSubject.achievement.related",
    "credentialSubject.achievement.alignment",
    "credentialSubject.achievement.resultDescription",
    "credentialSubject.achievement.resultDescription.rubricCriterionLevel",
]


async def test_a_full_badge_breaks_no_rule(elsewhere: Elsewhere) -> None:
    assert broken_rules(full()) == []
    found = await checked(with_proof(full()), elsewhere)
    assert found.verdict is Verdict.VALID, reason(found, "schema")


@pytest.mark.parametrize("place", PLACES)
def test_a_part_of_another_type_than_its_place_demands_is_named(place: str) -> None:
    document = full()
    at: Any = document
    for name in place.split("."):
        at = at[name]
        at = at[0] if isinstance(at, list) else at
    at["type"] = "SomethingElse"
    assert any(each.startswith(f"{place}: ") for each in broken_rules(document)), broken_rules(document)


async def test_a_badge_for_nobody_or_for_nothing_does_not_conform(elsewhere: Elsewhere) -> None:
    nobody, nothing = badge(), badge()
    del nobody["credentialSubject"]["id"], nobody["credentialSubject"]["identifier"]
    nothing["credentialSubject"]["achievement"]["criteria"] = {}
    assert broken_rules(nothing)[0].startswith("credentialSubject.achievement.criteria")
    found = await checked(with_proof(nobody), elsewhere)
    assert found.verdict is Verdict.NOT_A_CREDENTIAL
    assert "neither an id nor an identifier" in reason(found, "schema")


async def test_a_credential_that_is_neither_a_badge_nor_an_endorsement_is_not_called_a_badge(
    elsewhere: Elsewhere,
) -> None:
    found = await checked(with_proof(badge(type=["VerifiableCredential"])), elsewhere)
    assert found.verdict is Verdict.NOT_A_CREDENTIAL
    assert "neither a badge nor an endorsement" in reason(found, "schema")
    assert (await checked(with_proof(endorsement()), elsewhere)).verdict is Verdict.VALID
