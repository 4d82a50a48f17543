"""Fetching for verification what somebody's document names: DIDs, keys, status lists, hosted badges.

The address comes from a stranger, so that nothing inside may be reached by it: only https, only to hosts all
of whose addresses are public; the connection goes to the very address that was checked; no redirect leads to
another origin; time and size are limited.
"""

import asyncio
import ipaddress
import re
import socket
import ssl
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpcore

SECONDS = 4.0
LARGEST = 1 << 20
MOST_REDIRECTS = 2
LONGEST_ADDRESS = 2048
KEPT_ANSWERS = 256
KEPT_BYTES = 16 << 20
KEPT_SECONDS = 86_400

_ACCEPT = (
    "application/vc+ld+json, application/vc, application/did+json, application/ld+json;q=0.9,"
    " application/json;q=0.9, text/plain;q=0.8, image/png;q=0.7, image/svg+xml;q=0.7"
)
# What the standard library does not call private, or only since recently.
_NOT_PUBLIC = tuple(
    ipaddress.ip_network(network)
    for network in (
        "100.64.0.0/10",  # carriers' own
        "192.0.0.0/24",
        "192.88.99.0/24",  # relays to 6to4
        "198.18.0.0/15",
        "240.0.0.0/4",
        "2001::/23",  # Teredo and other special uses
        "2001:db8::/32",
        "2002::/16",  # 6to4 carries an IPv4 address
        "3fff::/20",
    )
)
_WORLD = ipaddress.ip_network("2000::/3")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_FAILURES = (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException)
_MAX_AGE = re.compile(r"max-age=\"?(\d{1,9})")


class CannotFetch(Exception):
    """The address may not be fetched, or cannot be reached now; the message says which."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer: its status, its body and its media type without parameters."""

    status: int
    body: bytes
    media_type: str = ""


Resolve = Callable[[str, int], Awaitable[Collection[str]]]


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet, also when one form of it hides another."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inside = ip.ipv4_mapped
        if inside is None and ip in _NAT64:
            inside = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inside is not None:
            return is_public(str(inside))
        if ip not in _WORLD:
            return False
    special = ip.is_multicast or ip.is_unspecified or ip.is_loopback or ip.is_link_local or ip.is_reserved
    known = any(ip.version == network.version and ip in network for network in _NOT_PUBLIC)
    return ip.is_global and not special and not known


async def resolve_host(host: str, port: int) -> list[str]:
    """Every address of a host, as the system resolves it. Raises CannotFetch."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise CannotFetch(f"{host} has no address") from error
    return list(dict.fromkeys(str(each[4][0]) for each in found))


class _Checked(httpcore.AsyncNetworkBackend):
    """Connects to addresses that it has checked itself, whatever a second look-up would say."""

    def __init__(self, resolve: Resolve, allowed: Collection[str]) -> None:
        self._resolve, self._allowed = resolve, allowed
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (httpcore calls it by this name)
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to the host, if all its addresses are public or it is one of those allowed."""
        addresses = list(await self._resolve(host, port))
        if host not in self._allowed and not all(map(is_public, addresses)):
            raise CannotFetch(f"{host} is not on the public internet")
        if not addresses:
            raise CannotFetch(f"{host} has no address")
        return await self._network.connect_tcp(addresses[0], port, timeout, local_address, socket_options)


