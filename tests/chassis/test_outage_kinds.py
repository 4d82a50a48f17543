"""What counts as an outage of the database, by what a real one answers."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import InternalError

from services.chassis.database import Database, is_outage, state_of

# 53100 disk full, 53200 no memory, 53300 too many connections, 57P03 starting up, 58030 input/output error
OUTAGES = ("08006", "53100", "53200", "53300", "57P03", "58030")
FAULTS = ("22012", "23505", "42P01", "57014", "XX000")


async def raised(database: Database, state: str) -> BaseException:
    """What a statement that ends in this state raises."""
    with pytest.raises(Exception) as caught:
        async with database.transaction() as session:
            await session.execute(text(f"DO $$ BEGIN RAISE 'no' USING ERRCODE = '{state}'; END $$"))
    return caught.value


async def raised_by_copy(database: Database, state: str) -> BaseException:
    """What COPY raises where a row ends in this state."""
    with pytest.raises(Exception) as caught:
        async with database.transaction() as session:
            await session.execute(text("CREATE TEMP TABLE copied (id int)"))
            await session.execute(
                text(f"""
                CREATE FUNCTION pg_temp.refuse() RETURNS trigger LANGUAGE plpgsql
                AS $$ BEGIN RAISE 'no' USING ERRCODE = '{state}'; END $$
            """)
            )
            await session.execute(
                text("CREATE TRIGGER refuse BEFORE INSERT ON copied EXECUTE FUNCTION pg_temp.refuse()")
            )
            connection = await (await session.connection()).get_raw_connection()
            await connection.driver_connection.copy_records_to_table("copied", records=[(1,)])  # type: ignore[union-attr]  # it is there
    return caught.value


@pytest.mark.parametrize("state", OUTAGES)
async def test_copying_into_a_database_that_cannot_work_is_an_outage(database: Database, state: str) -> None:
    assert is_outage(await raised_by_copy(database, state))


@pytest.mark.parametrize("state", FAULTS)
async def test_what_was_copied_wrongly_is_no_outage(database: Database, state: str) -> None:
    error = await raised_by_copy(database, state)
    assert not is_outage(error)
    assert state_of(error) == state


@pytest.mark.parametrize("state", OUTAGES)
async def test_a_database_that_cannot_work_is_an_outage(database: Database, state: str) -> None:
    assert is_outage(await raised(database, state))


@pytest.mark.parametrize("state", FAULTS)
async def test_what_a_statement_did_wrong_is_no_outage(database: Database, state: str) -> None:
    assert not is_outage(await raised(database, state))


def test_a_connection_that_was_just_given_notice_is_an_outage() -> None:
    cause = Exception("cannot switch to state 15; another operation (2) is in progress")
    assert is_outage(InternalError("SELECT 1", None, cause))
