"""`city esco import`: the official skills, in as many languages as there are files."""

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from services.catalogue.esco import import_files
from services.catalogue.usecases.skills import Imported

from .place import City

Say = Callable[[str], None]


def read_files(city: City, files: Sequence[Path], language: str | None, say: Say) -> None:
    """Import the files, all or nothing, and say what changed. Raises the catalogue's NotEsco."""
    started = time.monotonic()
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        progress.add_task(f"importing {len(files)} files", total=None)
        url = city.addresses.database_url("catalogue")
        imported, read = asyncio.run(import_files(url, city.name, files, language))
    for name in read.passed_over:
        say(f"{name}: holds no skills, passed over")
    say(told(imported, time.monotonic() - started))


def told(done: Imported, seconds: float) -> str:
    """What an import did, in words."""
    changes = (
        f"{done.new_skills} skills and {done.new_labels} labels new, {done.changed_labels} labels changed"
    )
    languages = ", ".join(done.languages)
    return f"{done.skills} skills read in {languages}: {changes}; {seconds:.1f} s"
