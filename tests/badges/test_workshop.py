"""Worker processes do not outlive the service, however it ends."""

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from services.chassis.testing import until

_SERVICE = """
    import asyncio, multiprocessing
    from pydantic import SecretStr
    from services.badges.settings import Settings
    from services.badges.workshop import Workshop

    async def main():
        workshop = Workshop(Settings(database_url="postgresql://none", recipient_secret=SecretStr("s" * 16),
            key_encryption_key=SecretStr("07" * 32), workers=1))
        await workshop.sign([])
        print(*(child.pid for child in multiprocessing.active_children()), flush=True)
        await asyncio.sleep(60)

    if __name__ == "__main__":
        asyncio.run(main())
"""


def _is_running(pid: int) -> bool:
    """Whether there is such a process; one that has ended and is not yet collected is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks for processes under /proc")
async def test_a_worker_ends_with_the_service_that_was_killed(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(textwrap.dedent(_SERVICE))
    service = await asyncio.create_subprocess_exec(
        sys.executable,
        str(program),
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert service.stdout is not None
    workers = [int(pid) for pid in (await service.stdout.readline()).split()]
    assert workers
    assert all(_is_running(pid) for pid in workers)
    service.send_signal(signal.SIGKILL)
    await service.communicate()

    async def ended() -> bool:
        return not any(_is_running(pid) for pid in workers)

    await until(ended, seconds=5)
