"""What is known of a recipient is the same whatever the order in which it was said."""

from datetime import UTC, datetime, timedelta
from functools import reduce
from itertools import permutations
from uuid import UUID

import pytest

from services.catalogue.domain.recipient import Naming, Recipient, hear

START = datetime(2026, 1, 1, tzinfo=UTC)
ADA = UUID(int=7)


def naming(
    hour: int, name: str | None = None, language: str | None = None, *, person: bool = False
) -> Naming:
    """Something said at an hour, by an organiser unless by the person."""
    return Naming(ADA, "ada@example.org", person, START + timedelta(hours=hour), name, language)


NAMINGS = [
    naming(1, "Ada", "en"),
    naming(2, "Ada L."),
    naming(3, None, "fi"),
    naming(0, "Countess Ada", person=True),
    naming(2, "Ada M."),
]


@pytest.mark.parametrize("order", list(permutations(NAMINGS)))
def test_the_order_never_matters(order: tuple[Naming, ...]) -> None:
    known = reduce(hear, [*order, *order], Recipient(ADA))
    assert known.called == "Countess Ada"
    assert known.language and known.language.value == "fi"


def test_the_newest_wins_among_equals_and_ties_by_what_is_said() -> None:
    assert hear(hear(None, naming(1, "Ada")), naming(2, "Ada L.")).called == "Ada L."
    one, other = naming(1, "Ada"), naming(1, "Bea")
    assert hear(hear(None, one), other) == hear(hear(None, other), one)


def test_what_is_older_than_a_forgetting_is_not_heard_and_what_is_newer_begins_anew() -> None:
    tombstone = Recipient(ADA, forgotten_at=START + timedelta(hours=2))
    assert hear(tombstone, naming(2, "Ada")) == tombstone
    again = hear(tombstone, naming(3, "Ada"))
    assert (again.called, again.address) == ("Ada", "ada@example.org")
    assert again.forgotten_at == tombstone.forgotten_at
