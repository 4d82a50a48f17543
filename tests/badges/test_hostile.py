"""What was made to crash a verifier, to hang it or to make it ask elsewhere: each gets an answer soon."""

import gzip
import json
import struct
import time
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from services.badges.checking.worlds import Asking, verify_in_time
from services.badges.sandbox import Sandbox
from services.badges.verifying import Verdict
from tests.badges.foreign import LIST, NOW, STATUS, Elsewhere, badge, bit_list, checked, claims
from tests.badges.issuing_elsewhere import ED25519, b64, did_jwk, jwk, token, with_proof
from tests.badges.test_checking_hosted import CLASS, HERE, ISSUER, assertion

pytestmark = pytest.mark.usefixtures("undisturbed")

LONGEST = 2.0
"""Seconds of processor time that any step of reading may take."""
SIGNATURE = b"\x89PNG\r\n\x1a\n"
HEADER = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
BOMB = zlib.compress(b"\0" * (50 << 20), 9)
SIGNED = with_proof(badge())
BADGE = json.dumps(SIGNED)


def chunk(kind: bytes, data: bytes, length: int | None = None, crc: int | None = None) -> bytes:
    """One chunk, by default with its own length and checksum."""
    said = len(data) if length is None else length
    return struct.pack(">I", said) + kind + data + struct.pack(">I", crc or zlib.crc32(kind + data))


def png(*chunks: bytes, end: bool = True) -> bytes:
    return SIGNATURE + chunk(b"IHDR", HEADER) + b"".join(chunks) + (chunk(b"IEND", b"") if end else b"")


def text_chunk(text: bytes, keyword: bytes = b"openbadgecredential", packed: bool = False) -> bytes:
    return chunk(b"iTXt", keyword + b"\0" + bytes([packed]) + b"\0\0\0" + text)


def jws(header: Any, payload: Any = None, signature: bytes = b"\0" * 64) -> bytes:
    """A token with any header around a badge."""
    body = claims(badge(did_jwk(ED25519))) if payload is None else payload
    parts = (each if isinstance(each, bytes) else json.dumps(each).encode() for each in (header, body))
    return ".".join([*map(b64, parts), b64(signature)]).encode()


def drawn(inside: str, before: str = "", attributes: str = "") -> bytes:
    """A drawing, with something in front and inside of it."""
    return f'{before}<svg xmlns="http://www.w3.org/2000/svg" {attributes}>{inside}</svg>'.encode()


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
CARRIED = '<b:credential xmlns:b="https://purl.imsglobal.org/ob/v3p0">{}</b:credential>'

