"""Codes can be read aloud, and typed in any way."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.catalogue.domain.sign_in import ALPHABET, code_of, hash_code, plain_code

KEY = b"a key for these tests only"


@given(st.integers(0, 2**128))
def test_a_code_is_eight_letters_that_are_no_word(number: int) -> None:
    code = code_of(number)
    assert code[4] == "-"
    assert len(plain_code(code)) == 8
    assert set(plain_code(code)) <= set(ALPHABET)
    assert not set(code) & set("AEIOUY01")


def test_a_code_may_be_typed_in_any_way_and_belongs_to_one_letter() -> None:
    one, other = UUID(int=1), UUID(int=2)
    assert hash_code("BCDF-GHJK", one, KEY) == hash_code(" bcdf ghjk", one, KEY)
    assert hash_code("BCDF-GHJK", one, KEY) != hash_code("BCDF-GHJK", other, KEY)
    assert hash_code("BCDF-GHJK", one, KEY) != hash_code("BCDF-GHJK", one, KEY + b"!")
