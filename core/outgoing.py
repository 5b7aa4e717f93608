"""The one way out: fetching something from the web that a person has named, or bringing something there.

Whoever can make the server fetch an address can otherwise make it look around inside (SSRF). So an address goes through
this door only as

    http(s), port 80 or 443, a name (no numbers), no user, none of our own names, and none that belongs to a house;
    the name is looked up once, by us; **every** address it has must be one of the public internet;
    the connection is made to that very address (the certificate and `Host` are still those of the name), so that a
    name server cannot say something else a moment later; no proxy, no cookie, no header that a person chose;
    each redirect begins all of this anew.

What comes is counted and timed, and nothing of it is unpacked. Nothing here knows what the answer is for.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import re
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

import certifi
import idna
import urllib3
from django.conf import settings
from django.http.request import validate_host
from urllib3.connection import HTTPConnection, HTTPSConnection

from core import limits

#: What we call ourselves; it says nothing of whose network this is.
AGENT = "Mozilla/5.0 (compatible; KringPreview/1.0)"
#: Ways in which an answer says that the thing is elsewhere.
_ELSEWHERE = frozenset({301, 302, 303, 307, 308})
#: Answers that may be another one tomorrow.
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
#: Names that mean something inside a house only (RFC 6761, 6762, 8375, 9476 and what routers give out).
_INDOORS = frozenset(
    (
        *("alt", "arpa", "bind", "corp", "dhcp", "domain", "example", "fritz", "home", "host", "internal", "intranet"),
        *("invalid", "kubernetes", "lan", "local", "localdomain", "localhost", "onion", "private", "svc", "test"),
        "workgroup",
    )
)
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+")
#: Of IPv4: what `ipaddress` calls global, or does in some versions, and is not a host of the internet.
_NOT_HERE_4 = [
    ipaddress.IPv4Network(one)
    for one in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16"),
        *("192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3"),
    )
]
#: Of IPv6 only what is given out to networks; without what holds another address in it (Teredo, 6to4) or is for paper.
_HERE_6 = ipaddress.IPv6Network("2000::/3")
_NOT_HERE_6 = [
    ipaddress.IPv6Network(one) for one in ("2001::/23", "2001:db8::/32", "2002::/16", "3ffe::/16", "3fff::/20")
]
#: An interface's number that holds an IPv4 address (ISATAP): 0000:5efe or 0200:5efe in the middle.
_ISATAP = frozenset({0x00005EFE, 0x02005EFE})


class Unreachable(Exception):
    """There is nothing to be had at an address, or it is not one that we go to.

    Attributes:
        passing: whether it may be otherwise later.
    """

    def __init__(self, why: str, *, passing: bool = False) -> None:
        super().__init__(why)
        self.passing = passing


@dataclass(frozen=True)
class Target:
    """An address that may be looked up."""

    scheme: str
    host: str
    port: int
    #: What is asked of the host.
    path: str

    @property
    def address(self) -> str:
        """The whole address, in one form for all ways of writing it."""
        return f"{self.scheme}://{self.host}{self.path}"


@dataclass(frozen=True)
class Fetched:
    """What was there."""

    #: Where it was in the end.
    address: str
    #: "text/html".
    content_type: str
    charset: str
    body: bytes


def is_on() -> bool:
    """Whether pages may be fetched at all: the operator's switch, before any of the administrators'."""
    return bool(settings.KRING_LINK_PREVIEWS)


def get(address: str, *, accept: tuple[str, ...], most: int, whole: bool = True) -> Fetched:
    """Fetch what is at an address.

    Args:
        address: as a person or a page named it.
        accept: content types that are taken.
        most: bytes that are read.
        whole: refuse what is longer; else take its beginning.

    Raises:
        Unreachable: not an address for us, nothing there, too slow, too large, or of another type.
    """
    if not is_on():
        raise Unreachable("nothing goes out")
    until = time.monotonic() + limits.FETCH_SECONDS.value
    for _hop in range(limits.FETCH_REDIRECTS.value + 1):
        target = target_of(address)
        found = _ask(target, accept=accept, most=most, whole=whole, until=until)
        if isinstance(found, Fetched):
            return found
        if target.scheme == "https" and urlsplit(found).scheme == "http":
            raise Unreachable("from a safe address to one that is not")
        address = found
    raise Unreachable("redirected too often")


def post(address: str, *, body: bytes, headers: Mapping[str, str]) -> tuple[int, Mapping[str, str]]:
    """Bring something to a safe address (https), and hear no more than whether it was taken. Nobody is followed
    elsewhere, and what is answered is not read.

    Args:
        address: as a person's browser named it.
        body, headers: what is brought.

    Returns:
        The status of the answer, and its headers.

    Raises:
        Unreachable: not an address for us, nobody there, or too slow.
    """
    target = target_of(address)
    if target.scheme != "https":
        raise Unreachable("not a safe address")
    sent = {"Host": target.host, "User-Agent": AGENT, "Accept-Encoding": "identity", "Connection": "close", **headers}
    with _line(target, until=time.monotonic() + limits.FETCH_SECONDS.value) as connection:
        connection.request("POST", target.path, body=body, headers=sent, preload_content=False, decode_content=False)
        answer = connection.getresponse()
        return answer.status, answer.headers


def target_of(address: str) -> Target:
    """Read an address.

    Raises:
        Unreachable: it is not one that we go to, whatever its name leads to.
    """
    if len(address) > limits.LINK_CHARS.value or any(ord(one) < 33 or ord(one) == 127 for one in address):
        raise Unreachable("not an address")
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise Unreachable("not an address") from error
    if parts.scheme not in ("http", "https") or "\\" in parts.netloc or "@" in parts.netloc:
        raise Unreachable("not an address of a page")
    if port not in (None, 443 if parts.scheme == "https" else 80):
        raise Unreachable("not at the usual port")
    host = _name(parts.hostname or "")
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=-._~")
    if parts.query:
        path += "?" + quote(parts.query, safe="/?%:@!$&'()*+,;=-._~[]")
    return Target(parts.scheme, host, 443 if parts.scheme == "https" else 80, path)


def _name(host: str) -> str:
    """A host's name as it is looked up.

    Security door: numbers are no names, however they are written (dotted, octal, hexadecimal, one large number,
    IPv6); names without a dot and those that exist indoors only are not looked up; and our own are not either.
    """
    try:
        host = idna.encode(host.rstrip("."), uts46=True, transitional=False).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError) as error:
        raise Unreachable("not a name") from error
    last = host.rpartition(".")[2]
    if len(host) > 253 or not _HOST.fullmatch(host) or last.isdigit() or last.startswith("0x"):
        raise Unreachable("not a name")
    if last in _INDOORS:
        raise Unreachable("a name for indoors")
    if is_ours(host):
        raise Unreachable("our own name")
    return host


def is_ours(host: str) -> bool:
    """Whether a name is one of this network's own."""
    own = [one for one in settings.ALLOWED_HOSTS if one != "*"] + [urlsplit(settings.BASE_URL).hostname or ""]
    return validate_host(host, own)