JSON_ATTACKS: dict[str, Callable[[], bytes]] = {
    "100,000 open brackets": lambda: b"[" * 100_000,
    "100,000 objects inside each other": lambda: b'{"a":' * 100_000,
    "lists inside each other, closed": lambda: b'{"a":' + b"[" * 900 + b"]" * 900 + b"}",
    "1,000 levels in a badge": lambda: BADGE.replace(
        '"Podcast"', '{"name":' * 1000 + "1" + "}" * 1000, 1
    ).encode(),
    "a number of a million digits": lambda: b'{"a":' + b"9" * 1_000_000 + b"}",
    "a number of 200,000 digits": lambda: BADGE.replace('"Podcast"', "9" * 200_000, 1).encode(),
    "a number beyond all": lambda: BADGE.replace('"Podcast"', "1e400", 1).encode(),
    "a number that is none": lambda: BADGE.replace('"Podcast"', "NaN", 1).encode(),
    "a lone surrogate": lambda: BADGE.replace('"Podcast"', r'"\ud800"', 1).encode(),
    "a lone surrogate as bytes": lambda: (
        BADGE.replace('"Podcast"', '"x"', 1).encode().replace(b"x", b"\xed\xa0\x80")
    ),
    "the same name twice": lambda: BADGE.replace('"name"', '"name": "Other", "name"', 1).encode(),
    "a name twice, the other one last": lambda: BADGE.replace(
        '"Podcast"', '"Podcast", "name": "Other"', 1
    ).encode(),
    "a NUL in a name": lambda: BADGE.replace('"name"', r'"na\u0000me"', 1).encode(),
    "all lists": lambda: json.dumps({name: [value] for name, value in SIGNED.items()}).encode(),
    "1,000 proofs": lambda: json.dumps(SIGNED | {"proof": [SIGNED["proof"]] * 1000 + [{}]}).encode()[
        :262_144
    ],
    "proofs that build on each other": lambda: json.dumps(
        SIGNED
        | {"proof": [SIGNED["proof"] | {"id": f"urn:{n}", "previousProof": f"urn:{1 - n}"} for n in (0, 1)]}
    ).encode(),
    "10,000 contexts": lambda: json.dumps(SIGNED | {"@context": SIGNED["@context"] * 1000}).encode(),
    "a context of its own": lambda: json.dumps(SIGNED | {"@context": [{"@vocab": "urn:x:"}]}).encode(),
    "10,000 endorsements": lambda: json.dumps(SIGNED | {"endorsementJwt": ["a.b.c"] * 10_000}).encode(),
    "100,000 spaces": lambda: b" " * 100_000 + b"{",
    "UTF-16": lambda: BADGE.encode("utf-16"),
    "UTF-32": lambda: BADGE.encode("utf-32"),
}
TOKEN_ATTACKS: dict[str, Callable[[], bytes]] = {
    "algorithm none": lambda: jws({"alg": "none", "kid": f"{did_jwk(ED25519)}#0"}, signature=b"\0"),
    "algorithm nOnE": lambda: jws({"alg": "nOnE", "kid": f"{did_jwk(ED25519)}#0"}),
    "a symmetric algorithm with the public key": lambda: jws({"alg": "HS256", "jwk": jwk(ED25519)}),
    "an algorithm that is a list": lambda: jws({"alg": ["EdDSA"], "kid": f"{did_jwk(ED25519)}#0"}),
    "critical": lambda: token(
        claims(badge(did_jwk(ED25519))), ED25519, kid=f"{did_jwk(ED25519)}#0", crit=["x"], x=1
    ).encode(),
    "without base64": lambda: token(
        claims(badge(did_jwk(ED25519))), ED25519, kid=f"{did_jwk(ED25519)}#0", b64=False, crit=["b64"]
    ).encode(),
    "a key elsewhere": lambda: jws(
        {"alg": "EdDSA", "jku": "https://evil.example/keys", "x5u": "https://evil.example/x5u"}
    ),
    "a header of 200 KB": lambda: jws({"alg": "EdDSA", "kid": "x" * 150_000}),
    "a header of deep lists": lambda: jws(b'{"alg":' + b"[" * 50_000),
    "a private key in the header": lambda: jws({"alg": "EdDSA", "jwk": jwk(ED25519) | {"d": "AAAA"}}),
    "a modulus of 100,000 bits": lambda: jws(
        {"alg": "RS256", "jwk": {"kty": "RSA", "e": "AQAB", "n": b64(b"\xff" * 12_500)}}
    ),
    "an even modulus": lambda: jws(
        {"alg": "RS256", "jwk": {"kty": "RSA", "e": "AA", "n": b64(b"\xfe" * 256)}}
    ),
    "a point that is not on the curve": lambda: jws(
        {"alg": "ES256", "jwk": {"kty": "EC", "crv": "P-256", "x": b64(b"\1" * 32), "y": b64(b"\2" * 32)}}
    ),
    "a signature of zeros": lambda: jws({"alg": "EdDSA", "kid": f"{did_jwk(ED25519)}#0"}),
    "no signature": lambda: jws({"alg": "EdDSA", "kid": f"{did_jwk(ED25519)}#0"})[:-86] + b"AA",
    "base64 that is none": lambda: b"a.b.c",
    "base64 with padding": lambda: b"e30=.e30=.AA==",
    "100,000 dots": lambda: b"a." * 100_000,
    "a payload that is a list": lambda: jws({"alg": "EdDSA"}, []),
    "a payload of 100,000 brackets": lambda: jws({"alg": "EdDSA"}, b"[" * 100_000),
    "a token in a token": lambda: jws({"alg": "EdDSA"}, {"vc": {"vc": {"vc": {}}}, "vp": {"vp": {}}}),
    "a did:jwk of a did:jwk": lambda: jws(
        {"alg": "EdDSA", "kid": "did:jwk:" + b64(b'{"kty":' * 5000) + "#0"}
    ),
}
PICTURE_ATTACKS: dict[str, Callable[[], bytes]] = {
    "a packed bomb": lambda: png(text_chunk(BOMB, packed=True)),
    "a packed bomb for 2.0": lambda: png(text_chunk(BOMB, b"openbadges", packed=True)),
    "a bomb in a chunk of another kind": lambda: png(
        chunk(b"zTXt", b"openbadges\0\0" + BOMB), chunk(b"iCCP", b"a\0\0" + BOMB)
    ),
    "a packed text that is damaged": lambda: png(text_chunk(BOMB[:100] + b"\xff" * 50, packed=True)),
    "4,000 chunks": lambda: png(chunk(b"tEXt", b"a\0b") * 4000),
    "100,000 chunks": lambda: png(chunk(b"tEXt", b"a\0b") * 100_000),
    "1,000 badges": lambda: png(text_chunk(b"{}") * 1000),
    "a chunk of 4 GB": lambda: png(chunk(b"iTXt", b"openbadgecredential\0", length=0xFFFFFFFF)),
    "a chunk of 2 GB": lambda: png(chunk(b"iTXt", b"openbadgecredential\0", length=0x7FFFFFFF)),
    "a wrong checksum": lambda: png(chunk(b"iTXt", b"openbadgecredential\0\0\0\0\0{}", crc=1)),
    "an end in a chunk": lambda: png(text_chunk(BADGE.encode()))[:-30],
    "no end": lambda: png(text_chunk(BADGE.encode()), end=False),
    "nothing after the keyword": lambda: png(chunk(b"iTXt", b"openbadgecredential\0")),
    "no zero bytes": lambda: png(chunk(b"iTXt", b"openbadgecredential\0\0\0abc")),
    "a picture in a picture": lambda: png(text_chunk(png(text_chunk(b"{}")))),
    "a deep badge": lambda: png(text_chunk(b"[" * 200_000)),
    "only a signature": lambda: SIGNATURE,
    "entities": lambda: drawn(CARRIED.format("&l11;"), f'<!DOCTYPE svg [<!ENTITY l0 "lol">{LAUGHS}]>'),
    "one long entity many times": lambda: drawn(
        CARRIED.format("&a;" * 5000), f'<!DOCTYPE svg [<!ENTITY a "{"a" * 50_000}">]>'
    ),
    "an entity from a file": lambda: drawn(
        CARRIED.format("&x;"), '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    ),
    "an entity from elsewhere": lambda: drawn(
        CARRIED.format("&x;"), '<!DOCTYPE svg [<!ENTITY x SYSTEM "https://evil.example/x">]>'
    ),
    "a parameter entity": lambda: drawn(
        "", '<!DOCTYPE svg [<!ENTITY % x SYSTEM "https://evil.example/x.dtd"> %x;]>'
    ),
    "a document type from elsewhere": lambda: drawn(
        CARRIED.format("{}"), '<!DOCTYPE svg SYSTEM "https://evil.example/svg.dtd">'
    ),
    "attributes by default": lambda: drawn("", '<!DOCTYPE svg [<!ATTLIST svg a CDATA "b" c CDATA "d">]>'),
    "30,000 elements": lambda: drawn("<g/>" * 30_000),
    "elements inside each other": lambda: drawn("<g>" * 50_000 + "</g>" * 50_000),
    "10,000 attributes": lambda: drawn("", "", " ".join(f'a{n}="b"' for n in range(10_000))),
    "10,000 namespaces": lambda: drawn("", "", " ".join(f'xmlns:n{n}="urn:{n}"' for n in range(10_000))),
    "an attribute of a megabyte": lambda: drawn("", "", f'a="{"b" * (1 << 20)}"'),
    "a badge inside a badge": lambda: drawn(CARRIED.format(CARRIED.format("{}"))),
    "1,000 drawn badges": lambda: drawn(CARRIED.format("{}") * 1000),
    "an unknown encoding": lambda: drawn("", '<?xml version="1.0" encoding="x-evil"?>'),
    "UTF-7": lambda: drawn("+ADw-", '<?xml version="1.0" encoding="UTF-7"?>'),
    "UTF-16 drawing": lambda: drawn(CARRIED.format("{}")).decode().encode("utf-16"),
    "an open comment": lambda: drawn("<!--" + "-" * 500_000),
    "an open CDATA": lambda: drawn("<![CDATA[" + "]" * 500_000),
    "instructions": lambda: drawn("<?a?>" * 100_000),
}
ATTACKS = JSON_ATTACKS | TOKEN_ATTACKS | PICTURE_ATTACKS
HARMLESS = {"the same name twice"}  # the last one counts, as everywhere, and that is the signed one


@pytest.mark.parametrize("name", ATTACKS)
async def test_what_was_made_to_break_it_is_answered_soon(name: str) -> None:
    content, elsewhere = ATTACKS[name](), Elsewhere()
    started = time.process_time()
    found = await checked(content, elsewhere, address="a@example.com")
    assert time.process_time() - started < LONGEST
    assert (found.verdict is Verdict.VALID) == (name in HARMLESS), found.lines
    assert not any("evil" in url or url.startswith("file") for url in elsewhere.asked)


LISTS: dict[str, str] = {
    "a bomb": "u" + b64(gzip.compress(b"\0" * (100 << 20))),
    "a bomb of several members": "u" + b64(gzip.compress(bytes(16_384)) * 3),
    "cut short": "u" + b64(gzip.compress(bytes(16_384))[:-9]),
    "nothing": "u",
    "another encoding": "z" + "1" * 100_000,
    "no gzip": "u" + b64(b"\x1f\x8b" + b"\xff" * 1000),
    "a megabyte of letters": "u" + "A" * (1 << 20),
    "a letter that is none": "uäöü",
}


@pytest.mark.parametrize("name", LISTS)
async def test_a_list_that_was_made_to_break_it_says_nothing_soon(name: str) -> None:
    elsewhere = Elsewhere()
    elsewhere.publish(LIST, with_proof(unsigned_list(encodedList=LISTS[name])))
    started = time.process_time()
    found = await checked(with_proof(badge(credentialStatus=STATUS)), elsewhere)
    assert time.process_time() - started < LONGEST
    assert found.verdict is Verdict.CANNOT_CHECK_NOW


def unsigned_list(**subject: Any) -> dict[str, Any]:
    document = bit_list("Bitstring", **subject)
    return {name: value for name, value in document.items() if name != "proof"}


@pytest.mark.parametrize("index", [-1, "-1", 10**18, "9" * 100_000, "٣", "0x7", "", "7.5"])
async def test_an_entry_that_is_no_number_says_nothing(index: Any) -> None:
    elsewhere = Elsewhere()
    elsewhere.publish(LIST, bit_list())
    document = json.dumps(SIGNED | {"credentialStatus": STATUS | {"statusListIndex": index}})
    assert (await checked(document.encode(), elsewhere)).verdict in (
        Verdict.ALTERED,
        Verdict.CANNOT_CHECK_NOW,
    )
    if isinstance(index, str):
        signed = with_proof(badge(credentialStatus=STATUS | {"statusListIndex": index}))
        assert (await checked(signed, elsewhere)).verdict is not Verdict.WITHDRAWN


CHAINS: dict[str, dict[str, Any]] = {
    "itself": {HERE: assertion(badge=HERE), ISSUER: {"id": ISSUER}},
    "a circle": {HERE: assertion(), CLASS: {"id": CLASS, "type": "BadgeClass", "issuer": CLASS}},
    "a number": {HERE: assertion(badge=7)},
    "a deep one": {HERE: json.dumps(assertion()).replace(f'"{CLASS}"', "[" * 5000).encode()},
    "a file": {HERE: assertion(badge="file:///etc/passwd")},
    "somebody else": {HERE: assertion(), CLASS: {"id": CLASS, "issuer": "https://evil.example/i"}},
}


@pytest.mark.parametrize("name", CHAINS)
async def test_an_assertion_that_leads_in_circles_ends(name: str) -> None:
    elsewhere = Elsewhere()
    for url, page in CHAINS[name].items():
        elsewhere.publish(url, page)
    found = await checked(json.dumps(assertion()).encode(), elsewhere)
    assert found.verdict is not Verdict.VALID
    assert len(elsewhere.asked) < 10


POISON = {
    "alike parts": [{"type": "Evidence", "name": "a"}] * 200,
    "a wide tree of alike parts": [{"type": "Evidence", "audience": "b"}] * 4000,
}


@pytest.mark.parametrize("name", POISON)
async def test_a_graph_made_to_take_for_ever_ends_in_the_process_that_is_killed(name: str) -> None:
    document = json.dumps(SIGNED | {"evidence": POISON[name]}).encode()
    sandbox, elsewhere = Sandbox(1), Elsewhere()
    started = time.monotonic()
    found = await verify_in_time(document, Asking(elsewhere.get, sandbox), NOW, None, 10)
    assert found.verdict in (Verdict.CANNOT_CHECK_NOW, Verdict.ALTERED)
    assert time.monotonic() - started < 10
