"""Every parser of what strangers hand in: pieces of each format put together wrongly, none takes two seconds.

A few hundred examples each; `make fuzz` takes a hundred times as many.
"""

import gzip
import json
import os
import struct
import time
import zlib
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.badges import status_list
from services.badges.checking.cbor import NotCbor, decode
from services.badges.checking.keys import NotAKey, key_of
from services.badges.checking.limits import NotReadable
from services.badges.checking.reading import read
from services.badges.svg_baking import NotABadgeDrawing, bake_svg
from services.badges.verifying import Verdict
from tests.badges.foreign import Elsewhere, badge, checked
from tests.badges.issuing_elsewhere import ED25519, P256, RSA, b64, jwk, with_proof

pytestmark = pytest.mark.usefixtures("undisturbed")

TIMES = int(os.environ.get("FUZZ_TIMES", "1"))
LONGEST = 2.0
many = settings(max_examples=200 * TIMES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
SIGNED = json.dumps(with_proof(badge())).encode()


def in_time(work: Callable[[], object], *refusals: type[Exception]) -> None:
    """It answers or refuses within two seconds of processor time; anything else that it raises is a crash."""
    started = time.process_time()
    with suppress(*refusals):
        work()
    assert time.process_time() - started < LONGEST


# PNG: chunks with a right or a wrong length and checksum, of kinds that matter.
TEXTS = st.sampled_from([SIGNED, b"a.b.c", b"https://a.example/", b"{}", b"\xff", b"["]) | st.binary(
    max_size=40
)
KEYWORDS = st.sampled_from([b"openbadgecredential", b"openbadges", b"XML:com.adobe.xmp", b""])
BOMBS = [zlib.compress(bytes(size << 20), 9) for size in (1, 2, 30)]
PACKED = TEXTS.map(zlib.compress) | st.sampled_from(BOMBS)
BODIES = st.binary(max_size=60) | st.builds(
    lambda keyword, flags, tags, text: keyword + b"\0" + flags + tags + text,
    KEYWORDS,
    st.sampled_from([b"\0\0", b"\1\0", b"\1\1", b"\2\0", b""]),
    st.sampled_from([b"\0\0", b"en\0x\0", b"\0", b""]),
    TEXTS | PACKED,
)
KINDS = st.sampled_from([b"IHDR", b"iTXt", b"tEXt", b"zTXt", b"IDAT", b"IEND"]) | st.binary(
    min_size=4, max_size=4
)


def chunk(kind: bytes, body: bytes, wrong: int, checksum: bool) -> bytes:
    crc = zlib.crc32(kind + body) if checksum else 7
    return struct.pack(">I", (len(body) + wrong) % 2**32) + kind + body + struct.pack(">I", crc)


WRONG = st.just(0) | st.sampled_from([-1, 1, 2**31, -(2**31)])
CHUNKS = st.lists(st.builds(chunk, KINDS, BODIES, WRONG, st.booleans() | st.just(True)), max_size=8)
HEADER = chunk(b"IHDR", bytes(13), 0, True)
END = chunk(b"IEND", b"", 0, True)
PNGS = st.builds(
    lambda start, chunks, end: b"\x89PNG\r\n\x1a\n" + start + b"".join(chunks) + end,
    st.sampled_from([HEADER, HEADER, b""]),
    CHUNKS,
    st.sampled_from([END, END, b"", b"\0"]),
)

# SVG: pieces that open, close, declare and carry in any order.
PIECES = st.sampled_from(
    [
        "<svg xmlns:b='https://purl.imsglobal.org/ob/v3p0' xmlns:o='http://openbadges.org'>",
        "</svg>",
        "<b:credential>",
        "<b:credential verify='a.b.c'/>",
        "</b:credential>",
        "<o:assertion verify='https://a.example/'>",
        "</o:assertion>",
        "<![CDATA[",
        "]]>",
        "{}",
        "<!--",
        "-->",
        "<?xml version='1.0' encoding='UTF-16'?>",
        "<!DOCTYPE svg [",
        "<!ENTITY a 'b'>",
        "<!ENTITY % p SYSTEM 'file:///etc/passwd'>%p;",
        "]>",
        "&a;",
        "&#xD800;",
        "<g a='",
        "'>",
        "<g xmlns='urn:x'>" * 40,
        "\x00",
    ]
)
DRAWINGS = st.lists(PIECES | st.text(max_size=6), max_size=14).map(lambda parts: "<svg " + "".join(parts))
SVGS = (DRAWINGS | DRAWINGS.map(lambda text: text.replace("<svg ", "", 1))).map(
    lambda text: text.encode("utf-8", "replace")
)

# JWT: headers and payloads of any JSON, signatures of any bytes, parts missing or more.
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(["alg", "kid", "jwk", "crit", "b64", "jku", "x5u", "typ", "zip", "enc"])
ALGORITHMS = st.sampled_from(["none", "RS256", "ES256", "EdDSA", "HS256", "Ed25519"])
HEADERS = st.builds(
    lambda members, algorithm: members | {"alg": algorithm},
    st.dictionaries(NAMES, JSON | ALGORITHMS, max_size=5),
    ALGORITHMS | JSON,
)
PAYLOADS = st.builds(
    lambda changes: badge() | changes,
    st.dictionaries(
        st.sampled_from(["vc", "vp", "iss", "sub", "jti", "nbf", "exp", *badge()]), JSON, max_size=4
    ),
)
PARTS = (HEADERS | PAYLOADS).map(lambda value: b64(json.dumps(value).encode())) | st.binary(max_size=80).map(
    b64
)
TOKENS = st.lists(PARTS, min_size=3, max_size=3).map(".".join) | st.lists(PARTS, max_size=6).map(".".join)

# CBOR and proofs that carry it.
NUMBERS = st.integers(0, 2**64 - 1)
HEADS = st.builds(lambda kind, short: bytes([kind << 5 | short]), st.integers(0, 7), st.integers(0, 31))
LONG_HEADS = st.builds(
    lambda kind, number: bytes([kind << 5 | 27]) + number.to_bytes(8), st.integers(0, 7), NUMBERS
)
CBOR = st.lists(HEADS | LONG_HEADS | st.binary(max_size=8) | st.just(b"\x81" * 50), max_size=40).map(b"".join)

# Status lists: gzip that is whole, cut, of several members, with a bomb inside, or none.
LENGTHS = (16_384, 16_383, 0, 2 << 20, 64 << 20)
PACKED_BITS = st.sampled_from([gzip.compress(bytes(length)) for length in LENGTHS])
ENCODED = st.builds(
    lambda packed, cut, more: "u" + b64(packed[:cut] + more),
    PACKED_BITS | st.binary(max_size=60).map(lambda data: b"\x1f\x8b\x08\0" + data),
    st.none() | st.integers(0, 60),
    st.binary(max_size=20),
)

KEYS = st.sampled_from([jwk(ED25519), jwk(P256), jwk(RSA)])
ENTRIES = st.builds(
    lambda key, changes: {"publicKeyJwk": key | changes},
    KEYS,
    st.dictionaries(st.sampled_from(["kty", "crv", "x", "y", "n", "e", "d"]), JSON, max_size=3),
) | st.dictionaries(
    st.sampled_from(["publicKeyMultibase", "publicKeyBase58", "publicKeyPem"]), JSON, max_size=2
)


@many
@given(PNGS)
def test_no_picture_breaks_its_reader(content: bytes) -> None:
    in_time(lambda: read(content), NotReadable)


@many
@given(SVGS)
def test_no_drawing_breaks_its_reader_or_its_baker(content: bytes) -> None:
    in_time(lambda: read(content), NotReadable)
    in_time(lambda: bake_svg(content, b"{}"), NotABadgeDrawing)


@many
@given(TOKENS)
async def test_no_token_breaks_its_reader_and_none_is_valid(content: str) -> None:
    in_time(lambda: read(content.encode()), NotReadable)
    assert (await checked(content.encode(), Elsewhere())).verdict is not Verdict.VALID


@many
@given(JSON.map(json.dumps) | st.binary(max_size=100).map(lambda data: SIGNED[:50] + data + SIGNED[50:]))
def test_no_json_breaks_its_reader(content: str | bytes) -> None:
    in_time(lambda: read(content if isinstance(content, bytes) else content.encode()), NotReadable)


@many
@given(CBOR)
async def test_no_selection_breaks_its_reader_and_none_is_valid(content: bytes) -> None:
    in_time(lambda: decode(content), NotCbor)
    chosen = {"cryptosuite": "ecdsa-sd-2023", "proofValue": "u" + b64(b"\xd9\x5d\x01" + content)}
    document = json.loads(SIGNED)
    assert (await checked(document | {"proof": document["proof"] | chosen}, Elsewhere())).verdict not in (
        Verdict.VALID,
        Verdict.EXPIRED,
    )


@many
@given(ENCODED)
def test_no_status_list_breaks_its_reader(encoded: str) -> None:
    in_time(lambda: status_list.decode(encoded), status_list.NotAStatusList)


@many
@given(ENTRIES)
def test_no_key_breaks_its_reader(entry: dict[str, object]) -> None:
    in_time(lambda: key_of(entry), NotAKey)


@pytest.mark.parametrize("size", [1 << 10, 1 << 14, 1 << 17])
@pytest.mark.parametrize(
    "piece", ["<svg ", "a='", '"', "<!--", "<?", "<!DOCTYPE ", "]]>", "<openbadges:credential "]
)
def test_repeating_a_piece_of_a_drawing_takes_no_more_than_linear_time(piece: str, size: int) -> None:
    content = ("<svg>" + piece * (size // len(piece))).encode()
    in_time(lambda: bake_svg(content, b"{}"), NotABadgeDrawing)
    in_time(lambda: read(content), NotReadable)
