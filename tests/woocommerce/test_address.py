"""Addresses of shops: what they are read as, and which machines they may stand for."""

import socket
from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from pos.errors import Refused
from pos.woocommerce.address import Address, BadAddress, NotPublic, Reach, is_public, read, resolved
from tests.woocommerce.hostile import Names

# Systems take it for this very machine.
ANY = "0.0.0.0"  # noqa: S104 - nothing is bound
OWN = "http://192.168.1.5:8000/_sandbox/shop"

READ = [
    ("https://shop.example.com", "https://shop.example.com"),
    ("  https://shop.example.com/  ", "https://shop.example.com"),
    ("HTTPS://Shop.Example.COM:443/", "https://shop.example.com"),
    ("https://example.com/shop/", "https://example.com/shop"),
    ("https://example.com/de/Geschäft", "https://example.com/de/Gesch%C3%A4ft"),
    ("https://example.com/caf%C3%A9", "https://example.com/caf%C3%A9"),
    ("https://example.com.", "https://example.com"),
    ("https://bücher.example/", "https://xn--bcher-kva.example"),
    ("https://BÜCHER。example", "https://xn--bcher-kva.example"),
    ("https://ｓｈｏｐ．example.com", "https://shop.example.com"),
    ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
    ("https://ⓢhop.example.com", "https://shop.example.com"),
    ("https://8.8.8.8", "https://8.8.8.8"),
    ("https://⑧.8。8.8", "https://8.8.8.8"),
    ("https://[2A00:1450::1]/shop", "https://[2a00:1450::1]/shop"),
    ("https://[::ffff:8.8.8.8]", "https://[::ffff:808:808]"),
]

NOT_PUBLIC = [
    "127.0.0.1", "127.1", "0x7f.1", "0x7f000001", "2130706433", "0177.0.0.1", "017700000001", "127.0.0.1.", "127.0.0.01",
    "①②⑦.0.0.1", "127。0。0。1", "127．0．0．1", "１２７.0.0.1", "0", ANY, "1.2.3.4.5", "1.0x2", "256.256.256.256",
    "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:169.254.169.254]", "[::127.0.0.1]", "[64:ff9b::7f00:1]",
    "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2001::1]", "[2001:db8::1]", "[2001:1::1]", "[3fff::1]", "[100::1]", "[5f00::1]", "[fe80::1]",
    "[fec0::1]", "[fc00::1]", "[fd00:ec2::254]", "[ff02::1]", "[4000::1]",
    "192.0.0.8", "192.0.0.192", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.1",
    "255.255.255.255", "169.254.169.254", "100.64.0.1", "100.100.100.200", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.0.1", "168.63.129.16",
]  # fmt: skip

BAD = [
    "", " ", "shop.example.com", "//shop.example.com", "/shop", "https://", "https:shop.example.com", "https:///shop", "http://shop.example.com",
    "ftp://shop.example.com", "file:///etc/passwd", "gopher://shop.example.com", "javascript:alert(1)", "https+http://shop.example.com",
    "https://user@shop.example.com", "https://user:secret@shop.example.com", "https://shop.example.com@127.0.0.1", "https://@shop.example.com",
    "https://shop.example.com:80", "https://shop.example.com:8443", "https://shop.example.com:", "https://shop.example.com:0443",
    "https://shop.example.com:99999", "https://shop.example.com:４４３", "https://shop.example.com:443:443", "https://shop.example.com:-1",
    "https://shop.example.com?x=1", "https://shop.example.com/?", "https://shop.example.com/#", "https://shop.example.com/shop#top",
    "https://shop.example.com\r\nHost: evil.example", "https://shop.example.com\n", "\thttps://shop.example.com", "https://shop\t.example.com",
    "https://shop.example.com/a\r\nX: y", "https://shop.example.com/%0d%0aX:%20y", "https://shop.example.com/a%00b", "https://shop.example.com/a b",
    "https://shop.example.com\\@127.0.0.1", "https://shop.example.com/\\evil", "https://shop.example.com／evil", "https://a／b.example.com",
    "https://shop.example.com%0d%0a.evil.example", "https://%31%32%37.0.0.1", "https://shop.example.com%2f", "https://shop_1.example.com",
    "https://a⁄b.example.com", "https://℀.example.com", "https://a..example.com", "https://.example.com", "https://-a.example.com",
    "https://" + "a" * 64 + ".example.com", "https://" + "a." * 200 + "com", "https://example.com/" + "a" * 500, "https://xn--\u00fc.example",
    "https://shop.example.com/../admin", "https://shop.example.com/a/./b", "https://shop.example.com/a/%2e%2e/b", "https://shop.example.com//b",
    "https://shop.example.com/a%2fb", "https://shop.example.com/%zz", "https://localhost", "https://localhost.", "https://intranet", "https://[::1",
    "https://[127.0.0.1]", "https://[fe80::1%25eth0]", "https://[fe80::1%eth0]", "https://[::1]evil", "https://[v1.x]", "https://::1",
]  # fmt: skip


