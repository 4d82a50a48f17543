"""What is known of a recipient: whose word counts, whatever came first."""

from datetime import timedelta
from itertools import permutations
from uuid import uuid4

import pytest
from sqlalchemy import text

from contracts.catalogue import RecipientNamed
from tests.badges.service.town import BEFORE, LEARNER, Facts, Town

_LATER = BEFORE + timedelta(days=1)
ORGANISER = Facts().named
NEWER = ORGANISER.model_copy(update={"language": "nl", "at": _LATER})
PERSON = ORGANISER.model_copy(update={"language": "en", "said_by": "person"})
NEWER_PERSON = PERSON.model_copy(update={"language": "lt", "at": _LATER})
SAME_MOMENT = PERSON.model_copy(update={"language": "fi"})


@pytest.mark.parametrize(
    ("statements", "language"),
    [
        ([ORGANISER, NEWER], "nl"),
        ([ORGANISER, PERSON, NEWER], "en"),
        ([ORGANISER, PERSON, NEWER_PERSON], "lt"),
        ([PERSON, SAME_MOMENT, NEWER], "fi"),
    ],
)
async def test_the_persons_word_counts_first_then_the_newest(
    town: Town, statements: list[RecipientNamed], language: str
) -> None:
    for order in permutations(statements):
        recipient = uuid4()
        for each in (*order, *order):
            await town.hear(each.model_copy(update={"recipient": recipient}))
        async with town.database.engine.connect() as connection:
            row = await connection.execute(
                text("SELECT language FROM recipient WHERE id = :id"), {"id": recipient}
            )
            assert row.scalar() == language


async def test_of_two_statements_in_one_batch_the_same_one_counts(town: Town) -> None:
    await town.hear(NEWER, ORGANISER, PERSON)
    async with town.database.engine.connect() as connection:
        row = await connection.execute(text("SELECT language FROM recipient WHERE id = :id"), {"id": LEARNER})
        assert row.scalar() == "en"
