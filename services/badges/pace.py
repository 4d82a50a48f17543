"""How often one client may ask for something costly. Kept in the memory of one process."""

import ipaddress
from collections import OrderedDict

MOST_CLIENTS = 20_000


class Pace:
    """Lets every client do something `per_minute` times a minute, all at once or spread; 0 is no limit."""

    def __init__(self, per_minute: int) -> None:
        self._interval = 60 / per_minute if per_minute else 0.0
        self._used: OrderedDict[str, float] = OrderedDict()

    def wait(self, client: str, now: float) -> float:
        """Counts one request at `now` (seconds on a steady clock); how many seconds it comes too early.

        0 means that it may go ahead. What comes too early is not counted.
        """
        used_until = max(self._used.get(client, now), now)
        early = used_until + self._interval - now - 60
        if self._interval and early > 1e-6:
            return early
        self.charge(client, now, 1)
        return 0.0

    def charge(self, client: str, now: float, times: int) -> None:
        """Counts what a client has asked for as if it had asked so many times."""
        self._used[client] = max(self._used.get(client, now), now) + times * self._interval
        self._used.move_to_end(client)
        while len(self._used) > MOST_CLIENTS:
            self._used.popitem(last=False)


def client_name(address: str | None) -> str:
    """Who counts as one client: an IPv4 address, or the /64 network that one IPv6 customer has."""
    try:
        ip = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(ip, ipaddress.IPv4Address):
        return str(ip)
    return str(ip.ipv4_mapped or ipaddress.ip_network((ip, 64), strict=False))
