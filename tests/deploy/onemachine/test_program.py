"""One child of the supervisor."""

import os
import signal
import sys
import time
from pathlib import Path

from deploy.onemachine.program import Program

PATIENCE = 10.0


def test_a_program_makes_way_for_the_others_also_after_a_fall(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import time; time.sleep(600)"]
    program = Program("quiet", command, tmp_path / "log", lambda _: True, nice=3)
    wanted = min(19, os.getpriority(os.PRIO_PROCESS, 0) + 3)
    program.start()
    assert os.getpriority(os.PRIO_PROCESS, program.process.pid) == wanted
    group = Path(f"/proc/{program.process.pid}/autogroup")
    assert not group.exists() or group.read_text().endswith("nice 3\n")
    program.process.kill()
    program.process.wait()
    until = time.monotonic() + PATIENCE
    while not program.restarts and time.monotonic() < until:
        program.tend(lambda _: None)
    assert program.restarts == 1
    assert os.getpriority(os.PRIO_PROCESS, program.process.pid) == wanted
    program.stop_signal = signal.SIGKILL
    program.ask_to_stop()
    program.wait_stopped()