class Fetcher:
    """Fetches for one process, and keeps answers for as long as their own headers say.

    `allowed` are hosts that may be reached though they are not public (for tests and closed networks).
    """

    def __init__(
        self,
        allowed: Collection[str] = (),
        resolve: Resolve = resolve_host,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._backend = _Checked(resolve, allowed)
        self._trust = trust
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    async def get(self, url: str) -> Fetched:
        """The answer of a URL, whatever its status. Raises CannotFetch."""
        kept = self._kept.get(url)
        if kept and kept.until > time.monotonic():
            return kept.answer
        try:
            async with asyncio.timeout(SECONDS):
                return await self._follow(url, kept)
        except TimeoutError as error:
            raise CannotFetch(f"{urlsplit(url).hostname} takes too long to answer") from error
        except (OSError, ValueError, *_FAILURES) as error:
            raise CannotFetch(f"{urlsplit(url).hostname} cannot be reached") from error

    async def _follow(self, url: str, kept: "_Kept | None") -> Fetched:
        at = url
        for _ in range(MOST_REDIRECTS + 1):
            answer, headers = await self._ask(at, kept.etag if kept else "")
            if answer.status not in (301, 302, 303, 307, 308):
                return self._keep(url, answer, headers, kept)
            following = urljoin(at, headers.get("location", ""))
            if origin(following) != origin(at):
                raise CannotFetch(f"{urlsplit(url).hostname} sends elsewhere")
            at = following
        raise CannotFetch(f"{urlsplit(url).hostname} redirects in circles")

    async def _ask(self, url: str, etag: str) -> tuple[Fetched, dict[str, str]]:
        refuse_other_than_https(url)
        asked = {"Accept": _ACCEPT, "Accept-Encoding": "identity", "User-Agent": "cities-of-learning"}
        if etag:
            asked["If-None-Match"] = etag
        async with (
            httpcore.AsyncConnectionPool(ssl_context=self._trust, network_backend=self._backend) as pool,
            pool.stream("GET", _ascii(url), headers=list(asked.items())) as response,
        ):
            headers = {name.decode("latin-1").lower(): v.decode("latin-1") for name, v in response.headers}
            body = await _limited(response)
        if headers.get("content-encoding", "identity") != "identity":
            raise CannotFetch(f"{urlsplit(url).hostname} answers packed, though it was not asked to")
        media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
        return Fetched(response.status, body, media_type), headers

    def _keep(self, url: str, answer: Fetched, headers: dict[str, str], kept: "_Kept | None") -> Fetched:
        seconds = fresh_seconds(headers)
        if answer.status == 304 and kept:
            answer = kept.answer
        elif answer.status != 200 or "no-store" in headers.get("cache-control", "").lower():
            self._kept.pop(url, None)
            return answer
        etag = headers.get("etag", kept.etag if kept else "")
        if seconds > 0 or etag:
            self._kept[url] = _Kept(answer, time.monotonic() + seconds, etag)
            self._kept.move_to_end(url)
        while len(self._kept) > KEPT_ANSWERS or self._bytes() > KEPT_BYTES:
            self._kept.popitem(last=False)
        return answer

    def _bytes(self) -> int:
        return sum(len(each.answer.body) for each in self._kept.values())


@dataclass(frozen=True, slots=True)
class _Kept:
    answer: Fetched
    until: float
    etag: str


def fresh_seconds(headers: dict[str, str]) -> float:
    """For how long an answer may be used again without asking (RFC 9111, 4.2.1), seconds; at most a day."""
    control = headers.get("cache-control", "").lower()
    if "no-cache" in control or "no-store" in control:
        return 0
    match = _MAX_AGE.search(control)
    try:
        if match:
            seconds = float(match[1]) - float(headers.get("age", "0"))
        else:
            expires, date = (parsedate_to_datetime(headers[name]) for name in ("expires", "date"))
            seconds = (expires - date).total_seconds()
    except (KeyError, TypeError, ValueError, OverflowError):
        return 0
    return min(max(seconds, 0), KEPT_SECONDS)


def origin(url: str) -> str | None:
    """`https://host:port` of a URL, or None where it has none."""
    try:
        parts = urlsplit(url)
        return f"{parts.scheme}://{parts.hostname}:{parts.port or 443}" if parts.hostname else None
    except ValueError:
        return None


def refuse_other_than_https(url: str) -> None:
    """Raises CannotFetch unless the URL is a whole https address without a password."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme == "https" and parts.hostname and "@" not in parts.netloc and parts.port != 0
    except ValueError:
        usable = False
    if not usable or len(url) > LONGEST_ADDRESS or not url.isprintable() or " " in url:
        raise CannotFetch("only whole https addresses are fetched")


def _ascii(url: str) -> str:
    """The URL without its fragment, host in punycode, path percent-encoded."""
    parts = urlsplit(url)
    host = (parts.hostname or "").encode("idna").decode() if not (parts.hostname or "").isascii() else None
    if host:
        parts = parts._replace(netloc=host if parts.port is None else f"{host}:{parts.port}")
    address = parts._replace(fragment="").geturl()
    return "".join(each if each.isascii() else _percent(each) for each in address)


def _percent(letter: str) -> str:
    return "".join(f"%{byte:02X}" for byte in letter.encode("utf-8", "replace"))


async def _limited(response: httpcore.Response) -> bytes:
    body = bytearray()
    async for part in response.aiter_stream():
        body += part
        if len(body) > LARGEST:
            raise CannotFetch(f"the answer is larger than {LARGEST >> 20} MiB")
    return bytes(body)
