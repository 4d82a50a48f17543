"""The demo: a city from nothing, its main job done over the public API, and everything counted afterwards."""

import asyncio
import json
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Thread

from ..commands import place, up
from ..onemachine import state
from .figures import Figures
from .steps import OPERATOR
from .story import tell

CITY = "helsinki"
SETTINGS = {
    "CITY_TITLE": "Helsinki (demo)",
    "TIME_ZONE": "Europe/Helsinki",
    "OPERATOR_ADDRESSES": OPERATOR,
}
MARK = "demo"  # a file that says: this directory was made by a demo, and may be deleted by one
Say = Callable[[str], None]


class NotADemo(Exception):
    """The directory holds something that no demo made; the message says what to do."""


def demo(directory: Path, public_url: str, once: bool, say: Say) -> bool:
    """Run the demo city; True where everything came out as it must. Stays up until Ctrl-C unless `once`."""
    started = time.monotonic()
    clear(directory)
    with up.running(directory, CITY, public_url, say, SETTINGS) as city:
        work = Work(directory, say)
        city.watch(lambda: not work.is_alive())
        figures = work.result(time.monotonic() - started)
        for problem in figures.problems:
            say(f"WRONG: {problem}")
        if not once:
            invite(figures, public_url, say)
            with suppress(KeyboardInterrupt):
                city.watch()
    if once:
        print(json.dumps(figures.shown()), flush=True)
    return not figures.problems


def clear(directory: Path) -> None:
    """Delete what an earlier demo left. Raises NotADemo, AlreadyRunning."""
    if directory.exists() and any(directory.iterdir()):
        if not (directory / MARK).exists():
            raise NotADemo(f"{directory} was not made by a demo: choose another directory with --directory")
        with state.lock(directory):
            for path in directory.iterdir():
                if path.name not in (MARK, "lock"):
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
    directory.mkdir(mode=0o711, parents=True, exist_ok=True)
    (directory / MARK).touch()


class Work(Thread):
    """The story, told beside the supervisor, which needs the main thread."""

    def __init__(self, directory: Path, say: Say) -> None:
        super().__init__(daemon=True, name="demo")
        self._directory, self._say = directory, say
        self._figures: Figures | None = None
        self._error: BaseException | None = None
        self.start()

    def run(self) -> None:
        """Tell the story."""
        try:
            self._figures = asyncio.run(tell(place.find(self._directory), self._say))
        except BaseException as error:  # raised again by `result`, in the main thread
            self._error = error

    def result(self, seconds: float) -> Figures:
        """What the story came to, after so many seconds in all."""
        if self._error:
            raise self._error
        assert self._figures
        self._figures.seconds = round(seconds, 1)
        return self._figures


def invite(figures: Figures, public_url: str, say: Say) -> None:
    """What there is to look at."""
    say("")
    say(f"done after {figures.seconds} s; it stays up until Ctrl-C. Have a look:")
    for what, path in figures.sights.items():
        say(f"  {what:<32}{public_url}{path}")
