"""The reference implementation, npm `@digitalbazaar/vc`, on the same documents and one core."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, Literal

INTEROP = Path(__file__).parents[1] / "tests" / "interop"
SECONDS = 3


class NotThere(Exception):
    """Node or its packages are missing: install Node.js 20 and run `npm ci` in tests/interop."""


def rate(what: Literal["sign", "verify"], request: dict[str, Any]) -> float:
    """Times per second that it signs or verifies the request's credential, after one second of warming up.

    Its documents are given with the request, so it waits for no network. Raises NotThere.
    """
    node = shutil.which("node")
    if node is None or not (INTEROP / "node_modules").is_dir():
        raise NotThere
    taskset = shutil.which("taskset")  # its garbage collector would use a second core otherwise
    pinned = [taskset, "-c", "0"] if taskset else []
    asked = json.dumps({"action": "rate", "what": what, "seconds": SECONDS, **request})
    done = subprocess.run(
        [*pinned, node, str(INTEROP / "credentials.mjs")], input=asked, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return float(json.loads(done.stdout))
