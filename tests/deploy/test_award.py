"""`city award FILE`, against a city that runs."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from deploy.cli import app
from deploy.commands import place
from deploy.commands.token import Mint
from deploy.onemachine import child

ROOT = Path(__file__).parents[2]
BOSS = "boss@example.org"


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The data directory of a city that runs."""
    directory = tmp_path_factory.mktemp("award") / "city"
    log = directory.with_suffix(".log")
    url = f"http://localhost:{child.free_port()}"
    command = [sys.executable, "-m", "deploy.cli", "up", "-d", str(directory), "--public-url", url]
    with log.open("w") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, stderr=output, env=os.environ | {"OPERATOR_ADDRESSES": BOSS}
        )
    child.wait_until(lambda: "is healthy" in log.read_text() or process.poll() is not None, 90, "city up")
    assert process.poll() is None, log.read_text()
    yield directory
    process.terminate()
    process.wait(30)


@pytest.fixture(scope="module")
def badge(directory: Path) -> str:
    """Id of an achievement of a verified organisation."""
    city = place.find(directory)
    headers = {"Authorization": f"Bearer {Mint(city).token(BOSS, operator=True)}"}
    with httpx.Client(base_url=city.public_url, headers=headers, timeout=30, trust_env=False) as http:
        told = {"name": "Festival", "owner": BOSS, "description": "Makes it.", "language": "en"}
        organisation = http.post("/organisations", json=told).json()["id"]
        http.post(f"/organisations/{organisation}/verify").raise_for_status()
        made = {"name": "Helper", "description": "Helped.", "criteria": "Help.", "language": "en"}
        made["organisation"] = organisation
        answers: list[httpx.Response] = []

        def known() -> bool:
            answers.append(http.post("/achievements", json=made))
            return answers[-1].status_code == 201

        child.wait_until(known, 30, "the organisation at badges")
        return str(answers[-1].json()["id"])


def _award(directory: Path, badge: str, file: Path, *more: str, answer: str = "") -> tuple[int, str]:
    done = CliRunner().invoke(
        app, ["award", str(file), "-a", badge, "--as", BOSS, "-d", str(directory), *more], input=answer
    )
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


def test_a_list_is_shown_asked_about_and_awarded(directory: Path, badge: str, tmp_path: Path) -> None:
    people, fix = tmp_path / "people.csv", tmp_path / "fix.csv"
    people.write_text("address;name\n" + "".join(f"p{n}@example.org;P\n" for n in range(40)) + "nobody;N\n")
    status, said = _award(directory, badge, people, "--fix", str(fix), answer="n\n")
    assert status == 1
    assert "award 40 people?" in said
    assert "line 42: bad_address" in said
    assert "nobody" in fix.read_text()
    assert "p1@" not in fix.read_text()
    status, said = _award(directory, badge, people, "--yes")
    assert status == 1, "one row is at fault"
    assert "done" in said
    people.write_text(people.read_text().replace("nobody", "somebody@example.org"))
    status, said = _award(directory, badge, people, "--yes")
    assert status == 0, said
    assert "already" in said


def test_a_file_that_cannot_be_read_is_refused_in_words(directory: Path, badge: str, tmp_path: Path) -> None:
    for name, content, wanted in (
        ("people.txt", "a", "ends in .csv"),
        ("people.csv", "name\nAnna\n", "no column is named address"),
    ):
        file = tmp_path / name
        file.write_text(content)
        done = subprocess.run(
            [sys.executable, "-m", "deploy.cli", "award", str(file), "-a", badge, "-d", str(directory)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1
        assert wanted in done.stderr
