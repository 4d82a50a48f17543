import base64
import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.badges.status_list import (
    ENTRIES,
    LARGEST_BYTES,
    NotAStatusList,
    decode,
    empty,
    encode,
    is_withdrawn,
    with_withdrawn,
)


def encoded(data: bytes) -> str:
    return "u" + base64.urlsafe_b64encode(data).decode().rstrip("=")


def test_the_first_entry_is_the_highest_bit_of_the_first_byte() -> None:
    bits = with_withdrawn(empty(), [0, 9, ENTRIES - 1])
    assert (bits[0], bits[1], bits[-1]) == (0b1000_0000, 0b0100_0000, 0b0000_0001)


@given(st.sets(st.integers(0, ENTRIES - 1), max_size=30))
def test_exactly_the_withdrawn_entries_are_withdrawn_after_publishing(indexes: set[int]) -> None:
    bits = decode(encode(with_withdrawn(empty(), indexes)))
    assert all(is_withdrawn(bits, index) for index in indexes)
    assert sum(byte.bit_count() for byte in bits) == len(indexes)


def test_the_same_list_is_always_published_as_the_same_text() -> None:
    assert encode(empty()) == encode(empty())
    assert len(encode(empty())) < 100


def test_withdrawing_twice_changes_nothing() -> None:
    once = with_withdrawn(empty(), [7])
    assert with_withdrawn(once, [7]) == once


@pytest.mark.parametrize("index", [-1, ENTRIES])
def test_an_entry_that_is_not_in_the_list_is_refused(index: int) -> None:
    with pytest.raises(IndexError):
        with_withdrawn(empty(), [index])
    with pytest.raises(IndexError):
        is_withdrawn(empty(), index)


def test_a_list_smaller_than_the_standard_allows_is_refused() -> None:
    with pytest.raises(ValueError, match="131072"):
        empty(ENTRIES - 8)
    with pytest.raises(NotAStatusList, match="131072"):
        decode(encode(bytes(ENTRIES // 8 - 1)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "H4sI",
        "u!!!!",
        "uäö",
        "uAAAAA",
        encoded(b"not gzip"),
        encoded(gzip.compress(empty(), mtime=0)[:-4]),
        encoded(gzip.compress(empty(), mtime=0) + b"more"),
    ],
)
def test_what_is_not_a_status_list_is_refused(text: str) -> None:
    with pytest.raises(NotAStatusList):
        decode(text)


def test_a_bomb_is_not_unpacked() -> None:
    with pytest.raises(NotAStatusList, match="unpacks to more"):
        decode(encoded(gzip.compress(bytes(LARGEST_BYTES * 20))))
