"""One changed character anywhere in a signed badge fails: every value, every name, in Node and with us."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services.badges.domain.did import IssuerKey, did_document
from services.badges.signing import SigningKey, sign, stored_form
from services.badges.verifying import Verdict, verify_credential
from services.badges.vocabularies import MULTIKEY_V1, PINNED, vocabulary
from tests.badges.foreign import Elsewhere, checked
from tests.interop.node import Asked, asked
from tests.interop.shapes import CREDENTIALS, DID, ENDORSEMENTS, LIST, NOW, listed

KEY = SigningKey(DID, Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
DOCUMENTS = {
    "badge": sign(CREDENTIALS["carrying endorsements"], KEY, NOW),
    "endorsement": sign(ENDORSEMENTS["endorsed achievement"], KEY, NOW),
}
DID_DOCUMENT = did_document(DID, [IssuerKey(KEY.public_multibase)])
STATUS_LIST = sign(listed(), KEY, NOW)


@pytest.fixture(scope="module")
def node(node_modules: Path) -> Iterator[Asked]:
    """The JavaScript side, which knows all that the documents lead to."""
    method = {"@context": MULTIKEY_V1, **DID_DOCUMENT["verificationMethod"][0]}
    known = {DID: DID_DOCUMENT, method["id"]: method, LIST: STATUS_LIST}
    with asked() as process:
        process("canonize", {"@context": []}, known | {url: vocabulary(url) for url in PINNED})
        yield process


@pytest.fixture
def world() -> Elsewhere:
    """The same for our verifier."""
    elsewhere = Elsewhere()
    address = f"https://{DID.removeprefix('did:web:').replace(':', '/')}/did.json"
    elsewhere.publish(address, DID_DOCUMENT)
    elsewhere.publish(LIST, STATUS_LIST)
    return elsewhere


def other(text: str, at: int) -> str:
    """The text with another character of the same kind at one place."""
    letter = text[at]
    swapped = "0" if letter.isdigit() and letter != "0" else "1" if letter == "0" else "x"
    return text[:at] + ("y" if letter == "x" else swapped) + text[at + 1 :]


def inside(value: Any) -> list[tuple[str | int, Any]]:
    """What an object or a list holds, by name or place."""
    if isinstance(value, dict):
        return list(value.items())
    return list(enumerate(value)) if isinstance(value, list) else []


def with_changes(value: Any) -> Iterator[tuple[str, Any]]:
    """The value with one character changed, in every text (first, middle, last) and in every name."""
    if isinstance(value, str):
        for at in sorted({0, len(value) // 2, len(value) - 1}):
            yield f"[{at}]", other(value, at)
    for name, inner in inside(value):
        for place, changed in with_changes(inner):
            copied = copy.copy(value)
            copied[name] = changed
            yield f".{name}{place}", copied
    for name in value if isinstance(value, dict) else ():
        renamed = {other(each, len(each) // 2) if each == name else each: value[each] for each in value}
        yield f"the name of {name}", renamed


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_a_changed_character_in_any_value_or_name_fails_there(node: Asked, kind: str) -> None:
    assert node("verify", DOCUMENTS[kind]) == {"verified": True, "withdrawn": [False], "error": ""}
    changes = list(with_changes(DOCUMENTS[kind]))
    assert len(changes) > 100
    passed = [place for place, document in changes if node("verify", document)["verified"]]
    assert passed == []


@pytest.mark.parametrize("kind", DOCUMENTS)
async def test_a_changed_character_in_any_value_or_name_fails_with_us(world: Elsewhere, kind: str) -> None:
    assert (await checked(DOCUMENTS[kind], world, now=NOW)).verdict is Verdict.VALID
    for place, document in with_changes(DOCUMENTS[kind]):
        assert (await checked(document, world, now=NOW)).verdict in FAILED, place


FAILED = {Verdict.ALTERED, Verdict.UNKNOWN_ISSUER, Verdict.NOT_A_CREDENTIAL, Verdict.CANNOT_CHECK_NOW}


def test_a_change_of_any_byte_of_the_stored_badge_fails_with_us() -> None:
    content = stored_form(DOCUMENTS["badge"])
    published = stored_form(STATUS_LIST)

    def verdict(of: bytes) -> Verdict:
        return verify_credential(of, NOW, {DID: DID_DOCUMENT}.get, lambda _: published).verdict

    assert verdict(content) is Verdict.VALID
    for at in range(len(content)):
        byte = b"x" if content[at : at + 1] != b"x" else b"y"
        changed = content[:at] + byte + content[at + 1 :]
        assert verdict(changed) is not Verdict.VALID, changed[max(0, at - 30) : at + 30]
