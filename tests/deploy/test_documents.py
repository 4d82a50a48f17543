"""The image of notify holds what it shows at /developers. Built as far as files go, without a container."""

import fnmatch
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "deploy/Dockerfile").read_text()
SHOW = """
from services.notify import documents, developer_pages as pages
assert documents.names() == list(documents.ORDER), documents.names()
shown = [pages.shown(name, "https://city.test") for name in documents.names()]
assert documents.ASYNCAPI.is_file() and list(documents.SCHEMAS.glob("*.json"))
assert list(documents.SAMPLES.iterdir())
assert pages.STYLE.is_file() and documents.ROOT.samefile(".")
"""


def code(image: str, into: Path) -> None:
    """What the stage `code` of the Dockerfile makes of the tree for this image."""
    stage = DOCKERFILE.partition(" AS code\n")[2].partition("\nFROM ")[0]
    for line in stage.splitlines():
        if line.startswith("COPY "):
            for source in line.split()[1:-1]:
                copy(source, into)
    command = stage.partition("\nRUN ")[2].partition("&& python -m compileall")[0].rstrip().rstrip("\\")
    environment = {"PATH": os.environ["PATH"], "SERVICE": image}
    subprocess.run(["sh", "-euc", command], cwd=into, env=environment, check=True)


def copy(source: str, into: Path) -> None:
    """What of a folder or file reaches the builder."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    ignored = [line for line in lines if line[0] not in "#!*" or line.startswith("**")]
    if (ROOT / source).is_file():
        shutil.copy(ROOT / source, into)
        return
    for path in filter(Path.is_file, (ROOT / source).rglob("*")):
        inside = path.relative_to(ROOT).as_posix()
        if not any(fnmatch.fnmatch(f"./{inside}", f"*/{one.replace('**/', '*')}") for one in ignored):
            (into / inside).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, into / inside)


@pytest.mark.parametrize("image", ["notify", "city"])
def test_documents_are_in_the_image_that_shows_them(tmp_path: Path, image: str) -> None:
    code(image, tmp_path)
    subprocess.run([sys.executable, "-c", SHOW], cwd=tmp_path, check=True)


def test_other_images_do_without(tmp_path: Path) -> None:
    code("badges", tmp_path)
    assert not (tmp_path / "docs").exists()
    assert (tmp_path / "services/badges/app.py").is_file()
