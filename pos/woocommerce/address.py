"""Where a web shop is, and whether it may be asked there.

An owner types the address, and our servers follow it: to a machine of our own network, or to the provider's that hands out passwords, if nobody looks.
So the name means only what public name servers make of it, and every address that it stands for must be one of the public Internet.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from socket import SOCK_STREAM, gaierror
from typing import Any
from urllib.parse import quote, urlsplit

import idna

from pos.errors import Invalid

HTTPS_PORT = 443
_DEFAULT_PORTS = {"http": 80, "https": HTTPS_PORT}
_MOST_CHARACTERS = 500
_CONTROL_OR_SPACE = re.compile(r"[\s\x00-\x20\x7f-\xa0\\]")
_NAME = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*")
# What the system's resolver takes for a number, in any of its spellings: 127.1, 0x7f.1, 2130706433, 0177.0.0.1.
_NUMBER = re.compile(r"(.*\.)?(0x[0-9a-f]*|[0-9]+)")
_PORT = re.compile(r"[1-9][0-9]{0,4}")
_PATH = re.compile(r"(/(?!\.{1,2}(/|$))(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%(?!0|1|7[Ff]|2[EeFf]|5[Cc])[0-9A-Fa-f]{2})+)*")

# IANA's registries of special-purpose addresses (RFC 6890), multicast and what is reserved; the last one is where Azure's machines get their settings.
_NOT_PUBLIC_V4 = tuple(
    IPv4Network(net)
    for net in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
        "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32",
    )
)  # fmt: skip
# All that is given out to networks lies here (RFC 4291); what translates to IPv4 (NAT64, compatible forms) lies outside.
_PUBLIC_V6 = IPv6Network("2000::/3")
# Teredo, benchmarks, ORCHID; documentation, twice; 6to4.
_NOT_PUBLIC_V6 = tuple(IPv6Network(net) for net in ("2001::/23", "2001:db8::/32", "3fff::/20", "2002::/16"))
_LOOPBACK_V4, _LOOPBACK_V6 = IPv4Network("127.0.0.0/8"), IPv6Address("::1")

IP = IPv4Address | IPv6Address
# socket.getaddrinfo, or what stands for it: host, port and `type`; rows whose last value begins with the address. It raises gaierror.
Resolver = Callable[..., list[Any]]


class BadAddress(Invalid):
    """It is not the address of a shop; `reason` says what to write instead."""

    title = "Not an address of a shop"


class NotPublic(BadAddress):
    """It leads to a machine that is not on the public Internet."""

    title = "Not a public address"


class Reach(Enum):
    """Which addresses a name may stand for."""

    PUBLIC = "public"
    LOOPBACK = "loopback"
    OWN = "own"

    def holds(self, ip: IP) -> bool:
        if self is Reach.PUBLIC:
            return is_public(ip)
        return self is Reach.OWN or is_loopback(ip)


@dataclass(frozen=True)
class Address:
    """A shop's address; `host` is a name in ASCII or an IP address without brackets, `path` begins with a slash or is empty. All that the name
    stands for must be of one reach."""

    scheme: str
    host: str
    port: int
    path: str
    reaches: tuple[Reach, ...] = (Reach.PUBLIC,)

    @property
    def origin(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + ("" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}")

    @property
    def url(self) -> str:
        return self.origin + self.path


def read(url: str, *, allows_loopback: bool, own: str | None, https_port: int = HTTPS_PORT) -> Address:
    """The address that a URL means, without asking any name server: to be judged again by `resolved` at each call. `own` is the URL of this
    installation's own stand-in, which is allowed wherever it is, and only as it stands. Raises BadAddress, NotPublic."""
    parts = _parts(url)
    if own is not None and parts == _parts(own):
        return Address(*parts, reaches=(Reach.OWN,))
    address = Address(*parts, reaches=_reaches(parts, allows_loopback, https_port))
    if not address.reaches:
        _refuse_way_in(address, https_port)
    ip = _as_ip(address.host)
    if ip is not None and not _reached([ip], address):
        raise NotPublic(pointer="/url", reason=_not_public(address.host))
    if ip is None and "." not in address.host and not (allows_loopback and address.host == "localhost"):
        raise BadAddress(pointer="/url", reason=f"“{address.host}” is not a whole name, as shop.example.com is.")
    return address


def resolved(address: Address, resolver: Resolver) -> list[str]:
    """The IP addresses that the name stands for now, in the resolver's order, which was asked once. Raises NotPublic if any of them must not be
    asked, gaierror if the name is unknown."""
    rows = resolver(address.host, address.port, type=SOCK_STREAM)
    found = list(dict.fromkeys(_unwrapped(ip_address(row[4][0])) for row in rows))
    if not found:
        raise gaierror("no address")
    if not _reached(found, address):
        raise NotPublic(pointer="/url", reason=_not_public(address.host))
    return [str(ip) for ip in found]


