"""Asks clamd whether bytes hold a virus, over its socket: the one door to the scanner.

The protocol is that of clamd(8), section COMMANDS: a command that begins with `z` ends with a zero byte, and so does
its answer. `zINSTREAM` is followed by pieces, each a length of four bytes in network order and the data; a length of
zero ends them. The answer is `stream: OK`, `stream: NAME FOUND`, or a sentence that ends in `ERROR`.

A client of our own: of the libraries, clamd has had no release since 2014, and its maintained continuation
clamav-client may only be used under version 2 of the GPL, which does not go together with our licence.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from django.conf import settings

#: Bytes of one piece.
PIECE = 128 * 1024
#: Seconds to reach the scanner, and seconds that one file may take it.
REACH, TAKE = 5, 180
#: What clamd reports of what it could not look into; all else it reports is a virus.
_CLOSED = ("Heuristics.Encrypted", "Heuristics.Limits.Exceeded")


class Unreachable(Exception):
    """The scanner does not answer: nothing is known of the file, and nothing is wrong with it."""


class Lost(Exception):
    """The scanner was there, and did not finish this file."""


@dataclass(frozen=True)
class Verdict:
    """What the scanner says of one file.

    Attributes:
        found: the name of the virus; empty for none.
        closed: why it could not be looked into (a password, its size); empty where it was.
    """

    found: str = ""
    closed: str = ""


def configured() -> bool:
    """Whether this network has a scanner."""
    return bool(settings.KRING_CLAMD)


def scan(stream: IO[bytes]) -> Verdict:
    """What clamd says of the bytes of `stream`.

    Raises:
        Unreachable: there is no connection.
        Lost: there was one, and no answer came.
    """
    with _connected(TAKE) as line:
        try:
            line.sendall(b"zINSTREAM\0")
            try:
                while piece := stream.read(PIECE):
                    line.sendall(struct.pack("!I", len(piece)) + piece)
                line.sendall(struct.pack("!I", 0))
            except (BrokenPipeError, ConnectionResetError):
                # It has read enough (its StreamMaxLength) and says so before it hangs up.
                pass
            answer = _answer(line)
        except OSError as error:
            raise Lost from error
    return _verdict(answer)


def version() -> str:
    """The scanner's program and signatures: "ClamAV 1.4.6/27500/Sat Nov 21 08:00:00 2026".

    Raises:
        Unreachable: it does not answer.
    """
    with _connected(REACH) as line:
        try:
            line.sendall(b"zVERSION\0")
            return _answer(line)[:100]
        except (OSError, Lost) as error:
            raise Unreachable from error


def address(text: str) -> str | tuple[str, int]:
    """`unix:/run/clamav/clamd.ctl`, a plain path, or `host:port`, as `socket` takes it.

    Raises:
        ValueError: it is neither.
    """
    path = text.removeprefix("unix:")
    if path.startswith("/"):
        return path
    host, _colon, port = text.removeprefix("tcp://").rpartition(":")
    if not host or not port.isdigit():
        raise ValueError(text)
    return host.strip("[]"), int(port)


@contextmanager
def _connected(patience: float) -> Iterator[socket.socket]:
    where = address(settings.KRING_CLAMD)
    try:
        if isinstance(where, str):
            line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            line.settimeout(REACH)
            line.connect(where)
        else:
            line = socket.create_connection(where, REACH)
    except OSError as error:
        raise Unreachable from error
    with line:
        line.settimeout(patience)
        yield line


def _answer(line: socket.socket) -> str:
    """What it says up to the zero byte.

    Raises:
        Lost: it hung up before.
    """
    said = b""
    while not said.endswith(b"\0"):
        piece = line.recv(4096)
        if not piece or len(said) > 65_536:
            raise Lost
        said += piece
    return said[:-1].decode("utf-8", "replace").strip()


def _verdict(answer: str) -> Verdict:
    said = answer.removeprefix("stream: ")
    if said == "OK":
        return Verdict()
    if said.endswith(" FOUND"):
        name = said.removesuffix(" FOUND")[:200]
        return Verdict(closed=name) if name.startswith(_CLOSED) else Verdict(found=name)
    if "size limit" in said:
        return Verdict(closed="StreamMaxLength")
    raise Lost(said)
