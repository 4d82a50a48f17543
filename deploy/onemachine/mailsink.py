"""A mail server that sends nothing on: it keeps every letter and shows it on a page.

Run as `python -m deploy.onemachine.mailsink`. Settings:
    MAIL_SINK_SMTP   host:port where letters are taken in (default 127.0.0.1:8026)
    MAIL_SINK_WEB    host:port of the page (default 127.0.0.1:8025)
    MAIL_SINK_STORE  the file that keeps them (default .city/mail/letters.sqlite)
"""

import asyncio
import os
from functools import partial
from pathlib import Path
from typing import Any

import uvicorn
from aiosmtpd.smtp import SMTP

from .mailpage import create_app
from .mailstore import MailStore

LARGEST = 10_000_000  # bytes of one letter


class Sink:
    """What aiosmtpd calls with each message."""

    def __init__(self, store: MailStore) -> None:
        self._store = store

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - theirs
        """Keep the letter, then say so."""
        number = self._store.add(envelope.mail_from or "", envelope.rcpt_tos, envelope.original_content)
        return f"250 kept as letter {number}"


async def serve(store: MailStore, smtp: tuple[str, int], web: tuple[str, int]) -> None:
    """Take letters in and show them until SIGTERM or SIGINT."""
    protocol = partial(SMTP, Sink(store), data_size_limit=LARGEST, enable_SMTPUTF8=True, ident="mail sink")
    server = await asyncio.get_running_loop().create_server(protocol, *smtp)
    async with server:
        config = uvicorn.Config(
            create_app(store), host=web[0], port=web[1], log_level="warning", access_log=False, lifespan="off"
        )
        await uvicorn.Server(config).serve()


def address(setting: str, default: str) -> tuple[str, int]:
    """`host:port` from the environment; raises SystemExit naming the setting when it is something else."""
    host, _, port = os.environ.get(setting, default).rpartition(":")
    if not host or not port.isdigit():
        raise SystemExit(f"{setting}: give host:port, e.g. {default}")
    return host, int(port)


def main() -> None:
    """Run the sink as its settings say."""
    store = MailStore(Path(os.environ.get("MAIL_SINK_STORE", ".city/mail/letters.sqlite")))
    smtp = address("MAIL_SINK_SMTP", "127.0.0.1:8026")
    asyncio.run(serve(store, smtp, address("MAIL_SINK_WEB", "127.0.0.1:8025")))


if __name__ == "__main__":
    main()
