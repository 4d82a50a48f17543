"""What several commands of `city` are called with, and how they speak to the operator."""

import sys
from pathlib import Path
from typing import Annotated

import typer


def a_city(name: str) -> str:
    """Refuse what cannot be a city's name."""
    from contracts.subjects import check_city

    try:
        return check_city(name)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def an_origin(url: str) -> str:
    """Refuse what is no origin: a city's address has no path."""
    if not url.startswith(("http://", "https://")) or url.count("/") != 2:
        raise typer.BadParameter(f"{url!r}: give an origin without a path, e.g. https://learn.example.org")
    return url


Directory = Annotated[
    Path, typer.Option("--directory", "-d", envvar="CITY_DIRECTORY", help="where the city keeps its data")
]
Name = Annotated[
    str,
    typer.Option("--city", envvar="CITY", callback=a_city, help="lower-case letters, digits, hyphens"),
]
PublicUrl = Annotated[
    str,
    typer.Option(
        envvar="PUBLIC_URL",
        callback=an_origin,
        help="origin of the city; fixed once a badge has been published",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON, for a program to read")]
HERE = Path(".city")
LOCAL_URL = "http://localhost:8080"


def say(line: str) -> None:
    """Tell the operator how far things are; results go to standard output, this does not."""
    print(line, file=sys.stderr, flush=True)
