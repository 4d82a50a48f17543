"""A process that receives webhooks: `python -m bench.receivers PORT FILE`.

Whatever comes to /slow... is answered after a while. Each request is a line of FILE: path, event id, time.
"""

import asyncio
import sys
import time
from pathlib import Path

SLOW = 0.2  # seconds


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, lines: list[str]) -> None:
    """One connection."""
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            arrived, low = time.time(), head.lower()
            length = low.partition(b"content-length: ")[2].partition(b"\r\n")[0]
            await reader.readexactly(int(length))
            path = head.split(b" ", 2)[1].decode()
            event = low.partition(b"webhook-id: ")[2].partition(b"\r\n")[0].decode()
            if path.startswith("/slow"):
                await asyncio.sleep(SLOW)
            writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
            lines.append(f"{path} {event} {arrived}\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def main(port: int, file: Path) -> None:
    """Receive until killed."""
    lines: list[str] = []
    await asyncio.start_server(lambda r, w: serve(r, w, lines), "127.0.0.1", port, backlog=1000)
    with file.open("a") as kept:
        while True:
            await asyncio.sleep(0.2)
            kept.writelines(lines)
            kept.flush()
            lines.clear()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2])))