@pytest.mark.parametrize(("url", "means"), READ)
def test_read_finds_what_is_meant(url: str, means: str) -> None:
    assert read(url, allows_loopback=False, own=None).url == means


@pytest.mark.parametrize("host", NOT_PUBLIC)
def test_read_refuses_what_is_not_public(host: str) -> None:
    with pytest.raises(NotPublic) as refused:
        read(f"https://{host}/", allows_loopback=False, own=OWN)

    assert refused.value.facts["pointer"] == "/url"


@pytest.mark.parametrize("url", BAD)
def test_read_refuses_what_is_no_address_of_a_shop(url: str) -> None:
    with pytest.raises(BadAddress) as refused:
        read(url, allows_loopback=False, own=OWN)

    assert isinstance(refused.value, Refused)
    assert str(refused.value).endswith(".")


def test_read_tells_what_to_leave_out() -> None:
    for url, words in [
        ("https://u:p@shop.example.com", "name and password"),
        ("https://shop.example.com/?a", "question mark"),
        ("https://shop.example.com:80", "the port"),
    ]:
        with pytest.raises(BadAddress, match=words):
            read(url, allows_loopback=False, own=None)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8123/shop", "https://127.0.0.1:8123", "http://127.9.9.9", "https://localhost", "http://localhost:5000/a", "http://[::1]:80",
        "https://[::1]:9",
    ],
)  # fmt: skip
def test_loopback_is_allowed_by_its_setting_alone(url: str) -> None:
    assert read(url, allows_loopback=True, own=None)

    with pytest.raises(BadAddress):
        read(url, allows_loopback=False, own=None)


@pytest.mark.parametrize(
    "url",
    ["http://10.0.0.1", "https://169.254.169.254", "http://0.0.0.0:8000", "http://8.8.8.8", "http://[::]:1", "http://127.1", "http://intranet:80"],
)  # fmt: skip
def test_loopback_is_all_that_its_setting_allows(url: str) -> None:
    with pytest.raises(BadAddress):
        read(url, allows_loopback=True, own=None)


@pytest.mark.parametrize("ips", [["8.8.8.8"], ["10.0.0.1"], ["127.0.0.1", "8.8.8.8"], [ANY]])
@pytest.mark.parametrize("url", ["http://shop.example.com", "https://shop.example.com:8443"])
def test_names_by_http_or_another_port_lead_to_loopback_alone(url: str, ips: list[str]) -> None:
    address = read(url, allows_loopback=True, own=None)

    assert resolved(address, Names([["127.0.0.1", "::1"]])) == ["127.0.0.1", "::1"]
    with pytest.raises(NotPublic):
        resolved(address, Names([ips]))


