"""`city`, the operator's command. What each command does is in `commands`; here is how it is called.

Exit status: 0 done, 1 something is wrong (the message says what helps), 2 called wrongly.
"""

import asyncio
import sys
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from .cli_keys import keys, reissue
from .cli_letters import letters
from .cli_options import HERE, LOCAL_URL, AsJson, Directory, Name, PublicUrl, say

OPERATOR = "operator@localhost.localdomain"

app = typer.Typer(
    name="city",
    help="Run a city of learning on this machine, and look after one anywhere.",
    epilog="A city that runs from --directory is found by itself; for one elsewhere set CITY, PUBLIC_URL, "
    "DATABASE_ADMIN_URL and NATS_URL. deploy/city.env.example explains every setting.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
esco = typer.Typer(help="Skills of the European classification ESCO.", no_args_is_help=True)
dead_letters = typer.Typer(help="Events that could not be handled and need a person.", no_args_is_help=True)
journal = typer.Typer(help="The record of every event a service has sent.", no_args_is_help=True)
app.add_typer(esco, name="esco")
app.add_typer(dead_letters, name="dead-letters")
app.add_typer(journal, name="journal")
app.add_typer(keys, name="keys")
app.add_typer(letters, name="letters")
app.command()(reissue)


@app.command()
def up(directory: Directory = HERE, city: Name = "city", public_url: PublicUrl = LOCAL_URL) -> None:
    """Run a whole city on this machine until Ctrl-C; it goes on from where it stopped.

    Starts PostgreSQL, NATS, the mail sink, the services and Caddy, and starts again whatever falls.
    """
    from .commands import up as command

    with suppress(KeyboardInterrupt), command.running(directory, city, public_url, say) as running:
        say("Ctrl-C stops it")
        running.watch()


@app.command()
def bootstrap(directory: Directory = HERE) -> None:
    """Make what a city lacks: databases, roles, tables, stream, consumers, skills. Safe to repeat."""
    from . import bootstrap as work
    from .commands.place import find

    city = find(directory)
    asyncio.run(work.bootstrap(work.Plan(city.name, city.public_url, city.addresses), say))
    say(f"{city.name} has everything it needs")


@app.command()
def doctor(directory: Directory = HERE, public_url: PublicUrl = LOCAL_URL, as_json: AsJson = False) -> None:
    """Check this machine and the city, each line with what helps; exit status 1 if anything fails."""
    from .commands import doctor as command

    if not command.examine(directory, public_url, as_json):
        raise typer.Exit(1)


@app.command()
def show(directory: Directory = HERE, as_json: AsJson = False) -> None:
    """Show a city at a glance: addresses, processes, and how much of everything it has."""
    from .commands import show as command
    from .commands.place import find

    command.show(find(directory), as_json)


@app.command()
def top(
    directory: Directory = HERE,
    once: Annotated[bool, typer.Option("--once", help="print a single time")] = False,
    seconds: Annotated[float, typer.Option(help="seconds between two looks", min=0.2, max=60)] = 2,
) -> None:
    """Watch a running city: services, awards, events, letters, deliveries and bulk awards, until Ctrl-C."""
    from .commands import top as command
    from .commands.place import find

    command.watch(find(directory), once, seconds)


@app.command()
def queue(directory: Directory = HERE, as_json: AsJson = False) -> None:
    """Say what waits where, for how long, and what to do about each."""
    from .commands import queued as command
    from .commands.place import find

    command.write_out(find(directory), as_json)


@app.command()
def token(
    address: Annotated[str, typer.Argument(help="e-mail address of the operator or learner")],
    directory: Directory = HERE,
    operator: Annotated[bool, typer.Option("--operator", help="may do what operators may")] = False,
) -> None:
    """Print an access token, good for ten minutes, made with the city's own key.

    Example: curl -H "Authorization: Bearer $(city token me@example.org --operator)" ...
    """
    from .commands.place import find
    from .commands.token import Mint

    print(Mint(find(directory)).token(address, operator=operator))


@app.command()
def award(
    file: Annotated[Path, typer.Argument(help="list of people: .csv, .json or .ndjson", exists=True)],
    achievement: Annotated[UUID, typer.Option("--achievement", "-a", help="id of what is awarded")],
    occasion: Annotated[str | None, typer.Option(help="what it is for; nobody is awarded twice")] = None,
    actor: Annotated[str, typer.Option("--as", help="operator's address, noted with the awards")] = OPERATOR,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="do not ask")] = False,
    fix: Annotated[Path | None, typer.Option(help="write the rows at fault here, as CSV to mend")] = None,
    directory: Directory = HERE,
) -> None:
    """Award a badge to everybody on a list: every row is looked at first, then it asks, then shows progress.

    A CSV's first line names its columns: address, name, language, date, expiry, evidence_url, evidence, note.
    Leaving with Ctrl-C does not stop the job. Exit status 1 where anything on the list is at fault.
    """
    from .commands import award as command
    from .commands.place import find

    order = command.Order(file, achievement, occasion, actor)
    agreed = (lambda _: True) if yes else typer.confirm
    if not command.award(find(directory), order, agreed, fix):
        raise typer.Exit(1)


