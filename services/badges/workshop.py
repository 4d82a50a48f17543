"""Where signing and drawing happen: in processes of their own, so that requests are answered meanwhile."""

import asyncio
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from datetime import UTC, datetime
from multiprocessing.connection import wait
from typing import ParamSpec, TypeVar

from services.chassis.telemetry import span

from . import endorsing, making
from .domain.endorsement import ToSign, Word
from .domain.issue import Draft, Reissue, Signed, UnsignedList
from .domain.shown import Shown
from .settings import Settings

P = ParamSpec("P")
T = TypeVar("T")


class Workshop:
    """Signs and draws for one service; its processes start with the first piece of work."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._executor: Executor | None = None

    async def sign(self, drafts: Sequence[Draft]) -> list[Signed]:
        """See making.sign_credentials."""
        settings = self._settings
        return await self._do(
            making.sign_credentials, drafts, settings.public_url, settings.sealing_key, datetime.now(UTC)
        )

    async def sign_again(self, credentials: Sequence[Reissue]) -> list[Signed]:
        """See making.sign_again."""
        settings = self._settings
        return await self._do(
            making.sign_again, credentials, settings.public_url, settings.sealing_key, datetime.now(UTC)
        )

    async def sign_endorsements(self, endorsements: Sequence[ToSign]) -> list[Word | str]:
        """See endorsing.sign_endorsements."""
        settings = self._settings
        return await self._do(
            endorsing.sign_endorsements,
            endorsements,
            settings.public_url,
            settings.sealing_key,
            datetime.now(UTC),
        )

    async def sign_lists(self, lists: Sequence[UnsignedList]) -> list[bytes]:
        """See making.sign_lists."""
        return await self._do(making.sign_lists, lists, self._settings.sealing_key, datetime.now(UTC))

    async def draw(self, shown: Shown) -> bytes:
        """See making.draw_picture."""
        return await self._do(making.draw_picture, shown, self._settings.badge_colour)

    async def _do(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        if self._executor is None:
            self._executor = _executor(self._settings.workers)
        try:
            with span("workshop"):  # a worker has no part in traces itself
                return await asyncio.wrap_future(self._executor.submit(work, *args, **kwargs))
        except BrokenProcessPool:  # a worker was killed: the work is done anew by new ones
            self._executor = None
            raise


def _executor(workers: int) -> Executor:
    if workers == 0:
        return ThreadPoolExecutor(1, "workshop")
    context = multiprocessing.get_context("spawn")  # a fork would copy locks that other threads hold
    return ProcessPoolExecutor(workers, context, initializer=begin)


def begin() -> None:
    """In a worker: leave stopping to the service, and stop when it is gone, however it went."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_stop_with_parent, daemon=True).start()


def _stop_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
