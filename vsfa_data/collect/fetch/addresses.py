"""Which addresses may be fetched: pure rules, no network.

An address that two programs could read differently is refused rather than interpreted. Names
are only half checked here: what they resolve to is checked where it is connected to (`net.py`).
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

from yarl import URL

from vsfa_data.collect.fetch.allowance import NOTHING, Allowance
from vsfa_data.collect.rejected import Rejected

MAX_CHARACTERS: Final = 8192
SCHEMES: Final = ("http", "https")
PRIVILEGED_PORTS: Final = (80, 443)
"""Of the ports below 1024, the two that serve the web; the others are mail, shells, files."""

_AMBIGUOUS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\\\u2028\u2029\ud800-\udfff]")
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")
_USUAL: Final = re.compile(r"https?://[^/?#]*")
_BRACKETS: Final = re.compile(r"\[[0-9A-Fa-f:.]+\](:[0-9]*)?")
_NAME: Final = re.compile(r"(?=.{1,253}\Z)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_PRIVATE_NAMES: Final = re.compile(
    r"[^.]+|(.+\.)?(localhost|local|localdomain|internal|intranet|lan|home\.arpa|onion)"
)
"""Names that only a private network answers to; a single label is completed by its settings."""

# Written out rather than asked of `ipaddress`, whose answers differ between Python's releases.
# From IANA's IPv4 and IPv6 special-purpose registries; what is not named there is public.
_V4: Final = {
    IPv4Network(network): kind
    for network, kind in {
        "0.0.0.0/8": "unspecified",
        "10.0.0.0/8": "private",
        "100.64.0.0/10": "carrier-grade NAT",
        "127.0.0.0/8": "loopback",
        "168.63.129.16/32": "a cloud's platform service",  # public range, answers inside Azure
        "169.254.0.0/16": "link-local",
        "172.16.0.0/12": "private",
        "192.0.0.0/24": "reserved",
        "192.0.2.0/24": "documentation",
        "192.88.99.0/24": "6to4 relay",
        "192.168.0.0/16": "private",
        "198.18.0.0/15": "benchmarking",
        "198.51.100.0/24": "documentation",
        "203.0.113.0/24": "documentation",
        "224.0.0.0/4": "multicast",
        "240.0.0.0/4": "reserved",
    }.items()
}
_V6: Final = {
    IPv6Network(network): kind
    for network, kind in {
        "::/128": "unspecified",
        "::1/128": "loopback",
        "::ffff:0:0/96": "IPv4-mapped",
        "::/96": "IPv4-compatible",
        "64:ff9b:1::/48": "local NAT64",
        "2001::/32": "Teredo",
        "2001::/23": "reserved",
        "2001:db8::/32": "documentation",
        "2002::/16": "6to4",
        "3fff::/20": "documentation",
        "fc00::/7": "unique local",
        "fe80::/10": "link-local",
        "fec0::/10": "site-local",
        "ff00::/8": "multicast",
    }.items()
}
_GLOBAL_V6: Final = IPv6Network("2000::/3")
_NAT64: Final = IPv6Network("64:ff9b::/96")


def check_url(text: str, allowance: Allowance = NOTHING, base: URL | None = None) -> URL:
    """`text` as an address to fetch, without its fragment; relative to `base` if given.

    Raises Rejected: bad_url, scheme_not_allowed, credentials_in_url, ambiguous_host,
    address_not_public, port_not_allowed.
    """
    text = text.strip(" \t\r\n")
    if len(text) > MAX_CHARACTERS:
        raise Rejected("bad_url", f"longer than {MAX_CHARACTERS} characters")
    if _AMBIGUOUS.search(text):
        raise Rejected("bad_url", "a control character or a backslash")
    try:
        if base is not None:
            text = str(base.join(URL(text)))
        _check_start(text)
        url = URL(text)
        host, port = url.raw_host, url.port
    except (ValueError, LookupError):  # the latter for `http://[x]@`
        raise Rejected("bad_url", "not a valid address") from None
    if not host or not port:
        raise Rejected("bad_url", "no host" if not host else "port 0")
    if not allowance.admits(host, port):
        _check_host(host)
        if port < 1024 and port not in PRIVILEGED_PORTS:
            raise Rejected("port_not_allowed", f"port {port}; 80, 443 and 1024 to 65535 are")
    return url.with_fragment(None) if url.raw_fragment else url


def check_address(address: str) -> None:
    """Raises Rejected `address_not_public` unless the IP `address` is on the public internet.

    64:ff9b::/96, by which networks without IPv4 reach it, is judged by the IPv4 inside.
    """
    kind = kind_of(address)
    if kind is not None:
        raise Rejected("address_not_public", kind)


@lru_cache(maxsize=4096)
def kind_of(address: str) -> str | None:
    """What keeps an IP address from being public, in words; None if it is public."""
    if "%" in address:
        return "an address with a zone"
    try:
        ip = ip_address(address)
    except ValueError:
        return "not an address"
    if isinstance(ip, IPv4Address):
        return next((kind for network, kind in _V4.items() if ip in network), None)
    if ip in _NAT64:
        inside = kind_of(str(IPv4Address(int(ip) & 0xFFFF_FFFF)))
        return inside and f"NAT64 of {inside}"
    known = next((kind for network, kind in _V6.items() if ip in network), None)
    return known or (None if ip in _GLOBAL_V6 else "reserved")


def _check_start(text: str) -> None:
    usual = _USUAL.match(text)
    if usual and "@" not in usual[0] and "[" not in usual[0]:
        return
    scheme, colon, rest = text.partition(":")
    if not colon or not _SCHEME.fullmatch(scheme):
        raise Rejected("bad_url", "no scheme")
    if scheme.lower() not in SCHEMES:
        raise Rejected("scheme_not_allowed", scheme.lower()[:40])
    if not rest.startswith("//"):
        raise Rejected("bad_url", "no host")
    authority = re.split(r"[/?#]", rest[2:], maxsplit=1)[0]
    if "@" in authority:
        raise Rejected("credentials_in_url")
    if "[" in authority and not _BRACKETS.fullmatch(authority):
        raise Rejected("bad_url", "the host is not a valid IPv6 address")


def _check_host(host: str) -> None:
    if ":" in host:
        if "%" in host or not _is_v6(host):
            raise Rejected("bad_url", "the host is not a valid IPv6 address")
        if IPv6Address(host) in _NAT64:
            raise Rejected("address_not_public", "NAT64")
        check_address(host)
        return
    name = host.removesuffix(".")
    if not _NAME.fullmatch(name):
        raise Rejected("bad_url", "the host is not a valid name")
    if _NUMBER.fullmatch(name.rpartition(".")[2]):
        if not _is_v4(host):
            raise Rejected("ambiguous_host", "a number not written as four decimal ones")
        check_address(host)
    elif _PRIVATE_NAMES.fullmatch(name):
        raise Rejected("address_not_public", "a name for private networks")


def _is_v4(host: str) -> bool:
    try:
        IPv4Address(host)
    except ValueError:
        return False
    return True


def _is_v6(host: str) -> bool:
    try:
        IPv6Address(host)
    except ValueError:
        return False
    return True