def is_public(ip: IP) -> bool:
    """Whether an address is of one machine on the public Internet."""
    if isinstance(ip, IPv4Address):
        return not any(ip in net for net in _NOT_PUBLIC_V4)
    return ip in _PUBLIC_V6 and not any(ip in net for net in _NOT_PUBLIC_V6)


def is_loopback(ip: IP) -> bool:
    return ip in _LOOPBACK_V4 if isinstance(ip, IPv4Address) else ip == _LOOPBACK_V6


def _reached(found: list[IP], address: Address) -> bool:
    return any(all(reach.holds(_unwrapped(ip)) for ip in found) for reach in address.reaches)


def _unwrapped(ip: IP) -> IP:
    """Systems connect to ::ffff:127.0.0.1 by IPv4, so it is judged by that."""
    return (ip.ipv4_mapped or ip) if isinstance(ip, IPv6Address) else ip


def _reaches(parts: tuple[str, str, int, str], allows_loopback: bool, https_port: int) -> tuple[Reach, ...]:
    scheme, _, port, _ = parts
    is_usual = scheme == "https" and port == https_port
    return ((Reach.PUBLIC,) if is_usual else ()) + ((Reach.LOOPBACK,) if allows_loopback else ())


def _refuse_way_in(address: Address, https_port: int) -> None:
    if address.scheme != "https":
        reason = "Begin the address with https://: over http anybody on the way could read the key."
    else:
        reason = f"Leave out the port: shops are asked on {https_port} alone."
    raise BadAddress(pointer="/url", reason=reason)


def _parts(url: str) -> tuple[str, str, int, str]:
    """Scheme, host, port and path. Raises BadAddress."""
    url = url.strip(" ")
    if not url or len(url) > _MOST_CHARACTERS or _CONTROL_OR_SPACE.search(url):
        raise _bad("Write the shop's address in one line, as https://shop.example.com.")
    if "?" in url or "#" in url:
        raise _bad("Leave out the question mark or # and all that follows.")
    try:
        split = urlsplit(url)
    except ValueError as error:
        raise _bad("This is no address. Write it as https://shop.example.com.") from error
    if split.scheme not in _DEFAULT_PORTS or not split.netloc:
        raise _bad("Begin the address with https://, as https://shop.example.com.")
    if "@" in split.netloc:
        raise _bad("Leave out the name and password before the @.")
    host, port = _host_and_port(split.netloc)
    return split.scheme, host, _port(port) if port is not None else _DEFAULT_PORTS[split.scheme], _path(split.path)


def _host_and_port(netloc: str) -> tuple[str, str | None]:
    if netloc.startswith("["):
        literal, _, rest = netloc[1:].partition("]")
        if rest and not rest.startswith(":"):
            raise _bad("This is no address. Write it as https://shop.example.com.")
        return _v6(literal), rest[1:] if rest else None
    host, colon, port = netloc.partition(":")
    return _host(host), port if colon else None


def _host(host: str) -> str:
    """As name servers know it: what is written in other scripts, wide, or in circles becomes what browsers take it for (UTS #46)."""
    try:
        name = idna.uts46_remap(host, std3_rules=True)
        name = name if name.isascii() else idna.encode(name).decode()
    except UnicodeError as error:
        raise _bad(f"“{host}” cannot be the name of a shop.") from error
    name = name.removesuffix(".")
    if len(name) > 253 or not _NAME.fullmatch(name):
        raise _bad(f"“{host}” cannot be the name of a shop.")
    if _NUMBER.fullmatch(name) and _as_ip(name) is None:
        raise NotPublic(pointer="/url", reason=f"“{host}” is a number in an odd spelling. Write the shop's name.")
    return name


def _v6(literal: str) -> str:
    try:
        return str(IPv6Address(literal if "%" not in literal else ""))
    except ValueError as error:
        raise _bad("What is in brackets is no IPv6 address.") from error


def _port(port: str) -> int:
    if not _PORT.fullmatch(port) or int(port) > 65_535:
        raise _bad("What follows the colon is no port.")
    return int(port)


def _path(path: str) -> str:
    # Owners copy addresses in their own script from the browser's bar.
    sent = quote(path, safe="/%~!$&'()*+,;=:@").rstrip("/")
    if not _PATH.fullmatch(sent):
        raise _bad("What follows the name cannot be part of a shop's address.")
    return sent


def _as_ip(host: str) -> IP | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _bad(reason: str) -> BadAddress:
    return BadAddress(pointer="/url", reason=reason)


def _not_public(host: str) -> str:
    return f"“{host}” does not lead to a machine on the public Internet. Write the address at which customers find the shop."
