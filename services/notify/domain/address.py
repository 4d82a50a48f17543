"""Which internet addresses belong to the public, so that a subscription leads to nothing inside."""

import ipaddress

# Networks that Python's own tables call global, or did until recently.
_SPECIAL_V4 = tuple(
    map(ipaddress.IPv4Network, ("100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15"))
)
_SPECIAL_V6 = tuple(map(ipaddress.IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))
_ASSIGNED_V6 = ipaddress.IPv6Network("2000::/3")


def is_public(text: str) -> bool:
    """Whether this is an address of the public internet, written out in full; anything else is not.

    Addresses that carry another one (mapped, NAT64, 6to4, Teredo) are not: they lead wherever that one does.
    """
    try:
        ip = ipaddress.ip_address(text)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        return ip in _ASSIGNED_V6 and ip.is_global and not any(ip in network for network in _SPECIAL_V6)
    plain = ip.is_global and not ip.is_multicast and not ip.is_reserved
    return plain and not any(ip in network for network in _SPECIAL_V4)
