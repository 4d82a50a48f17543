"""`city keys ...` and `city reissue`: the keys that badges are signed with, and signing anew."""

from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from .cli_options import HERE, AsJson, Directory, say

keys = typer.Typer(help="Keys that organisations sign badges with.", no_args_is_help=True)
KeyFile = Annotated[
    Path | None,
    typer.Option(
        "--kek", help="file with the key-encryption key; else KEY_ENCRYPTION_KEY, or the city's own"
    ),
]


@keys.command("list")
def list_keys(
    organisation: Annotated[UUID | None, typer.Argument(help="id; all if left out")] = None,
    directory: Directory = HERE,
    as_json: AsJson = False,
) -> None:
    """List keys: whose, what for, whether in use, replaced or compromised."""
    from .commands import keys as command
    from .commands.place import find

    command.show(command.Office(find(directory)), organisation, as_json)


@keys.command("rotate")
def rotate_keys(
    organisation: Annotated[UUID | None, typer.Argument(help="id of the organisation")] = None,
    everybody: Annotated[bool, typer.Option("--all", help="every organisation's")] = False,
    directory: Directory = HERE,
    kek: KeyFile = None,
) -> None:
    """Replace an organisation's keys by new ones; badges signed with the old ones go on verifying."""
    from .commands import keys as command
    from .commands.place import find

    if not command.is_one([organisation, everybody]):
        raise typer.BadParameter("name an organisation, or --all")
    command.rotate(command.Office(find(directory), kek), organisation, say)


@keys.command("compromise")
def compromise_key(
    key: Annotated[str | None, typer.Argument(help="name of the key, as `city keys list` shows it")] = None,
    organisation: Annotated[UUID | None, typer.Option(help="all that it signs with; its id")] = None,
    everybody: Annotated[bool, typer.Option("--all", help="all that any organisation signs with")] = False,
    directory: Directory = HERE,
    kek: KeyFile = None,
) -> None:
    """Give up keys that somebody else may have: what they signed verifies no longer until issued anew."""
    from .commands import keys as command
    from .commands.place import find

    if not command.is_one([key, organisation, everybody]):
        raise typer.BadParameter("name a key, or give --organisation or --all")
    office = command.Office(find(directory), kek)
    if key is not None:
        command.compromise(office, key, say)
    else:
        command.compromise_all(office, organisation, say)


@keys.command("export")
def export_keys(
    organisation: Annotated[UUID | None, typer.Argument(help="id of the organisation")] = None,
    everybody: Annotated[bool, typer.Option("--all", help="every organisation's, by its id")] = False,
    directory: Directory = HERE,
    sealed: Annotated[bool, typer.Option("--sealed", help="with the private keys, still sealed")] = False,
) -> None:
    """Print an organisation's public keys, DID document and their whole history as JSON."""
    from .commands import keys as command
    from .commands.place import find

    if not command.is_one([organisation, everybody]):
        raise typer.BadParameter("name an organisation, or --all")
    command.export(command.Office(find(directory)), organisation, sealed)


@keys.command("rewrap")
def rewrap_keys(
    new: Annotated[
        Path | None,
        typer.Option(help="file with the new key-encryption key; else NEW_KEY_ENCRYPTION_KEY", exists=True),
    ] = None,
    old: Annotated[
        Path | None,
        typer.Option(help="file with the one in use; else KEY_ENCRYPTION_KEY, or the city's", exists=True),
    ] = None,
    directory: Directory = HERE,
) -> None:
    """Seal all private keys under a new key-encryption key; badges then needs that one.

    Either key may come from a file or from the environment. Stopped halfway, it has changed nothing.
    """
    from .commands import keys as command
    from .commands.place import find

    command.rewrap(command.Office(find(directory), old), new, say)


def reissue(
    key: Annotated[str | None, typer.Option(help="all that this key signed")] = None,
    award: Annotated[UUID | None, typer.Option(help="one award's badge")] = None,
    organisation: Annotated[UUID | None, typer.Option(help="all that this organisation signed")] = None,
    compromised: Annotated[bool, typer.Option("--compromised", help="all that given-up keys signed")] = False,
    directory: Directory = HERE,
    wait: Annotated[bool, typer.Option(help="until all are issued")] = True,
) -> None:
    """Sign badges and endorsements anew with the present keys; their addresses stay. Safe to repeat.

    Badges that carry an endorsement follow it. Status lists are signed anew when a key is given up.
    """
    from services.badges.storage.reissues import Wanted

    from .commands import keys as command
    from .commands.place import find

    if not command.is_one([key, award, organisation, compromised]):
        raise typer.BadParameter("give one of --key, --award, --organisation and --compromised")
    wanted = Wanted(key, award, organisation, compromised)
    command.reissue(command.Office(find(directory)), wanted, wait, say)
