"""What is made beside the event loop: whatever passes the contracts can be signed, or is refused by name."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.badges import making
from services.badges.domain.issue import Draft, Due, Naming, Place, holder
from services.badges.domain.shown import Shown, Skill
from services.badges.sealing import CannotOpenKey
from tests.badges.examples import CITY, NOW, uncontested

ORGANISATION = UUID("0199a0b0-0000-7000-8000-000000000001")
DID = f"did:web:city.test:issuers:{ORGANISATION}"
SEALING = bytes(range(32))
_, SEALED = making.make_key(DID, SEALING)
_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), min_size=1)
_SAID = _TEXT.filter(str.strip)


def draft(shown: Shown, website: str | None = None, pseudonym: UUID | None = None) -> Draft:
    """An award of that achievement, ready to be signed."""
    due = Due(
        id=UUID(int=1),
        organisation=ORGANISATION,
        achievement=UUID(int=2),
        version=1,
        recipient=UUID(int=3),
        occasion="direct",
        awarded_at=NOW,
        session=None,
        completed_on=None,
        shown=shown,
        name=shown.issuer,
        description="",
        website=website,
        address="learner@example.org",
    )
    recipient = holder(Naming(pseudonym is None), due.address, None, bytes(16), pseudonym or UUID(int=0))
    return Draft(due, Place(1, 7), "A" * 22, "B" * 22, recipient, SEALED, "z6Mk")


def shown(**changes: object) -> Shown:
    """What some achievement shows."""
    told: dict[str, object] = {
        "name": "Podcast maker",
        "description": "Plan.",
        "criteria": "One episode.",
        "language": "en",
        "kind": "workshop",
        "layer": None,
        "issuer": "Lab",
    }
    return Shown(**told | changes)  # type: ignore[arg-type]  # each is right


@settings(max_examples=60, deadline=None)
@given(
    name=_SAID,
    description=_SAID,
    issuer=_SAID,
    tags=st.lists(_SAID, max_size=3).filter(uncontested),
    skills=st.lists(st.builds(Skill, st.text().map("https://x.example/".__add__), _SAID), max_size=6),
    website=st.none() | st.text().map("https://".__add__),
)
def test_whatever_an_organisation_writes_can_be_signed(
    name: str, description: str, issuer: str, tags: list[str], skills: list[Skill], website: str | None
) -> None:
    told = shown(name=name, description=description, issuer=issuer, tags=tuple(tags), skills=tuple(skills))
    (signed,) = making.sign_credentials([draft(told, website)], CITY, SEALING, datetime.now(UTC))
    assert isinstance(signed, bytes), signed


def test_what_cannot_be_signed_keeps_no_other_from_being_signed() -> None:
    drafts = [draft(shown()), draft(shown(name="\x00")), draft(shown(), pseudonym=UUID(int=5))]
    signed = making.sign_credentials(drafts, CITY, SEALING, NOW)
    assert [type(each) for each in signed] == [bytes, str, bytes]
    assert "achievement.name" in str(signed[1])


def test_keys_open_only_under_the_key_that_sealed_them() -> None:
    with pytest.raises(CannotOpenKey):
        making.sign_credentials([draft(shown())], CITY, bytes(32), NOW)
