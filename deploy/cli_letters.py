"""`city letters ...`: what mail servers hand to the city."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from .cli_options import HERE, Directory

letters = typer.Typer(help="Letters that the city sends.", no_args_is_help=True)


@letters.command("bounce")
def take_in_bounce(
    mail: Annotated[
        Path | None, typer.Argument(help="file with the mail; standard input if left out")
    ] = None,
    directory: Directory = HERE,
) -> None:
    """Hand in a bounce or complaint as it came by mail: `city letters bounce < mail`, say from an alias."""
    from .commands import bounces
    from .commands.place import find

    content = mail.read_bytes() if mail else sys.stdin.buffer.read(bounces.LONGEST)
    told = bounces.hand_in(find(directory), content)
    print(f"{told['letters']} of the city's letters came back, {told['others']} of others")
