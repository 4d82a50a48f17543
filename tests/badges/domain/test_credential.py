from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import get_args
from uuid import UUID

import pytest

from services.badges.domain.badge import Credential, Kind, Pseudonym
from services.badges.domain.credential import (
    ACHIEVEMENT_TYPE,
    CONTEXTS,
    SCHEMA,
    achievement_document,
    credential_document,
    profile_document,
    timestamp,
)
from services.badges.verifying import validate_schema
from services.badges.vocabularies import ACHIEVEMENT_CREDENTIAL_SCHEMA, PINNED, PROFILE_SCHEMA


def test_a_full_credential_conforms_to_the_official_schema(credential: Credential) -> None:
    assert validate_schema(credential_document(credential)) == ()


@pytest.mark.parametrize("kind", get_args(Kind))
def test_every_kind_has_an_achievement_type_the_schema_knows(credential: Credential, kind: Kind) -> None:
    document = credential_document(
        replace(credential, achievement=replace(credential.achievement, kind=kind))
    )
    assert document["credentialSubject"]["achievement"]["achievementType"] == ACHIEVEMENT_TYPE[kind]
    assert validate_schema(document) == ()


def test_a_minimal_credential_has_no_empty_members(credential: Credential, another_uuid: UUID) -> None:
    document = credential_document(
        replace(
            credential,
            achievement=replace(credential.achievement, tags=(), alignments=()),
            issuer=replace(credential.issuer, description=None, image=None),
            recipient=Pseudonym(another_uuid),
            activity_start=None,
            activity_end=None,
            evidence=(),
        )
    )
    assert validate_schema(document) == ()
    assert "evidence" not in document
    assert document["credentialSubject"].keys() == {"id", "type", "achievement"}
    assert document["credentialSubject"]["id"] == f"urn:uuid:{another_uuid}"
    assert not {"tag", "alignment"} & document["credentialSubject"]["achievement"].keys()


def test_the_contexts_and_the_schema_named_are_those_that_are_shipped() -> None:
    assert set(CONTEXTS) <= PINNED.keys()
    assert SCHEMA == ACHIEVEMENT_CREDENTIAL_SCHEMA


def test_a_recipient_is_a_salted_hash_and_nothing_else(credential: Credential) -> None:
    subject = credential_document(credential)["credentialSubject"]
    assert "id" not in subject
    [identity] = subject["identifier"]
    assert identity["hashed"] is True
    assert "learner" not in str(credential_document(credential))


def test_activity_dates_are_whole_days_even_when_a_time_slips_in(credential: Credential) -> None:
    document = credential_document(
        replace(credential, activity_start=datetime(2026, 9, 28, 17, 45, tzinfo=UTC))
    )
    assert document["credentialSubject"]["activityStartDate"] == "2026-09-28T00:00:00Z"
    assert document["credentialSubject"]["activityEndDate"] == "2026-09-30T00:00:00Z"


def test_the_status_is_one_object_with_the_index_as_text(credential: Credential) -> None:
    status = credential_document(credential)["credentialStatus"]
    assert status["statusListIndex"] == "94567"
    assert status["id"] == f"{status['statusListCredential']}#94567"


def test_an_esco_skill_keeps_the_address_esco_gave_it(credential: Credential) -> None:
    first = credential_document(credential)["credentialSubject"]["achievement"]["alignment"][0]
    assert first["targetUrl"].startswith("http://data.europa.eu/esco/skill/")
    assert first["targetType"] == "ext:ESCOAlignment"


def test_times_are_written_in_utc_to_the_second() -> None:
    helsinki = timezone(timedelta(hours=3))
    assert timestamp(datetime(2026, 10, 1, 2, 30, 15, 999, tzinfo=helsinki)) == "2026-09-30T23:30:15Z"
    with pytest.raises(ValueError, match="zone"):
        timestamp(datetime(2026, 10, 1))  # noqa: DTZ001 - a time without a zone is what is refused here


def test_issue_and_expiry_stand_in_the_document(credential: Credential) -> None:
    document = credential_document(
        replace(credential, valid_until=credential.valid_from + timedelta(days=365))
    )
    assert document["validUntil"] == "2027-10-01T09:30:15Z"
    assert document["awardedDate"] == document["validFrom"] == "2026-10-01T09:30:15Z"


def test_the_served_achievement_is_the_awarded_one_and_names_its_creator(credential: Credential) -> None:
    served = achievement_document(credential.achievement, credential.issuer)
    embedded = credential_document(credential)["credentialSubject"]["achievement"]
    assert embedded.items() <= served.items()
    assert served["creator"]["id"] == credential.issuer.id


def test_the_served_profile_conforms_to_the_official_schema(credential: Credential) -> None:
    document = profile_document(credential.issuer)
    assert validate_schema(document, PROFILE_SCHEMA) == ()
    assert document["id"] == credential.issuer.id
