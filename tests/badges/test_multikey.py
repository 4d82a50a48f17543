import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.badges.multikey import (
    NotMultibase,
    from_multibase,
    public_key_bytes,
    public_key_text,
    to_multibase,
)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", "z"),
        (b"\0\0", "z11"),
        (b"Hello World!", "z2NEpo7TZRRrLZSi2U"),
        (b"\0\0\x28\x7f\xb4\xcd", "z11233QC4"),
    ],
)
def test_base58_is_written_as_in_its_draft_standard(data: bytes, text: str) -> None:
    assert to_multibase(data) == text
    assert from_multibase(text) == data


@given(st.binary(max_size=64))
def test_any_bytes_come_back(data: bytes) -> None:
    assert from_multibase(to_multibase(data)) == data


@pytest.mark.parametrize("text", ["", "u2NE", "z0", "zO", "zl", "z 1", "zä", "z" + "2" * 128])
def test_what_is_not_base58_is_refused(text: str) -> None:
    with pytest.raises(NotMultibase):
        from_multibase(text)


def test_an_ed25519_key_starts_as_everybody_expects() -> None:
    text = public_key_text(bytes(32))
    assert text.startswith("z6Mk")
    assert public_key_bytes(text) == bytes(32)


@pytest.mark.parametrize("data", [b"\xed\x01" + bytes(31), b"\x80\x24" + bytes(33), b""])
def test_another_kind_of_key_is_refused(data: bytes) -> None:
    with pytest.raises(NotMultibase):
        public_key_bytes(to_multibase(data))
