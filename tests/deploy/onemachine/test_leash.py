"""Children die with their parent, however it dies."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from deploy.onemachine import child

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")

PARENT = """
import sys, threading, time
from pathlib import Path
from deploy.onemachine import child, testbed
tmp = Path(sys.argv[1])
threading.Thread(target=time.sleep, args=(0.1,)).start()
started = [testbed.start_postgres(tmp).process, testbed.start_nats(tmp).process]
started.append(child.spawn([sys.executable, "-c", "import time; time.sleep(600)"], tmp / "log"))
print(*(process.pid for process in started), flush=True)
time.sleep(600)
"""


@linux
def test_children_die_when_their_parent_is_killed_outright(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        assert len(pids) == 3
        # A process that is just becoming another program has no command line.
        assert child.came_true(lambda: all(child.command_line(pid) for pid in pids), seconds=10)
        parent.send_signal(signal.SIGKILL)
    assert child.came_true(lambda: not any(child.command_line(pid) for pid in pids), seconds=10)


def test_a_thread_may_not_start_a_child(tmp_path: Path) -> None:
    seen: list[str] = []

    def attempt() -> None:
        try:
            child.spawn(["true"], tmp_path / "log")
        except RuntimeError as refusal:
            seen.append(str(refusal))

    thread = threading.Thread(target=attempt)
    thread.start()
    thread.join()
    assert seen == ["children are started from the main thread only"]


def test_a_child_that_ignores_the_polite_signal_is_killed(tmp_path: Path) -> None:
    stubborn = (
        "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
    )
    process = child.spawn([sys.executable, "-c", stubborn], tmp_path / "log")
    child.wait_until(lambda: "deaf" in child.tail(tmp_path / "log"), 10, "the stubborn child")
    assert child.stop(process, seconds=0.1) == -signal.SIGKILL


def test_an_orphan_is_stopped_only_when_its_command_line_is_the_expected_one(tmp_path: Path) -> None:
    process = child.spawn(["sleep", "599"], tmp_path / "log")
    child.wait_until(lambda: "sleep 599" in child.command_line(process.pid), 10, "sleep")
    assert not child.stop_orphan(process.pid, "postgres")
    assert process.poll() is None
    assert child.stop_orphan(process.pid, "sleep 599")
    assert process.wait() == -signal.SIGTERM


def test_a_program_that_does_not_exist_leaves_its_reason_in_the_log(tmp_path: Path) -> None:
    assert child.spawn(["no-such-program"], tmp_path / "log").wait() != 0
    assert "No such file" in child.tail(tmp_path / "log")


def test_a_child_starts_no_life_of_its_own_when_the_parent_is_already_gone(tmp_path: Path) -> None:
    leash = [sys.executable, "-I", "-S", str(child.LEASH), "1", "9", "same", "touch", str(tmp_path / "made")]
    assert os.getpid() != 1
    assert subprocess.run(leash, capture_output=True, check=False).returncode != 0 or sys.platform != "linux"