def is_public(text: str) -> bool:
    """Whether an IP address is one of the public internet."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not any(address in one for one in _NOT_HERE_4)
    # Security door: forms that hold an IPv4 address (mapped, 6to4, Teredo, NAT64) are refused, not looked into.
    if address.scope_id is not None or address not in _HERE_6 or (int(address) >> 32) & 0xFFFFFFFF in _ISATAP:
        return False
    return address.is_global and not any(address in one for one in _NOT_HERE_6)


def look_up(host: str, port: int) -> list[str]:
    """The IP addresses of a name, as the system's resolver gives them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


def connect(target: Target, ip: str, seconds: float) -> HTTPConnection:
    """A connection to one IP address that speaks to `target.host`; not opened yet."""
    options: dict[str, Any] = {"port": target.port, "timeout": seconds, "proxy": None}
    if target.scheme == "http":
        return HTTPConnection(ip, **options)
    return HTTPSConnection(
        ip,
        **options,
        server_hostname=target.host,
        assert_hostname=target.host,
        cert_reqs="CERT_REQUIRED",
        ca_certs=certifi.where(),
    )


def _ask(target: Target, *, accept: tuple[str, ...], most: int, whole: bool, until: float) -> Fetched | str:
    """One request: what is there, or the address where it is."""
    with _line(target, until=until) as connection:
        connection.request(
            "GET",
            target.path,
            headers={
                "Host": target.host,
                "User-Agent": AGENT,
                "Accept": ", ".join(accept),
                "Accept-Encoding": "identity",
                "Connection": "close",
            },
            preload_content=False,
            decode_content=False,
        )
        return _read(connection.getresponse(), target, accept=accept, most=most, whole=whole, until=until)


