"""One database and one role per service, and what each role cannot do."""

from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from deploy.databases import DatabaseRefused, connected, prepare
from deploy.onemachine.testbed import RunningPostgres

Urls = dict[str, str]


def urls_on(postgres: RunningPostgres) -> Urls:
    """URLs of a catalogue and a badges that nobody has made yet."""
    mark = uuid4().hex[:8]
    return {
        service: postgres.url(f"{service}_{mark}", f"{service}-{mark}", f"it's a %s \\ password {mark}")
        for service in ("catalogue", "badges")
    }


@pytest.fixture
async def urls(postgres: RunningPostgres) -> AsyncIterator[Urls]:
    made = urls_on(postgres)
    await prepare(postgres.admin_url, made, lambda _: None)
    yield made


async def test_everything_is_made_once_and_said(postgres: RunningPostgres) -> None:
    urls, said = urls_on(postgres), list[str]()
    await prepare(postgres.admin_url, urls, said.append)
    assert len(said) == 7 and sum("extension" in line for line in said) == 3
    await prepare(postgres.admin_url, urls, said.append)
    assert len(said) == 7


async def test_a_role_owns_its_own_database_and_may_not_enter_another(urls: Urls) -> None:
    async with connected(urls["catalogue"]) as catalogue:
        await catalogue.execute("CREATE TABLE mine (id int)")
        rights = await catalogue.fetchrow(
            "SELECT rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls"
            " FROM pg_roles WHERE rolname = current_user"
        )
        assert rights is not None and not any(rights.values())
    foreign = make_url(urls["badges"]).set(database=make_url(urls["catalogue"]).database)
    with pytest.raises(DatabaseRefused, match="permission denied"):
        async with connected(foreign.render_as_string(hide_password=False)):
            pass


async def test_only_the_catalogue_gets_the_extensions_and_sorts_by_code_point(urls: Urls) -> None:
    for service, wanted in (("catalogue", {"pg_trgm", "unaccent", "cube"}), ("badges", set[str]())):
        async with connected(urls[service]) as connection:
            found = {row[0] for row in await connection.fetch("SELECT extname FROM pg_extension")}
            assert found - {"plpgsql"} == wanted
            assert await connection.fetchval("SELECT 'Z' < 'a'")


async def test_a_new_password_in_the_url_is_set(postgres: RunningPostgres, urls: Urls) -> None:
    changed = make_url(urls["badges"]).set(password="another one").render_as_string(hide_password=False)
    await prepare(postgres.admin_url, {"badges": changed}, lambda _: None)
    async with connected(changed):
        pass
    with pytest.raises(DatabaseRefused, match="check the password"):
        async with connected(urls["badges"]):
            pass


async def test_an_admin_who_is_no_superuser_will_do(postgres: RunningPostgres) -> None:
    name = f"admin_{uuid4().hex[:8]}"
    async with connected(postgres.admin_url) as superuser:
        await superuser.execute(f"CREATE ROLE {name} LOGIN CREATEDB CREATEROLE PASSWORD 'x'")
    urls = urls_on(postgres)
    await prepare(postgres.url("postgres", name, "x"), urls, lambda _: None)
    async with connected(urls["catalogue"]) as catalogue:
        await catalogue.execute("CREATE TABLE mine (id int)")


async def test_a_superuser_and_a_database_of_somebody_else_are_refused(postgres: RunningPostgres) -> None:
    with pytest.raises(DatabaseRefused, match="is a superuser"):
        await prepare(postgres.admin_url, {"badges": postgres.url("x", "postgres", "x")}, lambda _: None)
    role = f"role_{uuid4().hex[:8]}"
    with pytest.raises(DatabaseRefused, match=r"belongs to postgres.*drop it"):
        await prepare(postgres.admin_url, {"badges": postgres.url("postgres", role, "x")}, lambda _: None)


async def test_a_server_that_is_not_there_is_named_without_its_password() -> None:
    with pytest.raises(DatabaseRefused, match=r"127\.0\.0\.1:1, .*start it") as refusal:
        await prepare("postgresql://admin:hidden@127.0.0.1:1/postgres", {}, lambda _: None)
    assert "hidden" not in str(refusal.value)
    assert isinstance(refusal.value.__cause__, OSError | asyncpg.PostgresError)
