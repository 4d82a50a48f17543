"""The demo's measures measure: a letter that comes twice is counted, whatever gives it away."""

from dataclasses import replace

import pytest

from deploy.demo.checking import did_url
from deploy.demo.letters import LINK, Letter, claims, duplicated

FIRST = Letter(1, "ada@example.org", "You earned Tea", "id-1", "<1@city>", ("/claims/" + "a" * 22,))
OTHER = Letter(2, "ben@example.org", "You earned Tea", "id-2", "<2@city>", ("/claims/" + "b" * 22,))


def test_letters_that_differ_are_none_twice() -> None:
    assert duplicated([FIRST, OTHER]) == 0


@pytest.mark.parametrize(
    "again",
    [
        replace(OTHER, letter_id="id-1"),
        replace(OTHER, message_id="<1@city>"),
        replace(OTHER, reader="ada@example.org"),
    ],
    ids=["by the city's id", "by Message-ID", "by reader and subject"],
)
def test_a_letter_that_repeats_another_is_counted(again: Letter) -> None:
    assert duplicated([FIRST, again]) == 1
    assert duplicated([FIRST, again, again]) == 2


def test_a_letter_without_ids_is_known_by_reader_and_subject_alone() -> None:
    bare = replace(FIRST, letter_id=None, message_id=None)
    assert duplicated([bare, replace(OTHER, letter_id=None, message_id=None)]) == 0
    assert duplicated([bare, bare]) == 1


def test_every_badge_is_looked_at_once_however_many_letters_tell_of_it() -> None:
    signing_in = replace(FIRST, links=("/sign-in/" + "c" * 43,))
    assert claims([FIRST, OTHER, FIRST, signing_in]) == ["/claims/" + "a" * 22, "/claims/" + "b" * 22]


def test_links_are_found_in_a_letter_as_they_stand() -> None:
    text = "See it:\r\nhttps://city.test/claims/uiNDfWD3a33Q_EqBuPLroA\r\n\r\n-- \r\n"
    assert LINK.findall(text) == [("claims", "uiNDfWD3a33Q_EqBuPLroA")]


def test_the_document_of_a_did_is_where_the_method_says() -> None:
    assert (
        did_url("http", "did:web:localhost%3A8080:issuers:01a2")
        == "http://localhost:8080/issuers/01a2/did.json"
    )