@contextlib.contextmanager
def _line(target: Target, *, until: float) -> Iterator[HTTPConnection]:
    """A line to a target, of which every address is asked first, for as long as there is time."""
    try:
        ips = look_up(target.host, target.port)
    except (OSError, UnicodeError) as error:
        raise Unreachable("its name is not known", passing=True) from error
    # Security door: one address that is not public is enough. Names with both kinds are made for getting in.
    if not ips or not all(is_public(ip) for ip in ips):
        raise Unreachable("not on the public internet")
    left = until - time.monotonic()
    if left <= 0:
        raise Unreachable("too slow", passing=True)
    connection = connect(target, ips[0], min(left, limits.FETCH_SECONDS.value))
    try:
        with _in_time(connection, left):
            yield connection
    except (OSError, urllib3.exceptions.HTTPError, http.client.HTTPException, ValueError) as error:
        raise Unreachable("it does not answer", passing=True) from error
    finally:
        connection.close()


def _read(answer: Any, target: Target, *, accept: tuple[str, ...], most: int, whole: bool, until: float) -> Any:
    headers = answer.headers
    if answer.status in _ELSEWHERE and headers.get("Location"):
        return urlunsplit(urlsplit(urljoin(target.address, headers["Location"].strip()))._replace(fragment=""))
    if answer.status != 200:
        raise Unreachable(f"answered {answer.status}", passing=answer.status in _PASSING)
    content_type, _semicolon, more = headers.get("Content-Type", "").partition(";")
    content_type = content_type.strip().lower()
    if content_type not in accept:
        raise Unreachable("of another type")
    if headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        # It was asked not to be packed: what is packed all the same may be a bomb.
        raise Unreachable("packed")
    announced = headers.get("Content-Length", "")
    if whole and announced.isascii() and announced.isdigit() and int(announced[:20]) > most:
        raise Unreachable("too large")
    body = b""
    while len(body) <= most:
        if time.monotonic() > until:
            raise Unreachable("too slow", passing=True)
        piece = answer.read1(min(65_536, most + 1 - len(body)))
        if not piece:
            break
        body += piece
    if len(body) > most and whole:
        raise Unreachable("too large")
    charset = re.search(r"charset\s*=\s*[\"']?([\w.:-]{1,40})", more, re.IGNORECASE)
    return Fetched(target.address, content_type, charset[1] if charset else "", body[:most])


@contextlib.contextmanager
def _in_time(connection: HTTPConnection, seconds: float) -> Iterator[None]:
    """Hang up when the time is over, whatever is going on: a host may send a byte a second for ever."""

    def hang_up() -> None:
        line = connection.sock
        if line is not None:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    watch = threading.Timer(seconds, hang_up)
    watch.daemon = True
    watch.start()
    try:
        yield
    finally:
        watch.cancel()
