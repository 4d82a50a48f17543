"""By no address may a stranger reach what is inside; a real server counts every connection."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from services.badges.fetching import (
    LARGEST,
    CannotFetch,
    Fetcher,
    Resolve,
    fresh_seconds,
    is_public,
    refuse_other_than_https,
)

NAME = "badges.example"
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@dataclass
class Server:
    """A real HTTPS server on this machine; `answers` are given in turn, the last one for ever."""

    port: int
    trust: ssl.SSLContext
    hits: int = 0
    asked: list[bytes] = field(default_factory=list)
    answers: list[bytes] = field(default_factory=lambda: [OK + b"Content-Length: 2\r\n\r\n{}"])

    def url(self, path: str = "/") -> str:
        """An address of this server by its name."""
        return f"https://{NAME}:{self.port}{path}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.hits += 1
        self.asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(self.answers.pop(0) if len(self.answers) > 1 else self.answers[0])
        await writer.drain()
        writer.close()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of our own for the server's name, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(1), now + timedelta(1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + built.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
async def server(certificate: Path) -> AsyncIterator[Server]:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    found = Server(0, ssl.create_default_context(cafile=str(certificate)))
    listening = await asyncio.start_server(found.serve, "127.0.0.1", 0, ssl=tls)
    found.port = listening.sockets[0].getsockname()[1]
    async with listening:
        yield found


def resolving_to(*addresses: str) -> Resolve:
    async def resolve(_host: str, _port: int) -> list[str]:
        return list(addresses)

    return resolve


PRIVATE = {
    "loopback": "127.0.0.1",
    "all of loopback": "127.8.9.1",
    "loopback of IPv6": "::1",
    "loopback mapped into IPv6": "::ffff:127.0.0.1",
    "loopback in old IPv6 form": "::127.0.0.1",
    "loopback behind NAT64": "64:ff9b::7f00:1",
    "a NAT64 prefix of one's own": "64:ff9b:1::7f00:1",
    "loopback in 6to4": "2002:7f00:1::1",
    "loopback in Teredo": "2001:0:7f00:1::1",
    "unspecified": "0.0.0.0",
    "unspecified of IPv6": "::",
    "this network": "0.1.2.3",
    "private 10": "10.1.2.3",
    "private 172.16": "172.20.0.1",
    "private 192.168": "192.168.1.1",
    "link-local, where clouds keep secrets": "169.254.169.254",
    "link-local of IPv6": "fe80::1%eth0",
    "unique local": "fd00:ec2::254",
    "site-local": "fec0::1",
    "carrier-grade NAT": "100.64.0.1",
    "multicast": "224.0.0.1",
    "multicast of IPv6": "ff02::1",
    "broadcast": "255.255.255.255",
    "benchmarking": "198.18.0.1",
    "documentation": "192.0.2.1",
    "no address": "localhost",
}


@pytest.mark.parametrize("form", PRIVATE)
async def test_a_name_that_leads_inside_is_not_fetched(server: Server, form: str) -> None:
    for addresses in ([PRIVATE[form]], ["93.184.216.34", PRIVATE[form]]):
        with pytest.raises(CannotFetch, match="not on the public internet"):
            await Fetcher(resolve=resolving_to(*addresses), trust=server.trust).get(server.url())
    assert server.hits == 0


WRITTEN = (
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "[::1]",
    "[::ffff:7f00:1]",
    "localhost",
)


@pytest.mark.parametrize("host", [*WRITTEN, "0", "[::]", "localhost.", "127.0.0.1."])
async def test_an_address_written_in_any_way_is_not_fetched(server: Server, host: str) -> None:
    with pytest.raises(CannotFetch, match=r"not on the public internet|has no address"):
        await Fetcher(trust=server.trust).get(f"https://{host}:{server.port}/")
    assert server.hits == 0


async def test_the_connection_goes_to_the_address_that_was_checked(server: Server) -> None:
    answers = [["127.0.0.1"], ["10.0.0.1"]]

    async def rebinding(_host: str, _port: int) -> list[str]:
        return answers.pop(0)

    assert (await Fetcher([NAME], rebinding, server.trust).get(server.url())).status == 200
    assert (server.hits, answers) == (1, [["10.0.0.1"]])


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:1.1.1.1"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://badges.example/",
        "ftp://badges.example/",
        "file:///etc/passwd",
        "https://",
        "https://a:b@badges.example/",
        "https://badges.example:99999/",
        "https://[::1",
        "https://badges.example/\n",
        "https://badges.example/a b",
        "https://badges.example/" + "a" * 3000,
        "//badges.example/",
    ],
)
def test_only_whole_https_addresses_are_fetched(url: str) -> None:
    with pytest.raises(CannotFetch):
        refuse_other_than_https(url)


@pytest.fixture
def fetcher(server: Server) -> Fetcher:
    return Fetcher([NAME], resolving_to("127.0.0.1"), server.trust)


async def test_an_allowed_host_is_fetched_by_its_name(server: Server, fetcher: Fetcher) -> None:
    answer = await fetcher.get(server.url("/a?b=ä"))
    assert (answer.status, answer.body, answer.media_type) == (200, b"{}", "application/json")
    assert server.asked[0].startswith(b"GET /a?b=%C3%A4 HTTP/1.1\r\nHost: " + NAME.encode())


async def test_a_certificate_of_somebody_else_is_not_accepted(server: Server) -> None:
    with pytest.raises(CannotFetch, match="cannot be reached"):
        await Fetcher([NAME], resolving_to("127.0.0.1")).get(server.url())


@pytest.mark.parametrize(
    "location", ["https://elsewhere.example/", "http://badges.example/", "//127.0.0.1/", ""]
)
async def test_a_redirect_to_elsewhere_is_not_followed(
    server: Server, fetcher: Fetcher, location: str
) -> None:
    server.answers = [
        b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + location.encode() + b"\r\n\r\n"
    ]
    with pytest.raises(CannotFetch, match=r"sends elsewhere|redirects in circles"):
        await fetcher.get(server.url())


async def test_a_redirect_within_the_origin_is_followed(server: Server, fetcher: Fetcher) -> None:
    moved = b"HTTP/1.1 301 Moved\r\nContent-Length: 0\r\nLocation: /new\r\n\r\n"
    server.answers = [moved, OK + b"Content-Length: 3\r\n\r\nnew"]
    assert (await fetcher.get(server.url("/old"))).body == b"new"


@pytest.mark.parametrize(
    ("headers", "body", "reason"),
    [
        (b"Content-Encoding: gzip\r\n", b"\x1f\x8b", "packed"),
        (b"", b"a" * (LARGEST + 1), "larger than"),
    ],
)
async def test_an_answer_that_is_packed_or_too_large_is_refused(
    server: Server, fetcher: Fetcher, headers: bytes, body: bytes, reason: str
) -> None:
    server.answers = [OK + headers + b"Connection: close\r\n\r\n" + body]
    with pytest.raises(CannotFetch, match=reason):
        await fetcher.get(server.url())


async def test_a_server_that_does_not_answer_is_not_waited_for(
    server: Server, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.badges.fetching.SECONDS", 0.2)
    server.answers = [OK]
    with pytest.raises(CannotFetch):
        await fetcher.get(server.url())


@pytest.mark.parametrize(("most", "size"), [("KEPT_ANSWERS", 3), ("KEPT_BYTES", 6)])
async def test_no_more_answers_are_kept_than_may_be(
    server: Server, fetcher: Fetcher, monkeypatch: pytest.MonkeyPatch, most: str, size: int
) -> None:
    monkeypatch.setattr(f"services.badges.fetching.{most}", size)
    server.answers = [OK + b"Cache-Control: max-age=60\r\nContent-Length: 2\r\n\r\n{}"]
    for number in (1, 2, 3, 4, 4, 3, 2, 1):
        await fetcher.get(server.url(f"/{number}"))
    assert server.hits == 5, "three are kept, the first was given up"


@pytest.mark.parametrize(
    ("header", "hits"),
    [
        (b"Cache-Control: max-age=60", 1),
        (b"Cache-Control: no-store", 2),
        (b"Cache-Control: No-Store\r\nETag: 1", 2),
        (b"A: b", 2),
    ],
)
async def test_an_answer_is_kept_as_its_headers_say(
    server: Server, fetcher: Fetcher, header: bytes, hits: int
) -> None:
    server.answers = [OK + header + b"\r\nContent-Length: 2\r\n\r\n{}"]
    for _ in range(2):
        assert (await fetcher.get(server.url())).body == b"{}"
    assert server.hits == hits


async def test_an_answer_that_has_not_changed_is_not_sent_again(server: Server, fetcher: Fetcher) -> None:
    first = OK + b'ETag: "1"\r\nCache-Control: no-cache\r\nContent-Length: 2\r\n\r\n{}'
    server.answers = [first, b"HTTP/1.1 304 Not Modified\r\n\r\n"]
    for _ in range(2):
        assert (await fetcher.get(server.url())).body == b"{}"
    assert b'if-none-match: "1"' in server.asked[1].lower()


HEADERS: list[tuple[dict[str, str], float]] = [
    ({"cache-control": "public, max-age=300"}, 300),
    ({"cache-control": "max-age=300", "age": "100"}, 200),
    ({"cache-control": "max-age=999999999"}, 86_400),
    ({"cache-control": "max-age=300, no-cache"}, 0),
    ({"expires": "Thu, 01 Oct 2026 10:00:10 GMT", "date": "Thu, 01 Oct 2026 10:00:00 GMT"}, 10),
    ({"expires": "0", "date": "Thu, 01 Oct 2026 10:00:00 GMT"}, 0),
    ({"cache-control": "max-age=300", "age": "old"}, 0),
    ({}, 0),
]


@pytest.mark.parametrize(("headers", "seconds"), HEADERS)
def test_freshness_is_as_the_headers_say(headers: dict[str, str], seconds: float) -> None:
    assert fresh_seconds(headers) == seconds
