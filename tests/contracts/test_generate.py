"""The generator writes what may be written and refuses to break what was promised."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from contracts import generate

AWARDED = "col.badges.badge.awarded.v1"


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of what is generated, for the generator to work on."""
    folder = tmp_path / "contracts"
    for name in ("schemas", "examples"):
        shutil.copytree(generate.CONTRACTS / name, folder / name)
    shutil.copy(generate.CONTRACTS / "asyncapi.yaml", folder)
    shutil.copytree(generate.ROOT / "docs" / "integrators", tmp_path / "docs" / "integrators")
    shutil.copy(generate.ROOT / "pyproject.toml", tmp_path)
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    monkeypatch.setattr(generate, "CONTRACTS", folder)
    monkeypatch.setattr(generate, "SCHEMAS", folder / "schemas")
    monkeypatch.setattr(generate, "EXAMPLES", folder / "examples")
    return folder


def edit(path: Path, **fields: Any) -> None:
    """Change the stored schema's data fields."""
    schema = json.loads(path.read_text("utf-8"))
    schema["properties"]["data"]["properties"] |= fields
    path.write_text(json.dumps(schema), "utf-8")


def contents(folder: Path) -> dict[str, str]:
    """Every file below the folder."""
    return {
        str(path.relative_to(folder)): path.read_text("utf-8") for path in folder.rglob("*") if path.is_file()
    }


def test_everything_in_the_repository_is_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert generate.main(["--check"]) == 0, capsys.readouterr().err


def test_checking_names_what_is_out_of_date_and_writes_nothing(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (copy / "schemas" / f"{AWARDED}.json").unlink()
    before = contents(copy)
    assert generate.main(["--check"]) == 1
    assert (
        f"schemas/{AWARDED}.json: out of date; run `python -m contracts.generate`" in capsys.readouterr().err
    )
    assert contents(copy) == before


@pytest.mark.parametrize("name", ["contracts/asyncapi.yaml", "docs/integrators/events.md"])
def test_documents_are_checked_too(name: str, copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (copy.parent / name).write_text("old", "utf-8")
    assert generate.main(["--check"]) == 1
    assert name in capsys.readouterr().err


def test_writing_brings_everything_up_to_date(copy: Path) -> None:
    shutil.rmtree(copy / "schemas")
    (copy / "asyncapi.yaml").unlink()
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0


def test_an_incompatible_change_is_refused_and_nothing_is_written(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(copy / "schemas" / f"{AWARDED}.json", promised={"type": "string"})
    (copy / "asyncapi.yaml").write_text("old", "utf-8")
    before = contents(copy)
    assert generate.main([]) == 1
    told = capsys.readouterr().err
    assert "data.promised is gone" in told
    assert ".v2" in told
    assert contents(copy) == before


def test_a_form_that_is_gone_is_refused(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (copy / "schemas" / "col.badges.badge.gilded.v1.json").write_text("{}", "utf-8")
    assert generate.main([]) == 1
    assert "badge.gilded.v1.json: no event has this form any more" in capsys.readouterr().err


def test_a_new_event_is_told_to_bring_an_example(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (copy / "schemas" / f"{AWARDED}.json").unlink()
    (copy / "examples" / f"{AWARDED}.json").unlink()
    assert generate.main([]) == 1
    assert f"examples/{AWARDED}.json: write one event" in capsys.readouterr().err
    assert (copy / "schemas" / f"{AWARDED}.json").exists(), "the form to write the example in"
