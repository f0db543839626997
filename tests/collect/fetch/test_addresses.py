from __future__ import annotations

import pytest
from yarl import URL

from vsfa_data.collect.fetch.addresses import check_address, check_url, kind_of
from vsfa_data.collect.fetch.allowance import Allowance
from vsfa_data.collect.rejected import Rejected

REFUSED = [
    # schemes
    ("ftp://example.com/a.jpg", "scheme_not_allowed"),
    ("file:///etc/passwd", "scheme_not_allowed"),
    ("gopher://example.com/", "scheme_not_allowed"),
    ("data:image/png;base64,AAAA", "scheme_not_allowed"),
    ("javascript:alert(1)", "scheme_not_allowed"),
    ("ws://example.com/", "scheme_not_allowed"),
    # not addresses
    ("", "bad_url"),
    ("example.com/a.jpg", "bad_url"),
    ("//example.com/a.jpg", "bad_url"),
    ("http:", "bad_url"),
    ("http://", "bad_url"),
    ("http:///a.jpg", "bad_url"),
    ("http:example.com", "bad_url"),
    ("http:/example.com", "bad_url"),
    ("http://exa mple.com/", "bad_url"),
    ("http://example.com\\@10.0.0.1/", "bad_url"),
    ("http://example.com/\x00", "bad_url"),
    ("http://example.com/a\r\nHost: b", "bad_url"),
    ("http://exam\tple.com/", "bad_url"),
    ("http://example.com/\x85", "bad_url"),
    ("http://example.com/\u2028", "bad_url"),
    ("http://example.com/\ud800", "bad_url"),
    ("http://example..com/", "bad_url"),
    ("http://.example.com/", "bad_url"),
    ("http://example.com../", "bad_url"),
    ("http://127%2e0%2e0%2e1/", "bad_url"),
    ("http://ex%61mple.com/", "bad_url"),
    ("http://ex\u00adample.com/", "bad_url"),
    (f"http://{'a' * 64}.com/", "bad_url"),
    (f"http://{'a.' * 127}com/", "bad_url"),
    ("http://example.com:99999/", "bad_url"),
    ("http://example.com:0/", "bad_url"),
    ("http://example.com:-80/", "bad_url"),
    ("http://example.com:8o/", "bad_url"),
    ("http://[::1%25eth0]/", "bad_url"),
    ("http://[fe80::1%eth0]/", "bad_url"),
    ("http://[v1.x]/", "bad_url"),
    ("http://[1:2]/", "bad_url"),
    ("http://[::1/", "bad_url"),
    ("http://example.com/" + "a" * 8192, "bad_url"),
    # credentials
    ("http://user@example.com/", "credentials_in_url"),
    ("http://user:secret@example.com/", "credentials_in_url"),
    ("http://:secret@example.com/", "credentials_in_url"),
    ("http://@example.com/", "credentials_in_url"),
    ("HTTPS://user@example.com/", "credentials_in_url"),
    ("http://example.com@10.0.0.1/", "credentials_in_url"),
    # numbers that are read differently
    ("http://2130706433/", "ambiguous_host"),
    ("http://017700000001/", "ambiguous_host"),
    ("http://0x7f000001/", "ambiguous_host"),
    ("http://0x7f.1/", "ambiguous_host"),
    ("http://0X7F.0.0.1/", "ambiguous_host"),
    ("http://0177.0.0.1/", "ambiguous_host"),
    ("http://127.0.0.01/", "ambiguous_host"),
    ("http://127.1/", "ambiguous_host"),
    ("http://0/", "ambiguous_host"),
    ("http://127.0.0.1./", "ambiguous_host"),
    ("http://8.8.8.8./", "ambiguous_host"),
    ("http://1.2.3.4.5/", "ambiguous_host"),
    ("http://256.1.1.1/", "ambiguous_host"),
    ("http://example.0x1/", "ambiguous_host"),
    # ports
    ("http://example.com:22/", "port_not_allowed"),
    ("http://example.com:25/", "port_not_allowed"),
    ("https://example.com:1023/", "port_not_allowed"),
    # private networks, by number and by name
    ("http://127.0.0.1/", "address_not_public"),
    ("http://127.255.255.254:8080/", "address_not_public"),
    ("http://\uff11\uff12\uff17.0.0.1/", "address_not_public"),
    ("http://①②⑦.⓪.⓪.①/", "address_not_public"),
    ("http://127。0。0。1/", "address_not_public"),
    ("http://0.0.0.0/", "address_not_public"),
    ("http://10.1.2.3/", "address_not_public"),
    ("http://169.254.169.254/latest/meta-data/", "address_not_public"),
    ("http://255.255.255.255/", "address_not_public"),
    ("http://[::]/", "address_not_public"),
    ("http://[::1]:8080/", "address_not_public"),
    ("http://[0:0:0:0:0:0:0:1]/", "address_not_public"),
    ("http://[::ffff:127.0.0.1]/", "address_not_public"),
    ("http://[::ffff:8.8.8.8]/", "address_not_public"),
    ("http://[::8.8.8.8]/", "address_not_public"),
    ("http://[64:ff9b::127.0.0.1]/", "address_not_public"),
    ("http://[64:ff9b::8.8.8.8]/", "address_not_public"),
    ("http://[64:ff9b:1::8.8.8.8]/", "address_not_public"),
    ("http://[2002:7f00:1::]/", "address_not_public"),
    ("http://[fd00:ec2::254]/", "address_not_public"),
    ("http://[fe80::1]/", "address_not_public"),
    ("http://localhost/", "address_not_public"),
    ("http://LOCALHOST.:8080/", "address_not_public"),
    ("http://a.localhost/", "address_not_public"),
    ("http://router/", "address_not_public"),
    ("http://printer.local/", "address_not_public"),
    ("http://metadata.google.internal/", "address_not_public"),
    ("http://nas.home.arpa/", "address_not_public"),
    ("http://abcdef.onion/", "address_not_public"),
]


