"""Whatever others publish or hand in, a verification ends with an answer."""

import asyncio
import copy
import json
import os
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.badges.checking.worlds import Asking, verify_in_time
from services.badges.fetching import Fetched
from services.badges.sandbox import Sandbox
from services.badges.verifying import Verdict
from tests.badges.foreign import (
    NOW,
    STATUS,
    Elsewhere,
    as_bytes,
    badge,
    bit_list,
    checked,
    claims,
    endorsement,
)
from tests.badges.issuing_elsewhere import ED25519, RSA, did_jwk, token, with_proof
from tests.badges.test_checking_hosted import CLASS, HERE, ISSUER, KEY, REVOKED, assertion, signed

pytestmark = pytest.mark.usefixtures("undisturbed")

TIMES = int(os.environ.get("FUZZ_TIMES", "1"))  # `make fuzz` takes a hundred
SIGNED = with_proof(badge(credentialStatus=STATUS, endorsement=[with_proof(endorsement())]))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def changed(draw: st.DrawFn, document: Any) -> Any:
    """The document with something else at one to three of its places."""
    document = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, 3))):
        at = document
        while True:
            keys = list(at) if isinstance(at, dict) else list(range(len(at)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if isinstance(at[key], dict | list) and draw(st.integers(0, 3)):
                at = at[key]
                continue
            at[key] = draw(JSON)
            break
    return document


def text(document: Any) -> bytes:
    return json.dumps(document).encode()


async def answered(content: bytes, elsewhere: Elsewhere) -> None:
    """It ends with a verdict, within two seconds of processor time."""
    started = time.process_time()
    assert (await checked(content, elsewhere, address="a@example.com")).verdict in Verdict
    assert time.process_time() - started < 2


@settings(max_examples=150 * TIMES, deadline=None)
@given(changed(SIGNED), changed(bit_list()))
async def test_a_changed_badge_and_a_changed_list_get_an_answer(document: Any, listed: Any) -> None:
    elsewhere = Elsewhere()
    elsewhere.publish(STATUS["statusListCredential"], text(listed))
    await answered(text(document), elsewhere)
    await answered(as_bytes(SIGNED), elsewhere)


@settings(max_examples=150 * TIMES, deadline=None)
@given(changed(claims(badge(did_jwk(ED25519)))), changed({"kid": f"{did_jwk(ED25519)}#0", "typ": "JWT"}))
async def test_a_token_around_anything_gets_an_answer(payload: Any, header: Any) -> None:
    try:
        content = token(payload, ED25519, **header).encode()
    except TypeError:  # a number that the token's writer cannot write
        return
    await answered(content, Elsewhere())


PAGES: dict[str, Any] = {
    HERE: assertion(),
    CLASS: {"id": CLASS, "type": "BadgeClass", "name": "Podcast", "issuer": ISSUER},
    ISSUER: {
        "id": ISSUER,
        "publicKey": [KEY],
        "revocationList": REVOKED,
        "verification": {"startsWith": [HERE]},
    },
    KEY: {"id": KEY, "owner": ISSUER, "publicKeyPem": "-----BEGIN PUBLIC KEY-----"},
    REVOKED: {"id": REVOKED, "issuer": ISSUER, "revokedAssertions": [{"id": "urn:uuid:9"}]},
}


@settings(max_examples=150 * TIMES, deadline=None)
@given(changed(assertion()), st.fixed_dictionaries({url: changed(page) for url, page in PAGES.items()}))
async def test_whatever_an_issuer_of_open_badges_2_publishes_is_answered(document: Any, pages: Any) -> None:
    elsewhere = Elsewhere()
    for url, page in pages.items():
        elsewhere.publish(url, text(page))
    for content in (text(document), as_bytes(assertion()), token(signed(), RSA).encode()):
        await answered(content, elsewhere)


@pytest.mark.parametrize("address", [None, "a@example.com"])
async def test_a_server_that_never_answers_is_not_waited_for(address: str | None) -> None:
    async def never(_url: str) -> Fetched:
        await asyncio.Event().wait()
        raise AssertionError

    world = Asking(never, Sandbox(1))
    found = await verify_in_time(as_bytes(SIGNED), world, NOW, address, 2)
    assert found.verdict is Verdict.CANNOT_CHECK_NOW
    assert found.found["proof"].finding.passed
    assert found.found["dates"].finding.passed
    assert "longer than 2 seconds" in found.found["status"].finding.reason
    assert ("recipient" in found.found) is (address is not None)
