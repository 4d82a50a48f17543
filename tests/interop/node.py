"""The JavaScript side of the tests: one process that is asked one thing after the other."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from services.badges.domain.credential import Document
from services.badges.multikey import to_multibase
from services.badges.signing import SigningKey
from services.badges.vocabularies import MULTIKEY_V1

NOW = "2026-10-01T09:30:15Z"


class Asked:
    """A running `credentials.mjs`; documents given once stay known to it."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def __call__(
        self,
        action: str,
        credential: Document,
        documents: dict[str, Document] | None = None,
        **more: Any,
    ) -> Any:
        """What it answers to a request."""
        request = {"action": action, "credential": credential, "documents": documents or {}, "now": NOW}
        writing, reading = self._process.stdin, self._process.stdout
        assert writing is not None and reading is not None
        writing.write(json.dumps(request | more) + "\n")
        writing.flush()
        answer = reading.readline()
        assert answer, f"it ended at {action}: {self._process.wait(10)}"
        return json.loads(answer)


@contextmanager
def asked() -> Iterator[Asked]:
    """The process for as long as it is asked. Skips where there is no Node."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not on PATH; install Node.js 20 or newer to compare with other implementations")
    script = str(Path(__file__).with_name("credentials.mjs"))
    pipe = subprocess.PIPE
    with subprocess.Popen([node, script], encoding="utf-8", stdin=pipe, stdout=pipe) as process:
        yield Asked(process)
        assert process.stdin is not None
        process.stdin.close()


def pair(key: SigningKey) -> Document:
    """The key as the JavaScript side reads it."""
    secret = key.private.private_bytes_raw() + key.private.public_key().public_bytes_raw()
    return {
        "@context": MULTIKEY_V1,
        "id": key.verification_method,
        "type": "Multikey",
        "controller": key.did,
        "publicKeyMultibase": key.public_multibase,
        "secretKeyMultibase": to_multibase(b"\x80\x26" + secret),
    }
