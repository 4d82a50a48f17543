"""Requests to addresses that somebody else has chosen.

Nothing inside may be reached by them. Only https, unless the host is on the operator's list; a host is looked
up by us, all its addresses must be public, and the connection goes to one that was checked: every socket is
made here, for one address, which is looked at again at that moment. Redirections are not followed; time and
what is read of an answer are limited; answers are not unpacked; no proxy, cookie or password of ours is used.
"""

import asyncio
import socket
import ssl
import time
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from .domain.address import is_public
from .domain.delivery import Answer
from .domain.subscription import UnsuitableAddress

LONGEST_URL = 2048
MOST_READ = 65_536  # bytes of an answer; more, and the connection is given up instead of used again
_KEPT_SECONDS = 60.0  # an idle connection
_LOOKED_UP_SECONDS = 30  # an address that was found and checked
_CHECK_SECONDS = 5.0  # for a name server to answer while somebody waits
_RESOLVERS = 16  # threads: a name server that is slow for one host must not hold up the others


class _NotPublic(OSError):
    """The host is, or leads, inside."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of a request: the answer, the beginning of its body, and how long it took."""

    answer: Answer
    body: bytes
    milliseconds: int


class _Resolver(AbstractResolver):
    """Looks hosts up in threads of its own. With `public` it refuses hosts that have any other address."""

    def __init__(self, threads: ThreadPoolExecutor | None, *, public: bool) -> None:
        self._threads, self._public = threads, public

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Every address of the host. Raises OSError, also where one of them is not public."""
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, _look_up, host, port, family)
        if self._public and not all(is_public(address) for address, _ in found):
            raise _NotPublic
        return [
            ResolveResult(
                hostname=host, host=address, port=port, family=of, proto=0, flags=socket.AI_NUMERICHOST
            )
            for address, of in found
        ]

    async def close(self) -> None:
        """Nothing of its own is open."""


def _look_up(host: str, port: int, family: int) -> list[tuple[str, socket.AddressFamily]]:
    found = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)
    return [(str(each[4][0]), each[0]) for each in found]


def _checked_socket(address: tuple[Any, ...]) -> socket.socket:
    """A socket to connect to exactly this address with. Raises OSError where it is not public."""
    family, kind, protocol, _, where = address
    if not is_public(str(where[0])):
        raise _NotPublic
    return socket.socket(family, kind, protocol)


def usable(url: str, allowed: Collection[str]) -> URL:
    """The URL, in the form it is requested in. Raises UnsuitableAddress where its form alone forbids it."""
    try:
        found = URL(url)
        port = found.port
    except ValueError as error:
        raise UnsuitableAddress from error
    schemes = ("https", "http") if found.host in allowed else ("https",)
    whole = found.scheme in schemes and found.host and port and not found.user and not found.password
    if not whole or len(url) > LONGEST_URL or not url.isprintable() or " " in url:
        raise UnsuitableAddress
    return found.with_fragment(None)


async def check(url: str, allowed: Collection[str]) -> None:
    """Refuse an address that nothing could be sent to. Raises UnsuitableAddress, which says why."""
    found = usable(url, allowed)
    if found.host in allowed:
        return
    host = str(found.raw_host)
    try:
        async with asyncio.timeout(_CHECK_SECONDS):
            await _check_host(host, found.port or 443)
    except _NotPublic as error:
        raise UnsuitableAddress(f"{host} is not on the public internet; use a host that is") from error
    except (OSError, UnicodeError) as error:
        raise UnsuitableAddress(f"{host} has no address; is it spelt right?") from error


async def _check_host(host: str, port: int) -> None:
    if ":" in host or host.replace(".", "").isdigit():
        if not is_public(host):
            raise _NotPublic
    else:
        await _Resolver(None, public=True).resolve(host, port)


class Webhooks:
    """The connections of one process. `allowed` are hosts that may be reached though they are not public."""

    def __init__(
        self,
        allowed: Collection[str] = (),
        seconds: float = 20,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self._allowed, self._trust = frozenset(allowed), trust or ssl.create_default_context()
        self._timeout = aiohttp.ClientTimeout(total=seconds)
        self._threads = ThreadPoolExecutor(_RESOLVERS, thread_name_prefix="webhooks")
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Send a request. Whatever goes wrong is in the reply."""
        started, read = time.monotonic(), b""
        try:
            answer, read = await self._exchange(usable(url, self._allowed), headers, body)
        except Exception as error:  # of whatever kind: an endpoint's fault must end nobody else's delivery
            answer = Answer(None, why(error))
        return Reply(answer, read, round(1000 * (time.monotonic() - started)))

    async def close(self) -> None:
        """Give up every connection."""
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _exchange(self, url: URL, headers: Mapping[str, str], body: bytes) -> tuple[Answer, bytes]:
        session = self._session(public=url.host not in self._allowed)
        async with session.post(url, headers=headers, data=body, allow_redirects=False) as response:
            answer = Answer(response.status, None, retry_after(response.headers.get("Retry-After")))
            read = b""
            with suppress(aiohttp.ClientError, TimeoutError):  # the status is what counts
                read = await _beginning(response)
            if not response.content.at_eof():
                response.close()
            return answer, read

    def _session(self, *, public: bool) -> aiohttp.ClientSession:
        if public not in self._sessions:
            connector = aiohttp.TCPConnector(
                resolver=_Resolver(self._threads, public=public),
                socket_factory=_checked_socket if public else None,
                ssl=self._trust,
                limit=0,  # who is sent how much at once is decided elsewhere
                keepalive_timeout=_KEPT_SECONDS,
                ttl_dns_cache=_LOOKED_UP_SECONDS,
            )
            self._sessions[public] = aiohttp.ClientSession(
                connector=connector,
                timeout=self._timeout,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
                headers={"User-Agent": "cities-of-learning", "Accept-Encoding": "identity"},
            )
        return self._sessions[public]


async def _beginning(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    while len(body) < MOST_READ and (part := await response.content.read(MOST_READ - len(body))):
        body += part
    return bytes(body)


def retry_after(header: str | None) -> float | None:
    """How long an answer asks to wait (RFC 9110, 10.2.3), in seconds; None where it does not say."""
    if header is None:
        return None
    if header.strip().isdigit():
        return float(header.strip()[:9])
    with suppress(ValueError, TypeError, OverflowError):
        at = parsedate_to_datetime(header)
        return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
    return None


def why(error: BaseException) -> str:
    """Why there was no answer, in a few words. The address is not among them: it may hold a secret."""
    if isinstance(error, UnsuitableAddress):
        return "the address is not one that may be used any more"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    cause = getattr(error, "os_error", None) or error
    if isinstance(cause, _NotPublic):
        return "the host is not on the public internet"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        reason = getattr(error.certificate_error, "verify_message", None)
        return f"the certificate is not valid: {reason or 'it names another host'}"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "the host has no address"
    if isinstance(error, aiohttp.ClientConnectorSSLError | ssl.SSLError):
        return "no encrypted connection could be made"
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"no connection: {getattr(cause, 'strerror', None) or type(cause).__name__}"
    return f"no answer: {type(error).__name__}"
