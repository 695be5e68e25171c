"""How many tries fit in a row, and how soon there is room for one more: a flood stops, a slip costs seconds."""

from datetime import timedelta
from ipaddress import IPv6Address, ip_address

ROOM = 20
REFILL = timedelta(seconds=5)
KEPT = timedelta(hours=1)


def sender(address: str | None) -> str:
    """Whom tries are counted for: an address, or the network of an IPv6 one, since a phone has as many as it likes."""
    try:
        found = ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(found, IPv6Address):
        return found.ipv4_mapped.exploded if found.ipv4_mapped else found.exploded[:19]
    return found.exploded


def client(remote: str | None, forwarded: list[str], proxies: int) -> str | None:
    """The address that the outermost of our own proxies saw; what stands before it anybody may have written."""
    if not proxies:
        return remote
    return forwarded[-proxies].strip() if len(forwarded) >= proxies else remote
