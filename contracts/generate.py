"""Write what follows from the event classes: JSON Schemas, `asyncapi.yaml` and the event reference; and the
samples in the pages for integrators, from the files that are tested.

    python -m contracts.generate            write them
    python -m contracts.generate --check    only say what is out of date; exit 1 where anything is

A schema that is stored already is a promise. It is overwritten where only optional fields were added;
any other change is refused, because it needs a new version of the event beside the old one.
"""

import argparse
import json
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .generating.asyncapi import document
from .generating.compatibility import breaks
from .generating.forms import forms, schema
from .generating.reference import reference
from .generating.samples import with_samples

CONTRACTS = Path(__file__).parent
ROOT = CONTRACTS.parent
SCHEMAS = CONTRACTS / "schemas"
EXAMPLES = CONTRACTS / "examples"
COMMAND = "python -m contracts.generate"


def schemas() -> dict[Path, str]:
    """Every schema file and what it should hold."""
    return {
        SCHEMAS / f"{form.name}.json": json.dumps(schema(form), ensure_ascii=False, indent=2) + "\n"
        for form in forms()
    }


def documents() -> dict[Path, str]:
    """The AsyncAPI document, the event reference and the integrators' pages, and what they should hold."""
    import yaml  # a tool of developers, not installed with a service

    examples = {form.name: _read(EXAMPLES / f"{form.name}.json") for form in forms()}
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    asyncapi = yaml.safe_dump(document(version, examples), sort_keys=False, allow_unicode=True, width=110)
    folder = ROOT / "docs" / "integrators"
    made = {CONTRACTS / "asyncapi.yaml": asyncapi, folder / "events.md": reference(examples)}
    return made | {page: text for page, text in pages(folder).items() if page not in made}


def pages(folder: Path) -> dict[Path, str]:
    """The pages in a folder, with their samples as they are in the files that tests run."""
    return {
        page: with_samples(page.read_text("utf-8"), lambda name: (folder / name).read_text("utf-8"))
        for page in sorted(folder.glob("*.md"))
    }


def broken_promises(wanted: dict[Path, str]) -> Iterator[str]:
    """What readers of the stored schemas would lose if `wanted` were written over them."""
    for path in sorted(SCHEMAS.glob("*.json")):
        if path not in wanted:
            yield f"{path.name}: no event has this form any more, but it has readers; keep its class"
            continue
        for change in breaks(_read(path), json.loads(wanted[path])):
            yield f"{path.name}: {change}. Leave the event as it was and add a .v2 beside it"


def missing_examples() -> Iterator[str]:
    """The forms of which no example is stored."""
    for form in forms():
        if not (EXAMPLES / f"{form.name}.json").exists():
            yield f"contracts/examples/{form.name}.json: write one event there as it would really be sent"


def outdated(files: dict[Path, str]) -> list[Path]:
    """The files that do not hold what they should."""
    return [path for path, text in files.items() if not path.exists() or path.read_text("utf-8") != text]


def problems(wanted: dict[Path, str], write: bool) -> list[str]:
    """What keeps `wanted` from being what is stored; with `write`, all that differs is written first."""
    stale = outdated(wanted)
    for path in stale if write else ():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted[path], "utf-8")
    return [] if write else [f"{path.relative_to(ROOT)}: out of date; run `{COMMAND}`" for path in stale]


def main(arguments: list[str]) -> int:
    """Write or check everything; answers the exit status."""
    parser = argparse.ArgumentParser(prog=COMMAND, description="Schemas and documents of the events.")
    parser.add_argument("--check", action="store_true", help="write nothing, say what is out of date")
    write = not parser.parse_args(arguments).check
    wanted = schemas()
    found = list(broken_promises(wanted)) or problems(wanted, write) + list(missing_examples())
    if not found:
        found = problems(documents(), write)
    sys.stderr.writelines(f"{line}\n" for line in found)
    return 1 if found else 0


def _read(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
