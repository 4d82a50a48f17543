"""What the repository promises of itself: documents agree with commands, and locks name no hosts."""

import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from .source import ROOT

# In pieces, so that this file does not name them either.
_HOSTS = ("py" + "pi.org", "python" + "hosted", "npm" + "js.org", "deb.deb" + "ian")
REGISTRY_HOSTS = re.compile("|".join(re.escape(host) for host in _HOSTS))
UNFINISHED = re.compile(rf"\b({'TO' + 'DO'}|{'FIX' + 'ME'}|{'XX' + 'X'})\b")
NOT_OURS = {".git", ".venv", ".city", ".hypothesis", "__pycache__", "node_modules", "build"}
PROMISED_TARGETS = {"help", "check", "test", "bench", "up", "demo", "schemas", "migration"}
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
PARTS_OF_A_DECISION = ["Context", "Decision", "Consequences", "Alternatives", "Revisit when"]
ONE_SCREEN = 60  # lines


@cache
def texts() -> dict[str, str]:
    """Every text file of the project, by its path from the root."""
    found = {}
    for path in _files(ROOT):
        try:
            found[path.relative_to(ROOT).as_posix()] = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue  # a picture, a font
    return found


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name in NOT_OURS or path.name.endswith("_cache"):
            continue
        if path.is_dir():
            yield from _files(path)
        else:
            yield path


def prose() -> dict[str, str]:
    """The Markdown files."""
    return {name: text for name, text in texts().items() if name.endswith(".md")}


@cache
def targets() -> dict[str, str]:
    """The Makefile's targets, and what is said of each."""
    rules = re.findall(r"^([a-z][a-z-]*):(?:.*?## (.*))?", texts()["Makefile"], re.MULTILINE)
    return dict(rules)


def made_by(text: str) -> set[str]:
    """The targets that a text tells its reader to make."""
    return set(re.findall(r"(?:^|`)\s*make ([a-z]+)", text, re.MULTILINE))


def test_no_file_names_a_registry() -> None:
    named = {name: found for name, text in texts().items() if (found := REGISTRY_HOSTS.findall(text))}
    assert named == {}


@pytest.mark.parametrize("lock", sorted((ROOT / "requirements").glob("*.lock")), ids=lambda path: path.name)
def test_a_lock_pins_by_hash_and_names_no_host(lock: Path) -> None:
    text = lock.read_text("utf-8")
    assert "://" not in text
    assert "--index-url" not in text
    for requirement in re.split(r"\n(?=\S)", text.replace("\\\n", " ").strip()):
        if not requirement.startswith("#"):
            assert re.match(r"[\w.\[\],-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", requirement), requirement[:80]


def test_the_npm_lock_pins_by_hash_and_names_no_host() -> None:
    text = texts()["tests/interop/package-lock.json"]
    assert '"resolved"' not in text
    assert text.count('"integrity"') == len(re.findall(r'^    "node_modules/', text, re.MULTILINE))
    assert [name for name in texts() if name.endswith("package-lock.json")] == [
        "tests/interop/package-lock.json"
    ]


def test_the_locks_agree_with_each_other() -> None:
    pins: dict[str, set[str]] = {}
    for lock in (ROOT / "requirements").glob("*.lock"):
        for name, version in re.findall(
            r"^([\w.-]+)(?:\[.*\])?==([^ ;\\]+)", lock.read_text("utf-8"), re.MULTILINE
        ):
            pins.setdefault(name, set()).add(version)
    assert {name: versions for name, versions in pins.items() if len(versions) > 1} == {}


def test_the_makefile_offers_what_it_promises_and_says_so() -> None:
    assert targets().keys() >= PROMISED_TARGETS
    helped = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in PROMISED_TARGETS:
        assert re.search(rf"\b{name}\b.*\w{{3}}", helped), f"make {name} is not explained by make help"


@pytest.mark.parametrize("name", sorted(prose()))
def test_every_command_in_a_document_exists(name: str) -> None:
    assert made_by(texts()[name]) <= targets().keys()


def test_what_every_change_passes_is_in_the_readme() -> None:
    run = {line for line in texts()[".ci/run"].splitlines() if line.startswith("make ")}
    assert run == {"make check", "make test"}
    assert made_by(texts()["README.md"]) >= {"test"}
    assert made_by(texts()["CONTRIBUTING.md"]) >= {"check", "test"}


@pytest.mark.parametrize("name", sorted(prose()))
def test_every_link_in_a_document_leads_somewhere(name: str) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", texts()[name]):
        if "://" not in target and not target.startswith(("mailto:", "<")):
            assert (ROOT / name).parent.joinpath(target).exists(), f"{name} -> {target}"


def test_decisions_are_numbered_without_gaps() -> None:
    assert [path.name[:4] for path in DECISIONS] == [f"{n:04d}" for n in range(1, len(DECISIONS) + 1)]


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_says_why_and_when_to_think_again(path: Path) -> None:
    text = path.read_text("utf-8")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == PARTS_OF_A_DECISION
    assert text.startswith(f"# {int(path.name[:4])}. ")
    assert all(part.strip() for part in re.split(r"^## .+$", text, flags=re.MULTILINE))
    assert text.count("\n") <= ONE_SCREEN


def test_the_changelog_speaks_to_operators_and_integrators_apart() -> None:
    unreleased = re.split(r"^## ", texts()["CHANGELOG.md"], flags=re.MULTILINE)[1]
    assert unreleased.startswith("Unreleased")
    assert re.findall(r"^### (.+)$", unreleased, re.MULTILINE) == [
        "Operators",
        "Integrators",
        "Changed",
        "Fixed",
    ]


def test_the_licence_is_the_one_the_project_names() -> None:
    assert "Apache License" in texts()["LICENSE"]
    assert tomllib.loads(texts()["pyproject.toml"])["project"]["license"] == "Apache-2.0"


def test_the_notice_points_to_every_notice() -> None:
    notices = {name for name in texts() if name.endswith("/NOTICE")}
    assert set(re.findall(r"^\S+/NOTICE$", texts()["NOTICE"], re.MULTILINE)) == notices


def test_nothing_is_left_for_later() -> None:
    unfinished = {
        name
        for name, text in texts().items()
        if name.endswith((".py", ".md", ".sh", ".yml")) and UNFINISHED.search(text)
    }
    assert unfinished == set()