@pytest.mark.parametrize(("text", "reason"), REFUSED)
def test_what_is_refused(text: str, reason: str) -> None:
    with pytest.raises(Rejected) as no:
        check_url(text)
    assert no.value.reason == reason


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("http://example.com", "http://example.com"),
        ("HTTPS://Example.COM./A.jpg?b=C#d", "https://example.com./A.jpg?b=C"),
        (" http://example.com/a \n", "http://example.com/a"),
        ("http://example.com/a b", "http://example.com/a%20b"),
        ("http://example.com/ä?q=ö", "http://example.com/%C3%A4?q=%C3%B6"),
        ("http://münchen.example.com/", "http://xn--mnchen-3ya.example.com/"),
        ("http://\uff45\uff58\uff41\uff4d\uff50\uff4c\uff45.com/", "http://example.com/"),
        ("http://under_score-.example.com/", "http://under_score-.example.com/"),
        ("http://example.com:1024/", "http://example.com:1024/"),
        ("http://example.com:443/", "http://example.com:443/"),
        ("https://example.com:80/", "https://example.com:80/"),
        ("http://8.8.8.8:8080/", "http://8.8.8.8:8080/"),
        ("http://[2606:4700::1111]/", "http://[2606:4700::1111]/"),
        ("http://example.com/a@b", "http://example.com/a@b"),
        ("http://1.example.com/", "http://1.example.com/"),
        ("http://example.0xg/", "http://example.0xg/"),
    ],
)
def test_what_is_fetched(text: str, url: str) -> None:
    assert str(check_url(text)) == url


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("b.jpg", "https://example.com/a/b.jpg"),
        ("/b.jpg", "https://example.com/b.jpg"),
        ("//cdn.example.com/b.jpg", "https://cdn.example.com/b.jpg"),
        ("?size=l", "https://example.com/a/x?size=l"),
        ("http://example.org/", "http://example.org/"),
        ("file:///etc/passwd", "scheme_not_allowed"),
        ("//127.0.0.1/", "address_not_public"),
        ("//user@example.com/", "credentials_in_url"),
        ("http://[::1]/", "address_not_public"),
        ("/\\evil.example.com/", "bad_url"),
        ("http://[x]@", "bad_url"),
        ("/a\udcff", "bad_url"),
    ],
)
def test_a_redirect_is_judged_as_what_it_leads_to(location: str, expected: str) -> None:
    base = URL("https://example.com/a/x")
    try:
        found = str(check_url(location, base=base))
    except Rejected as no:
        found = no.reason
    assert found == expected


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("0.1.2.3", "unspecified"),
        ("10.255.255.255", "private"),
        ("100.64.0.1", "carrier-grade NAT"),
        ("100.127.255.255", "carrier-grade NAT"),
        ("127.0.0.1", "loopback"),
        ("168.63.129.16", "a cloud's platform service"),
        ("169.254.169.254", "link-local"),
        ("172.16.0.1", "private"),
        ("172.31.255.255", "private"),
        ("192.0.0.192", "reserved"),
        ("192.0.2.1", "documentation"),
        ("192.88.99.1", "6to4 relay"),
        ("192.168.1.1", "private"),
        ("198.18.0.1", "benchmarking"),
        ("198.19.255.255", "benchmarking"),
        ("198.51.100.1", "documentation"),
        ("203.0.113.1", "documentation"),
        ("224.0.0.1", "multicast"),
        ("239.255.255.250", "multicast"),
        ("240.0.0.1", "reserved"),
        ("255.255.255.255", "reserved"),
        ("::", "unspecified"),
        ("::1", "loopback"),
        ("::7f00:1", "IPv4-compatible"),
        ("::ffff:10.0.0.1", "IPv4-mapped"),
        ("::ffff:8.8.8.8", "IPv4-mapped"),
        ("64:ff9b::10.0.0.1", "NAT64 of private"),
        ("64:ff9b::a9fe:a9fe", "NAT64 of link-local"),
        ("64:ff9b:1::8.8.8.8", "local NAT64"),
        ("100::1", "reserved"),
        ("2001::1", "Teredo"),
        ("2001:20::1", "reserved"),
        ("2001:db8::1", "documentation"),
        ("2002:7f00:1::", "6to4"),
        ("3fff::1", "documentation"),
        ("4000::1", "reserved"),
        ("5f00::1", "reserved"),
        ("fc00::1", "unique local"),
        ("fd12:3456::1", "unique local"),
        ("fe80::1", "link-local"),
        ("fe80::1%eth0", "an address with a zone"),
        ("fec0::1", "site-local"),
        ("ff02::1", "multicast"),
        ("example.com", "not an address"),
        ("", "not an address"),
    ],
)
def test_addresses_that_are_not_public(address: str, kind: str) -> None:
    assert kind_of(address) == kind
    with pytest.raises(Rejected, match="address_not_public"):
        check_address(address)


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "168.63.129.17",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2606:4700:4700::1111",
        "2001:200::1",
        "2a00:1450::1",
        "64:ff9b::8.8.8.8",
    ],
)
def test_addresses_that_are_public(address: str) -> None:
    check_address(address)


def test_an_allowance_is_for_one_address_and_port() -> None:
    allowance = Allowance(frozenset({("127.0.0.1", 81)}))
    assert str(check_url("http://127.0.0.1:81/a", allowance)) == "http://127.0.0.1:81/a"
    for text in ("http://127.0.0.1:82/", "http://127.0.0.2:81/", "http://localhost:81/"):
        with pytest.raises(Rejected, match="address_not_public"):
            check_url(text, allowance)


def test_every_reason_says_what_was_found_and_no_more() -> None:
    with pytest.raises(Rejected) as no:
        check_url("http://user:secret@example.com/")
    assert no.value.detail is None
    with pytest.raises(Rejected) as no:
        check_url("http://10.0.0.1/")
    assert no.value.detail == "private"
