"""Entries of a status list are given out at random, and none is ever given out again."""

import random

from hypothesis import given
from hypothesis import strategies as st

from services.badges.domain.issue import free_places

BITS = 256


@given(st.lists(st.integers(0, 20), max_size=10), st.randoms(use_true_random=False))
def test_an_entry_is_given_out_once(batches: list[int], chance: random.Random) -> None:
    taken, given_out = bytes(BITS // 8), set[int]()
    for count in batches:
        found, taken = free_places(taken, count, chance.randrange)
        assert len(found) == len(set(found)) == count
        assert given_out.isdisjoint(found)
        given_out |= set(found)
        assert given_out == {index for index in range(BITS) if taken[index // 8] & 0x80 >> index % 8}


@given(st.binary(min_size=4, max_size=4).filter(lambda bits: bits != b"\xff" * 4), st.randoms())
def test_a_free_entry_is_found_however_many_are_taken(taken: bytes, chance: random.Random) -> None:
    (found,), after = free_places(taken, 1, chance.randrange)
    assert not taken[found // 8] & 0x80 >> found % 8
    assert after != taken
