"""Archives that somebody sent: refused before a byte of them is unpacked or written."""

from __future__ import annotations

import io
import struct
import time
import zipfile
from typing import Any

import pytest

from files.archives import members, open_checked, read
from files.errors import ArchiveRefused


def packed(*entries: tuple[str | zipfile.ZipInfo, bytes], how: int = zipfile.ZIP_DEFLATED) -> io.BytesIO:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", how) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    written.seek(0)
    return written


def entry(name: str, mode: int = 0o100644) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info


def test_a_plain_archive_opens_and_lists_its_files() -> None:
    source = packed(("a.txt", b"one"), ("folder/", b""), ("folder/b.txt", b"two"), ("./c.txt", b"three"))
    with open_checked(source) as archive:
        found = {path: read(archive, info, at_most=100) for path, info in members(archive)}
    assert found == {"a.txt": b"one", "folder/b.txt": b"two", "c.txt": b"three"}


def test_it_opens_paths_too(tmp_path: Any) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(packed(("a.txt", b"one")).getvalue())
    with open_checked(path) as archive:
        assert archive.namelist() == ["a.txt"]
    with pytest.raises(ArchiveRefused):
        open_checked(tmp_path / "missing.zip")


@pytest.mark.parametrize(
    "names",
    [
        ["../up.txt"],
        ["a/../../up.txt"],
        ["..\\up.txt"],
        ["a\\..\\..\\up.txt"],
        ["/etc/passwd"],
        ["\\\\host\\share\\x"],
        ["C:x.txt"],
        ["c:\\x.txt"],
        ["C:/x.txt"],
        ["a.txt", "a.txt"],
        ["a.txt", "A.TXT"],
        ["é.txt", "e\u0301.txt"],
        ["straße.txt", "STRASSE.txt"],
        ["a.txt", "./a.txt"],
        ["a.txt", "a.txt."],
        ["a/x.txt", "A/y.txt"],
        ["a", "a/b.txt"],
        ["a/b.txt", "a"],
        ["a\x00.txt"],
        ["a\nb.txt"],
        ["a\x1b[31m.txt"],
        [". ./x.txt"],
        ["/".join("d" * 1 for _ in range(100)) + "/x.txt"],
        ["n" * 2000],
        ["."],
    ],
)
def test_names_that_are_not_safe_are_refused(names: list[str]) -> None:
    source = io.BytesIO()
    with zipfile.ZipFile(source, "w") as archive:
        for number, name in enumerate(names):
            info = zipfile.ZipInfo(f"placeholder-{number}")
            info.filename = name
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(archive, "_writecheck", lambda zinfo: None)
                archive.writestr(info, b"x")
    source.seek(0)
    with pytest.raises(ArchiveRefused) as refused:
        open_checked(source)
    assert not any(name in refused.value.message for name in names if len(name) > 3)


@pytest.mark.parametrize("mode", [0o120777, 0o020666, 0o060666, 0o010666, 0o140777])
def test_links_and_devices_are_refused(mode: int) -> None:
    with pytest.raises(ArchiveRefused, match="links or devices"):
        open_checked(packed((entry("link", mode), b"/etc/passwd")))


def test_members_with_a_password_are_refused() -> None:
    source = bytearray(packed(("a.txt", b"secret")).getvalue())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = source.index(mark) + offset
        source[at] |= 1
    with pytest.raises(ArchiveRefused) as refused:
        open_checked(io.BytesIO(bytes(source)))
    assert refused.value.code == "archive_encrypted"


@pytest.mark.parametrize("how", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_packings_that_cost_memory_are_refused(how: int) -> None:
    with pytest.raises(ArchiveRefused):
        open_checked(packed(("a.txt", b"x" * 1000), how=how))


def refused_as_bomb(source: Any, **options: Any) -> None:
    begun = time.process_time()
    with pytest.raises(ArchiveRefused) as refused:
        open_checked(source, **options)
    assert (refused.value.code, refused.value.status) == ("archive_bomb", 413)
    assert time.process_time() - begun < 2


def test_a_gigabyte_of_zeros_is_a_bomb() -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("zeros", "w") as out:
        for _ in range(64):
            out.write(bytes(1024 * 1024))
    refused_as_bomb(written)


def test_a_size_that_is_only_announced_is_a_bomb_too() -> None:
    source = bytearray(packed(("a.txt", b"x" * 5000)).getvalue())
    at = source.index(b"PK\x01\x02") + 24
    source[at : at + 4] = struct.pack("<I", 3 * 1024**3)
    refused_as_bomb(io.BytesIO(bytes(source)))


def test_an_archive_in_an_archive_in_an_archive_is_a_bomb() -> None:
    content = packed(("a.txt", b"x")).getvalue()
    for _ in range(3):
        content = packed(("inner.dat", content)).getvalue()
    open_checked(io.BytesIO(content)).close()
    refused_as_bomb(packed(("inner.dat", content)))


def test_a_bomb_inside_an_archive_is_found() -> None:
    inner = packed(("zeros", bytes(16 * 1024 * 1024))).getvalue()
    refused_as_bomb(packed(("report.docx", inner)))


def test_members_that_share_bytes_are_a_bomb() -> None:
    source = bytearray(packed(("a.txt", b"x" * 400), ("b.txt", b"y" * 400), how=zipfile.ZIP_STORED).getvalue())
    at = source.rindex(b"PK\x01\x02") + 42
    source[at : at + 4] = struct.pack("<I", 0)
    refused_as_bomb(io.BytesIO(bytes(source)))


def test_a_directory_of_a_million_entries_is_not_read(settings: Any) -> None:
    source = bytearray(packed(("a.txt", b"x")).getvalue())
    end = source.rindex(b"PK\x05\x06")
    source[end + 8 : end + 12] = struct.pack("<HH", 65_000, 65_000)
    refused_as_bomb(io.BytesIO(bytes(source)))
    many = io.BytesIO()
    with zipfile.ZipFile(many, "w") as archive:
        for number in range(300):
            archive.writestr(str(number), b"")
    settings.KRING_LIMITS = {"ARCHIVE_ENTRIES": 299}
    refused_as_bomb(many)
    settings.KRING_LIMITS = {"ARCHIVE_ENTRIES": 300}
    open_checked(many).close()


@pytest.mark.parametrize(
    "content",
    [b"", b"PK", b"not a zip at all", b"PK\x03\x04" + b"\xff" * 200, b"MZ" + packed(("a", b"x")).getvalue()],
)
def test_what_is_no_archive_is_refused(content: bytes) -> None:
    with pytest.raises(ArchiveRefused):
        open_checked(io.BytesIO(content))


def test_every_cut_and_every_flipped_byte_is_refused_or_read(settings: Any) -> None:
    """No damage raises anything but a refusal."""
    whole = packed(("a.txt", b"hello " * 50), ("b/c.txt", b"world" * 50)).getvalue()
    damaged = [whole[:length] for length in range(0, len(whole), 3)]
    damaged += [whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :] for at in range(len(whole))]
    for content in damaged:
        try:
            with open_checked(io.BytesIO(content)) as archive:
                for _path, info in members(archive):
                    read(archive, info, at_most=10_000)
        except ArchiveRefused:
            continue


def test_a_member_larger_than_asked_for_is_not_read() -> None:
    with open_checked(packed(("a.txt", b"x" * 100))) as archive:
        [(_path, info)] = members(archive)
        with pytest.raises(ArchiveRefused):
            read(archive, info, at_most=99)