def test_own_stand_in_is_allowed_as_it_stands() -> None:
    address = read(OWN + "/", allows_loopback=False, own=OWN)

    assert address.url == OWN
    assert resolved(address, Names([["192.168.1.5"]])) == ["192.168.1.5"]


@pytest.mark.parametrize(
    "url",
    [
        "http://192.168.1.5:8000", "http://192.168.1.5:8000/_sandbox", "http://192.168.1.5:8000/_sandbox/shop/x", "http://192.168.1.5/_sandbox/shop",
        "https://192.168.1.5:8000/_sandbox/shop", "http://192.168.1.6:8000/_sandbox/shop", "http://a@192.168.1.5:8000/_sandbox/shop",
        "http://192.168.1.5:8000/_sandbox/shop/../shop",
    ],
)  # fmt: skip
def test_nothing_but_the_stand_in_is_allowed_beside_it(url: str) -> None:
    with pytest.raises(BadAddress):
        read(url, allows_loopback=False, own=OWN)


@pytest.mark.parametrize(
    "ips",
    [
        ["127.0.0.1", "8.8.8.8"], ["8.8.8.8", "127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["10.0.0.1", "8.8.8.8"], ["2a00:1450::1", "::1"], ["::ffff:10.0.0.1"], ["::ffff:169.254.169.254"],
        ["64:ff9b::808:808"], ["2002:808:808::1"], ["fe80::1%eth0"], ["224.0.0.1"], ["192.0.0.8"], ["8.8.8.8", "::8.8.8.8"], [ANY],
    ],
)  # fmt: skip
@pytest.mark.parametrize("allows_loopback", [False, True])
def test_resolved_refuses_a_name_of_which_any_address_is_not_public(ips: list[str], allows_loopback: bool) -> None:
    address = read("https://shop.example.com", allows_loopback=allows_loopback, own=OWN)

    with pytest.raises(NotPublic):
        resolved(address, Names([ips]))


def test_resolved_refuses_loopback_unless_it_is_allowed() -> None:
    with pytest.raises(NotPublic):
        resolved(read("https://shop.example.com", allows_loopback=False, own=OWN), Names([["127.0.0.1"]]))


def test_resolved_gives_each_public_address_once_in_order() -> None:
    names = Names([["2a00:1450::1", "8.8.8.8", "::ffff:8.8.8.8", "2a00:1450::1", "1.1.1.1"]])

    found = resolved(read("https://bücher.example", allows_loopback=False, own=None), names)

    assert found == ["2a00:1450::1", "8.8.8.8", "1.1.1.1"]
    assert names.asked == ["xn--bcher-kva.example"]


def test_resolved_takes_no_answer_for_an_unknown_name() -> None:
    with pytest.raises(socket.gaierror):
        resolved(Address("https", "shop.example.com", 443, ""), Names([[]]))


def test_resolver_of_the_system_is_read_as_it_answers() -> None:
    address = Address("http", "127.0.0.1", 80, "", (Reach.LOOPBACK,))

    assert resolved(address, socket.getaddrinfo) == ["127.0.0.1"]


@given(some.ip_addresses(v=4))
def test_whatever_python_calls_private_is_not_public(ip: Any) -> None:
    if not ip.is_global or ip.is_multicast:
        assert not is_public(ip)


@given(some.ip_addresses(v=6))
def test_public_ipv6_is_global_unicast(ip: Any) -> None:
    if is_public(ip):
        assert int(ip) >> 125 == 1
        assert ip.is_global
        assert ip.teredo is None
        assert ip.sixtofour is None


@given(some.text(max_size=60))
def test_read_gives_an_address_or_says_what_is_wrong(text: str) -> None:
    for url in (text, f"https://{text}", f"https://example.com/{text}"):
        try:
            address = read(url, allows_loopback=False, own=OWN)
        except BadAddress:
            continue
        assert address.url.isascii()
        assert address.scheme == "https"
        assert read(address.url, allows_loopback=False, own=None) == address
        assert "." in address.host or is_public(ip_address(address.host))
