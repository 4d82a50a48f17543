"""Ports that cities on one machine are given."""

import subprocess
import sys

from deploy.onemachine import child


def test_a_port_is_given_to_one_process_alone_also_before_anybody_listens_there() -> None:
    port = child.free_port()
    assert child.port_is_free(port)
    asked = f"from deploy.onemachine import child; print(child.hold({port}))"
    other = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert other.stdout.strip() == "False" and not child.hold(port)
