import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.badges.checking.cbor import NotCbor, decode


@pytest.mark.parametrize(
    ("data", "value"),
    [
        ("00", 0),
        ("17", 23),
        ("1818", 24),
        ("1903e8", 1000),
        ("4401020304", b"\x01\x02\x03\x04"),
        ("83010203", [1, 2, 3]),
        ("a201410202410a", {1: b"\x02", 2: b"\x0a"}),
        ("d840420102", b"\x01\x02"),
    ],
)
def test_what_proofs_are_written_in_is_read(data: str, value: object) -> None:
    assert decode(bytes.fromhex(data)) == value


@pytest.mark.parametrize(
    "data",
    ["", "0000", "6161", "f6", "5f", "44", "9b00ffffffffffffff", "a1410101", "818181818181", "d840" * 2000],
)
def test_anything_else_is_refused(data: str) -> None:
    with pytest.raises(NotCbor):
        decode(bytes.fromhex(data))


@given(st.binary(max_size=60))
def test_no_bytes_break_it(data: bytes) -> None:
    try:
        decode(data)
    except NotCbor as refused:
        assert str(refused)