@esco.command("import")
def import_esco(
    files: Annotated[list[Path], typer.Argument(help="official CSV files or their zip", exists=True)],
    directory: Directory = HERE,
    language: Annotated[str | None, typer.Option(help="of files whose names do not say it")] = None,
) -> None:
    """Read ESCO skills from the official files; languages are merged, a second time changes nothing."""
    from .commands import skills
    from .commands.place import find

    skills.read_files(find(directory), files, language, say)


@dead_letters.command("list")
def list_dead_letters(directory: Directory = HERE, as_json: AsJson = False) -> None:
    """List events that were given up, or have waited for a day, with the reason."""
    from .commands import events
    from .commands.place import find

    letters = asyncio.run(events.dead_letters(find(directory).database_urls()))
    events.write_out(letters, as_json)


@dead_letters.command("retry")
def retry_dead_letters(
    event: Annotated[UUID | None, typer.Argument(help="id of one event; all if left out")] = None,
    directory: Directory = HERE,
) -> None:
    """Have dead letters handled again, once the cause is gone."""
    from .commands import events
    from .commands.place import find

    tried = asyncio.run(events.retry(find(directory).database_urls(), event))
    say(f"{tried} will be handled again; `city dead-letters list` shows what fails once more")


@journal.command("republish")
def republish_journal(
    directory: Directory = HERE,
    since: Annotated[datetime | None, typer.Option(help="only what was recorded since then, UTC")] = None,
) -> None:
    """Send recorded events again, e.g. after NATS has lost its disk; nobody handles one twice."""
    from .commands import events
    from .commands.place import find

    counts = asyncio.run(events.republish(find(directory), since))
    say(
        f"{sum(counts.values())} events leave again: {', '.join(f'{name} {n}' for name, n in counts.items())}"
    )


@app.command()
def verify(
    badge: Annotated[str, typer.Argument(help="a file (PNG, SVG, JSON, JWT), or an https address")],
    trust: Annotated[
        Path | None, typer.Option(help="folder of trusted issuers' documents; then nothing is fetched")
    ] = None,
    address: Annotated[str | None, typer.Option(help="whether it was awarded to this address")] = None,
    as_json: AsJson = False,
) -> None:
    """Verify anybody's badge, line by line; exit status 1 unless it is valid.

    A trust store holds did.json files, issuers' profiles, keys and status lists (*.json), and the ids of
    further issuers in issuers.txt, one a line. Without one, what the badge names is looked up online.
    """
    from .commands import verify as command

    if not command.verify(badge, trust, address, as_json):
        raise typer.Exit(1)


@app.command()
def demo(
    directory: Annotated[Path, typer.Option("--directory", "-d", help="data of the demo city")] = HERE
    / "demo",
    public_url: PublicUrl = LOCAL_URL,
    once: Annotated[bool, typer.Option("--once", help="stop by itself, with one JSON object last")] = False,
) -> None:
    """Run the demo city from nothing: its activities, learners, badges, playlists and letters.

    What an earlier demo left in the directory is deleted first; a city that `city up` runs is not touched.
    """
    from .demo import run

    if not run.demo(directory, public_url, once, say):
        raise typer.Exit(1)


def main() -> None:
    """The command. What an operator can put right is told in a sentence, without a stack trace."""
    from .commands.refusals import in_words

    try:
        app()
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        words = in_words(error)
        if words is None:
            raise
        say(f"city: {words}")
        sys.exit(1)


if __name__ == "__main__":
    main()
