"""Setting up: what `make` says for itself, and what it says where the system lacks something."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TARGETS = {
    *("help", "check", "test", "compare", "fuzz", "letters", "bench"),
    *("up", "demo", "schemas", "migration", "lock", "chaos"),
}
REAL = sys.executable


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """As much of the project as setting up looks at."""
    for name in ("deploy/venv.sh", "requirements/dev.lock", "Makefile"):
        place = tmp_path / "tree" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, place)
    return tmp_path / "tree"


def set_up(tree: Path, python: str) -> "subprocess.CompletedProcess[str]":
    """`deploy/venv.sh` where `python` is all there is: a shell script that stands for it."""
    programs = tree.parent / "bin"
    programs.mkdir(exist_ok=True)
    for name in ("sh", "cmp", "dirname", "cp", "chmod", "cat"):
        found = shutil.which(name)
        assert found is not None
        (programs / name).unlink(missing_ok=True)
        (programs / name).symlink_to(found)
    (programs / "python3").write_text(f"#!/bin/sh\n{python}\n")
    (programs / "python3").chmod(0o755)
    command = [str(programs / "sh"), "deploy/venv.sh"]
    return subprocess.run(
        command, cwd=tree, env={"PATH": str(programs)}, capture_output=True, text=True, check=False
    )


def test_an_old_python_is_named_and_the_remedy_said(tree: Path) -> None:
    done = set_up(tree, 'case "$1" in --version) echo Python 3.9.2;; *) exit 1;; esac')
    assert done.returncode == 2
    assert "Python 3.11 or newer is needed; this is Python 3.9.2." in done.stderr
    assert not (tree / ".venv").exists()


def test_a_python_without_venv_is_answered_with_the_one_line_that_installs_it(tree: Path) -> None:
    done = set_up(tree, f'case "$2" in *ensurepip*) exit 1;; *) exec {REAL} "$@";; esac')
    assert done.returncode == 2
    assert "  apt-get install python3-venv\n" in done.stderr
    assert not (tree / ".venv").exists()


def test_an_environment_made_from_this_lock_is_left_as_it_is(tree: Path) -> None:
    (tree / ".venv" / "bin").mkdir(parents=True)
    (tree / ".venv" / "bin" / "python").symlink_to(REAL)
    shutil.copy(tree / "requirements" / "dev.lock", tree / ".venv" / ".installed.lock")
    done = set_up(tree, "exit 1")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_changed_lock_makes_the_environment_anew(tree: Path) -> None:
    (tree / ".venv" / "bin").mkdir(parents=True)
    (tree / ".venv" / "bin" / "python").symlink_to(REAL)
    (tree / ".venv" / ".installed.lock").write_text("another")
    assert set_up(tree, "exit 1").returncode == 2


@pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")
def test_make_alone_says_what_there_is() -> None:
    said = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True, env=plain()).stdout
    lines = dict(re.findall(r"^  make (\w+) +(\S.*)$", said, re.MULTILINE))
    assert lines.keys() == TARGETS


def plain() -> dict[str, str]:
    """The environment without what an outer make has put there."""
    return {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}


def test_the_ci_runs_check_and_test_and_nothing_else() -> None:
    lines = (ROOT / ".ci" / "run").read_text().splitlines()
    commands = [line for line in lines if line and not line.startswith(("#", "set ", "cd "))]
    assert commands == ["make check", "make test"]


def test_locks_pin_by_hash_and_name_no_host() -> None:
    for lock in sorted((ROOT / "requirements").glob("*.lock")):
        text = lock.read_text()
        assert "://" not in text, lock
        pinned = re.findall(r"^[A-Za-z0-9._-]+==", text, re.MULTILINE)
        assert 0 < len(pinned) <= text.count("--hash=sha256:"), lock


def test_the_services_locks_agree_with_the_developers_lock() -> None:
    def pins(name: str) -> dict[str, str]:
        text = (ROOT / "requirements" / name).read_text()
        return dict(re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)", text, re.MULTILINE))

    everything = pins("dev.lock")
    for lock in sorted((ROOT / "requirements").glob("*.lock")):
        assert pins(lock.name).items() <= everything.items(), lock
