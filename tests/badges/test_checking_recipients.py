"""Whether a badge was awarded to an address: yes or no, however its issuer wrote the address down."""

import hashlib
from typing import Any

import pytest

from services.badges.checking.recipients import check_recipient
from services.badges.verifying import Verdict
from tests.badges.foreign import badge, old_badge
from tests.badges.issuing_elsewhere import Document

YES, NO = "yes: it was awarded to this address", "no: it does not name this address"


def hashed(text: str, kind: str = "sha256") -> str:
    return f"{kind}${hashlib.new(kind, text.encode()).hexdigest()}"


def of_3(identity: object, salt: object = None, **more: Any) -> Document:
    entry = {"type": "IdentityObject", "identityType": "emailAddress", "identityHash": identity, **more}
    return badge(credentialSubject={"identifier": [entry | ({"salt": salt} if salt is not None else {})]})


def of_2(identity: object, salt: str | None = None, **more: Any) -> Document:
    recipient = {"type": "email", "identity": identity, **more} | ({"salt": salt} if salt else {})
    return {"recipient": recipient}


NAMED: dict[str, tuple[Document, str]] = {
    "hashed with a salt": (of_3(hashed("a@example.comKosher"), "Kosher", hashed=True), "a@example.com"),
    "hashed without a salt": (of_3(hashed("a@example.com"), hashed=True), "a@example.com"),
    "hashed with an empty salt": (of_3(hashed("a@example.com"), "", hashed=True), "a@example.com"),
    "digits of the hash in capitals": (
        of_3("sha256$" + hashed("a@example.com")[7:].upper(), hashed=True),
        "a@example.com",
    ),
    "hashed as it was typed": (of_3(hashed("A@Example.com")), "A@Example.com"),
    "hashed in small letters": (of_3(hashed("a@example.com")), " A@EXAMPLE.com "),
    "md5 of Open Badges 2.0": (
        of_2(hashed("a@example.comsalt", "md5"), "salt", hashed=True),
        "a@example.com",
    ),
    "sha256 of Open Badges 2.0": (of_2(hashed("a@example.comsalt"), "salt", hashed=True), "a@example.com"),
    "plain": (of_3("a@example.com", hashed=False), "a@example.com"),
    "plain in other letters": (of_2("A@example.com", hashed=False), "a@EXAMPLE.com"),
    "a domain with other letters than a to z": (of_3(hashed("a@xn--bcher-kva.de")), "a@bücher.de"),
    "letters written in two ways": (of_3(hashed("jos\u00e9@example.com")), "jose\u0301@example.com"),
    "the id of the subject": (badge(credentialSubject={"id": "mailto:a@example.com"}), "a@example.com"),
    "one of several identities": (
        old_badge(
            credentialSubject=[{"identifier": [{"identityHash": "b"}, {"identityHash": "a@example.com"}]}]
        ),
        "a@example.com",
    ),
}


@pytest.mark.parametrize("how", NAMED)
def test_an_address_is_found_however_it_was_written(how: str) -> None:
    document, address = NAMED[how]
    assert (check_recipient(document, address).reason, check_recipient(document, address).passed) == (
        YES,
        True,
    )
    other = check_recipient(document, "z@example.org")
    assert (other.reason, other.passed, other.verdict) == (NO, False, Verdict.VALID), "it stays valid"


@pytest.mark.parametrize(
    "document",
    [
        of_3(hashed("a@example.comKosher"), "Another"),
        of_3(hashed("a@example.com", "sha512")),
        of_3("sha256$"),
        of_3("sha256$é\ud800"),
        of_3("sha256$" + "0" * 64, {"a": 1}),
        of_3(None),
        of_3(["a@example.com"]),
        of_2(7),
        {"recipient": "a@example.com"},
        {"recipient": []},
        {"credentialSubject": None},
        {},
    ],
)
def test_what_does_not_name_it_is_answered_with_no(document: Document) -> None:
    assert check_recipient(document, "a@example.com").reason == NO
    assert check_recipient(document, "").reason == NO
