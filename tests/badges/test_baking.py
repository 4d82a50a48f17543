import io
import struct
import time
import zlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from services.badges.baking import KEYWORD, KEYWORD_2_0, LARGEST_PICTURE, NotABadgePicture, bake, unbake

pytestmark = pytest.mark.usefixtures("undisturbed")

CREDENTIAL = '{"name": "Ääni ☂"}'.encode()


def plain_picture() -> bytes:
    buffer = io.BytesIO()
    Image.linear_gradient("L").save(buffer, "PNG")
    return buffer.getvalue()


PNG = plain_picture()
HEADER_END = 33


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def with_chunk(data: bytes, png: bytes = PNG) -> bytes:
    return png[:HEADER_END] + chunk(b"iTXt", data) + png[HEADER_END:]


def test_the_credential_stands_right_after_the_header_and_all_else_is_untouched() -> None:
    baked = bake(PNG, CREDENTIAL)
    expected = chunk(b"iTXt", KEYWORD + b"\0\0\0\0\0" + CREDENTIAL)
    assert baked == PNG[:HEADER_END] + expected + PNG[HEADER_END:]


def test_other_software_reads_the_credential_and_the_same_picture() -> None:
    with Image.open(io.BytesIO(bake(PNG, CREDENTIAL))) as baked, Image.open(io.BytesIO(PNG)) as plain:
        assert baked.info["openbadgecredential"] == CREDENTIAL.decode()
        assert baked.tobytes() == plain.tobytes()


def test_baking_again_replaces_the_credential() -> None:
    twice = bake(bake(PNG, b"old"), CREDENTIAL)
    assert twice == bake(PNG, CREDENTIAL)
    assert unbake(twice) == CREDENTIAL


def test_a_credential_further_down_is_replaced_too() -> None:
    text = chunk(b"iTXt", KEYWORD + b"\0\0\0\0\0old")
    late = PNG[:-12] + text + PNG[-12:]
    assert unbake(late) == b"old"
    assert bake(late, CREDENTIAL) == bake(PNG, CREDENTIAL)


def test_the_badge_of_an_older_standard_stays() -> None:
    older = with_chunk(b"openbadges\0\0\0\0\0https://a.example/assertion")
    baked = bake(older, CREDENTIAL)
    assert b"https://a.example/assertion" in baked
    assert unbake(baked) == CREDENTIAL


def test_one_picture_carries_a_badge_for_both_standards_and_either_is_replaced() -> None:
    older = b"https://a.example/assertion"
    baked = bake(PNG, CREDENTIAL, older)
    chunks = chunk(b"iTXt", KEYWORD + b"\0\0\0\0\0" + CREDENTIAL) + chunk(
        b"iTXt", KEYWORD_2_0 + b"\0\0\0\0\0" + older
    )
    assert baked == PNG[:HEADER_END] + chunks + PNG[HEADER_END:]
    assert bake(baked, CREDENTIAL, older) == baked
    assert unbake(bake(baked, b"{}"), KEYWORD_2_0) == older
    assert unbake(bake(baked, b"{}", b"https://b.example"), KEYWORD_2_0) == b"https://b.example"


def test_a_plain_picture_carries_nothing() -> None:
    assert unbake(PNG) is None


def test_a_compressed_credential_is_read() -> None:
    assert unbake(with_chunk(KEYWORD + b"\0\1\0en\0Nachweis\0" + zlib.compress(CREDENTIAL))) == CREDENTIAL


def test_a_bomb_is_not_unpacked() -> None:
    bomb = with_chunk(KEYWORD + b"\0\1\0\0\0" + zlib.compress(bytes(64 << 20)))
    started = time.process_time()
    with pytest.raises(NotABadgePicture, match="more than 1 MiB"):
        unbake(bomb)
    assert time.process_time() - started < 0.5


@pytest.mark.parametrize(
    ("png", "reason"),
    [
        (b"", "not a PNG"),
        (b"GIF89a", "not a PNG"),
        (PNG[:8], "ends too early"),
        (PNG[:20], "longer than the file"),
        (PNG[:HEADER_END], "ends too early"),
        (PNG[:-13], "longer than the file"),
        (PNG[:8] + chunk(b"tEXt", b"a\0b") + PNG[8:], "start with its header"),
        (PNG[:HEADER_END] + PNG[8:], "start with its header"),
        (PNG[:8] + chunk(b"IHDR", b"") + PNG[HEADER_END:], "start with its header"),
        (PNG[:HEADER_END] + b"\xff\xff\xff\xffIDAT", "longer than the file|too early"),
        (PNG[:16] + b"\x01" + PNG[17:], "wrong checksum"),
        (PNG[:HEADER_END] + chunk(b"tEXt", b"a\0b") * 5000 + PNG[HEADER_END:], "chunks"),
        (PNG + bytes(LARGEST_PICTURE), "larger than 16 MiB"),
    ],
)
def test_what_is_not_a_whole_png_is_refused(png: bytes, reason: str) -> None:
    with pytest.raises(NotABadgePicture, match=reason):
        bake(png, CREDENTIAL)
    with pytest.raises(NotABadgePicture, match=reason):
        unbake(png)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (KEYWORD + b"\0", "broken chunk"),
        (KEYWORD + b"\0\0\0no end", "broken chunk"),
        (KEYWORD + b"\0\2\0\0\0a", "broken chunk"),
        (KEYWORD + b"\0\0\1\0\0a", "broken chunk"),
        (KEYWORD + b"\0\1\0\0\0not deflate", "damaged"),
        (KEYWORD + b"\0\0\0\0\0\xff", "UTF-8"),
        (KEYWORD + b"\0\0\0\0\0" + b"a" * ((1 << 20) + 1), "more than 1 MiB"),
    ],
)
def test_a_credential_that_cannot_be_read_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(NotABadgePicture, match=reason):
        unbake(with_chunk(data))


def test_two_credentials_in_one_picture_are_refused() -> None:
    text = KEYWORD + b"\0\0\0\0\0a"
    with pytest.raises(NotABadgePicture, match="more than one"):
        unbake(with_chunk(text, with_chunk(text)))


def test_a_flipped_bit_in_the_credential_is_noticed() -> None:
    baked = bytearray(bake(PNG, CREDENTIAL))
    baked[HEADER_END + 40] ^= 1
    with pytest.raises(NotABadgePicture, match="wrong checksum in its chunk iTXt"):
        unbake(bytes(baked))


@given(st.binary(max_size=200))
@example(b"\0\0\0\0IEND\xaeB`\x82")
def test_no_bytes_after_the_signature_break_the_reader(data: bytes) -> None:
    for start in (b"", PNG[:8], PNG[:HEADER_END], PNG[:HEADER_END] + struct.pack(">I", len(data)) + b"iTXt"):
        try:
            assert unbake(start + data) in (None, b"")
        except NotABadgePicture as refused:
            assert str(refused)


@given(st.text(max_size=50))
def test_any_text_comes_back(text: str) -> None:
    assert unbake(bake(PNG, text.encode())) == text.encode()
