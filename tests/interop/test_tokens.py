"""Badges as JSON Web Tokens verify in the JavaScript library jose, offline, and not once they are changed."""

import base64
import json
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from services.badges.domain.badge import Credential
from services.badges.domain.credential import credential_document
from services.badges.domain.token import token_payload
from services.badges.tokens import Algorithm, new_token_key, open_token_key, token
from tests.badges.conftest import achievement, credential

__all__ = ["achievement", "credential"]
DID, KEK = "did:web:city.test:issuers:0199a0b0-0000-7000-8000-000000000001", bytes(32)
KID = "https://city.test/keys/thumbprint"
LATER, EARLIER = "2026-11-01T00:00:00Z", "2026-09-01T00:00:00Z"
Ask = Callable[..., Any]


@pytest.fixture(scope="module")
def ask(node_modules: Path) -> Ask:
    """Asks jose about a token."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not on PATH; install Node.js 20 or newer to compare with other implementations")
    script = str(Path(__file__).with_name("tokens.mjs"))

    def run(**request: Any) -> Any:
        sent = json.dumps(request).encode()
        done = subprocess.run([node, script], input=sent, capture_output=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return json.loads(done.stdout)

    return run


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_a_token_verifies_there_until_a_character_is_changed(
    ask: Ask, credential: Credential, algorithm: Algorithm
) -> None:
    document = credential_document(credential)
    _, sealed, key = new_token_key(DID, algorithm, KEK)
    signed = token(document, algorithm, KID, open_token_key(sealed, DID, KEK))
    expected = token_payload(document)
    asked = {"key": key, "issuer": expected["iss"], "subject": expected["sub"]}
    answer = ask(token=signed, now=LATER, **asked)
    assert answer["error"] == ""
    assert answer["payload"] == json.loads(json.dumps(expected))
    assert answer["header"] == {"alg": algorithm, "typ": "JWT", "kid": KID}
    assert ask(token=signed, now=EARLIER, **asked)["error"] == "ERR_JWT_CLAIM_VALIDATION_FAILED"
    head, payload, signature = signed.split(".")
    forged = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).replace(b"edits", b"edit_")
    changed = base64.urlsafe_b64encode(forged).rstrip(b"=").decode()
    wrong = ("B" if signature.startswith("A") else "A") + signature[1:]
    for other in (f"{head}.{changed}.{signature}", f"{head}.{payload}.{wrong}"):
        assert ask(token=other, now=LATER, **asked)["error"] == "ERR_JWS_SIGNATURE_VERIFICATION_FAILED"


def test_a_token_of_an_expired_badge_is_refused_there(ask: Ask, credential: Credential) -> None:
    document = {**credential_document(credential), "validUntil": "2026-10-15T00:00:00Z"}
    _, sealed, key = new_token_key(DID, "ES256", KEK)
    signed = token(document, "ES256", KID, open_token_key(sealed, DID, KEK))
    payload = token_payload(document)
    asked = {"token": signed, "key": key, "issuer": payload["iss"], "subject": payload["sub"]}
    assert ask(now="2026-10-14T00:00:00Z", **asked)["error"] == ""
    assert ask(now=LATER, **asked)["error"] == "ERR_JWT_EXPIRED"
    assert datetime.fromtimestamp(payload["exp"], UTC).day == 15
