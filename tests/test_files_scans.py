"""The virus scanner: against a clamd that speaks the real protocol, and through the pages that people see."""

from __future__ import annotations

import contextlib
import io
import socket
import struct
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from PIL import Image

from files import actions, scanner
from files.actions import scans
from files.errors import Infected
from files.models import Blocked, Caption, File
from knowledge.models import Figure, Paper
from tests import make

#: The harmless text that every scanner calls a virus; in two parts, so that this file is not taken for one.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
JSON = {"HTTP_ACCEPT": "application/json"}


class Clamd(threading.Thread):
    """As much of clamd as clamd(8) promises of INSTREAM and VERSION."""

    def __init__(self, path: Path) -> None:
        super().__init__(daemon=True)
        self.path, self.signatures, self.silent, self.most = path, 27500, False, 25 * 2**20
        self.known: dict[bytes, str] = {b"EICAR-STANDARD": "Eicar-Test-Signature"}
        self.seen: list[bytes] = []
        self.server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.server.bind(str(path))
        self.server.listen()

    def run(self) -> None:
        while True:
            try:
                line, _from = self.server.accept()
            except OSError:
                return
            with line, line.makefile("rwb") as both:
                command = b""
                while not command.endswith(b"\0"):
                    command += both.read(1)
                if command == b"zVERSION\0":
                    both.write(b"ClamAV 1.4.6/%d/Sat Nov 21 08:00:00 2026\0" % self.signatures)
                elif command == b"zINSTREAM\0":
                    both.write(self.scan(both))
                else:
                    both.write(b"UNKNOWN COMMAND\0")

    def scan(self, both: Any) -> bytes:
        """The answer to a stream."""
        content = b""
        while size := struct.unpack("!I", both.read(4))[0]:
            content += both.read(size)
            if len(content) > self.most:
                return b"INSTREAM size limit exceeded. ERROR\0"
        self.seen.append(content)
        if self.silent:
            return b""
        if content.startswith(b"PK"):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                content += b"".join(archive.read(one) for one in archive.infolist() if not one.flag_bits & 1)
        for mark, name in self.known.items():
            if mark in content:
                return f"stream: {name} FOUND\0".encode()
        return b"stream: OK\0"

    def stop(self) -> None:
        """Hang up: who comes now is refused."""
        self.path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()


@pytest.fixture
def clamd(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clamd]:
    settings.STORAGES = settings.STORAGES | {
        "files": {"BACKEND": "files.storage.PrivateStorage", "OPTIONS": {"location": str(tmp_path / "files")}}
    }
    monkeypatch.setattr(scans, "_rests_until", 0.0)
    made = Clamd(tmp_path / "clamd.ctl")
    settings.KRING_CLAMD = f"unix:{made.path}"
    made.start()
    yield made
    made.stop()


@pytest.fixture
def cast(db: None) -> make.Cast:
    return make.cast()


def send(cast: make.Cast, content: bytes, name: str) -> Any:
    return cast.browser("alice").post("/files/", {"file": SimpleUploadedFile(name, content)}, **JSON)


def on_a_post(cast: make.Cast, content: bytes, name: str, **fields: Any) -> tuple[Any, File]:
    answer = send(cast, content, name)
    assert answer.status_code == 201, answer.content
    post = make.post(cast.alice, "Here it is", files=[answer.json()["id"]], **fields)
    return post, File.objects.get(public_id=answer.json()["id"])


def status(cast: make.Cast, file: File, who: str = "bob") -> int:
    return cast.browser(who).get(file.get_absolute_url()).status_code


def page(cast: make.Cast, address: str, who: str = "bob") -> str:
    return cast.browser(who).get(address).content.decode()


def picture(*size: int) -> bytes:
    written = io.BytesIO()
    Image.linear_gradient("L").resize(size or (1200, 800)).convert("RGB").save(written, "JPEG")
    return written.getvalue()


def locked(name: str = "plan.txt") -> bytes:
    """A ZIP whose one member says that it needs a password."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr(name, b"secret words")
    content = bytearray(written.getvalue())
    for mark, at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        content[content.index(mark) + at] |= 1
    return bytes(content)


def test_a_file_is_given_once_it_was_found_clean(cast: make.Cast, clamd: Clamd) -> None:
    post, file = on_a_post(cast, picture(), "crane.jpg", group=cast.private)
    assert send(cast, b"x", "x.txt").json()["scan"] == "waiting"
    small = f"{file.get_absolute_url()}320/"
    assert (status(cast, file), status(cast, file, "alice"), status(cast, file, "carol")) == (403, 403, 404)
    assert cast.browser("bob").get(small).status_code == 403
    assert "Being checked for viruses" in page(cast, post.get_absolute_url())
    assert "data-lightbox" not in page(cast, post.get_absolute_url())
    assert cast.browser("bob").get(f"/api/v1/files/{file.public_id}").json()["given"] is False
    make.settle()
    assert (status(cast, file), status(cast, file, "carol")) == (200, 404)
    assert cast.browser("bob").get(small).status_code == 200
    assert "data-lightbox" in page(cast, post.get_absolute_url())
    assert "no virus found" in page(cast, f"/files/{file.public_id}/card/")
    assert len(clamd.seen) == 2


def test_a_virus_is_kept_from_everyone_and_told_to_its_sender_and_the_administrators(
    cast: make.Cast, clamd: Clamd
) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("inner.txt", EICAR)
    for content, name in ((EICAR, "holiday.png"), (packed.getvalue(), "photos.zip")):
        post, file = on_a_post(cast, content, name, group=cast.secret)
        make.settle()
        file.refresh_from_db()
        assert (file.scan, file.threat, file.name[:5]) == ("infected", "Eicar-Test-Signature", name[:5])
        assert [status(cast, file, who) for who in ("alice", "bob", "ada", "carol")] == [403, 403, 404, 404]
        drawn = page(cast, post.get_absolute_url())
        assert "A virus was found" in drawn
        assert file.name in drawn
        again = send(cast, content, "other name.txt")
        assert again.status_code == 422
        assert "Eicar-Test-Signature" in again.json()["detail"]
    assert "holiday.png" in page(cast, "/notifications/", "alice")
    told = page(cast, "/notifications/", "ada") + page(cast, "/files/quarantine/", "ada")
    assert "Viruses were found in 2 files" in told
    assert "Alice Archer" in told
    assert "holiday" not in told
    assert "Secret merger" not in told
    for who in ("bob", "mona", "carol", "gil"):
        assert "irus" not in page(cast, "/notifications/", who)
        assert cast.browser(who).get("/files/quarantine/").status_code == 403
        assert cast.browser(who).post(f"/files/quarantine/{file.public_id}/", {"act": "remove"}).status_code == 404
    assert cast.browser("ada").post(f"/files/quarantine/{file.public_id}/", {"act": "remove"}).status_code == 302
    file.refresh_from_db()
    assert (file.state, file.name) == ("removed", "")
    assert send(cast, packed.getvalue(), "again.zip").status_code == 422


def test_a_loose_file_with_a_virus_cannot_be_posted(cast: make.Cast, clamd: Clamd) -> None:
    file = send(cast, EICAR, "letter.txt").json()
    make.settle()
    answer = cast.browser("alice").post("/posts/", {"body": "Look", "file": file["id"]})
    assert answer.status_code == 422
    assert "A virus was found in “letter.txt”" in answer.content.decode()
    assert file["id"] not in answer.content.decode()


def test_new_signatures_find_and_clear(cast: make.Cast, clamd: Clamd) -> None:
    _post, file = on_a_post(cast, b"an ordinary macro", "sums.csv")
    make.settle()
    assert status(cast, file) == 200
    assert scans.rescan() == 0
    clamd.signatures, clamd.known[b"ordinary"] = 27501, "Doc.Dropper-1"
    assert scans.rescan() == 1
    assert status(cast, file) == 200
    make.settle()
    assert status(cast, file) == 403
    del clamd.known[b"ordinary"]
    assert cast.browser("ada").post(f"/files/quarantine/{file.public_id}/", {"act": "again"}).status_code == 302
    assert status(cast, file) == 403
    make.settle()
    assert status(cast, file) == 200
    assert not Blocked.objects.exists()
    assert "no virus was found" in page(cast, "/notifications/", "alice")
    out = io.StringIO()
    call_command("scan_files", "--all", stdout=out)
    assert out.getvalue().startswith("1 files")


@pytest.mark.parametrize("choice", ["hold", "mark"])
def test_a_scanner_that_is_down_holds_or_marks(cast: make.Cast, clamd: Clamd, settings: Any, choice: str) -> None:
    settings.KRING_UNSCANNED = choice
    clamd.stop()
    post, file = on_a_post(cast, b"some words", "notes.txt")
    assert status(cast, file) == 403
    make.settle()
    drawn = page(cast, post.get_absolute_url())
    if choice == "hold":
        assert status(cast, file) == 403
        assert "Being checked for viruses" in drawn
    else:
        assert status(cast, file) == 200
        assert "Not checked for viruses yet" in drawn
    # It is back, and what waited is scanned without anybody asking.
    scans._rests_until = 0.0
    back = Clamd(clamd.path)
    back.start()
    make.settle()
    file.refresh_from_db()
    assert (file.scan, file.scan_tries) == ("clean", 0)


@pytest.mark.parametrize("choice", ["hold", "mark"])
def test_an_archive_with_a_password_is_refused_or_marked(
    cast: make.Cast, clamd: Clamd, settings: Any, choice: str
) -> None:
    settings.KRING_UNSCANNED = choice
    if choice == "hold":
        assert send(cast, locked(), "plan.zip").status_code == 422
        return
    post, file = on_a_post(cast, locked(), "plan.zip")
    make.settle()
    assert status(cast, file) == 200
    assert "Cannot be checked for viruses" in page(cast, post.get_absolute_url())


def test_what_the_scanner_does_not_finish_is_tried_again_and_given_up_at_last(
    cast: make.Cast, clamd: Clamd, monkeypatch: pytest.MonkeyPatch
) -> None:
    clamd.silent = True
    _post, file = on_a_post(cast, b"some words", "notes.txt")
    make.settle()
    file.refresh_from_db()
    assert (file.scan, file.threat, len(clamd.seen)) == ("closed", "no answer", scans.TRIES)
    clamd.silent, clamd.most = False, 10
    _post, large = on_a_post(cast, b"more words than it takes", "notes.txt")

    # A worker that is killed in the middle has written nothing, and the next one begins anew.
    def dies(**_: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr(scans, "judge", dies)
        scans.drain()
    large.refresh_from_db()
    assert (large.scan, large.scan_due) == ("waiting", True)
    make.settle()
    large.refresh_from_db()
    assert (large.scan, large.threat, status(cast, large)) == ("closed", "StreamMaxLength", 403)


def test_without_a_scanner_everything_is_given(cast: make.Cast, clamd: Clamd, settings: Any) -> None:
    _post, file = on_a_post(cast, b"some words", "notes.txt")
    settings.KRING_CLAMD = ""
    assert status(cast, file) == 200
    _post, file = on_a_post(cast, b"other words", "notes.txt")
    assert (file.scan, file.scan_due) == ("", False)
    assert scans.drain() == 0


@pytest.mark.slow
def test_what_is_shown_without_a_card_is_looked_at_before_it_is_kept(
    cast: make.Cast, clamd: Clamd, settings: Any
) -> None:
    """Faces, signs, covers, the logo, captions, and what editors put on the knowledge pages."""
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "files.storage.MediaStorage", "OPTIONS": {"location": f"{clamd.path}.media"}}
    }
    eva = make.person("Eva Editor", is_editor=True)
    browsers = {name: cast.browser(name) for name in ("alice", "ada")} | {"eva": make.client(eva)}
    group = f"/groups/{cast.private.public_id}/"

    def film() -> File:
        return on_a_post(cast, b"ID3\x03" + bytes(2000), "song.mp3")[1]

    song = film()
    make.settle()

    def ways(content: bytes, text: bytes, mark: str) -> list[Any]:
        def sent(name: str, what: bytes = content) -> SimpleUploadedFile:
            return SimpleUploadedFile(name, what)

        asked = (
            ("alice", "/settings/photo/", {"photo": sent(f"face{mark}.jpg")}),
            ("alice", f"{group}picture/", {"picture": sent(f"sign{mark}.jpg", content + b"1")}),
            ("alice", f"{group}cover/", {"cover": sent(f"cover{mark}.jpg", content + b"2")}),
            ("alice", f"/files/{song.public_id}/captions/", {"captions": sent("a.vtt", text), "language": "en"}),
            ("eva", "/admin/images/add/", {"title": "Map", "file": sent(f"map{mark}.jpg", content + b"3")}),
            ("eva", "/admin/documents/add/", {"title": "Plan", "file": sent(f"plan{mark}.txt", text + b"\n4")}),
        )
        return [browsers[who].post(address, data) for who, address, data in asked]

    vtt = b"WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n"
    # Nothing of it is kept where it was to go; it lies in quarantine, and both sides are told.
    for answer in ways(picture(40, 40) + EICAR, vtt + EICAR, ""):
        assert answer.status_code in (200, 422) and "A virus was found in this file" in answer.content.decode()
    cast.alice.refresh_from_db()
    cast.private.refresh_from_db()
    assert (cast.alice.picture, cast.private.picture, cast.private.cover) == ("", "", None)
    assert not Figure.objects.exists() and not Paper.objects.exists() and not Caption.objects.exists()
    kept = File.objects.quarantined()
    assert {file.name for file in kept} == {
        "face.jpg", "sign.jpg", "cover.jpg", "map.jpg", "plan.txt", "song.mp3.en.vtt",
    }  # fmt: skip
    make.settle()
    assert [status(cast, file, who) for file in kept[:1] for who in ("bob", "ada")] == [404, 404]
    assert "face.jpg" in page(cast, "/notifications/", "alice")
    told = page(cast, "/notifications/", "ada") + page(cast, "/files/quarantine/", "ada")
    assert "Viruses were found in 6 files" in told and "Eva Editor" in told and "face" not in told
    # Of the picture of a page behind a link nobody is told; what is imported waits for the worker like an upload.
    post = make.post(cast.alice, "See")
    with pytest.raises(Infected):
        actions.picture(of=post, by=cast.alice, stream=io.BytesIO(EICAR), audience=post.audience, quiet=True)
    assert File.objects.quarantined().count() == 6 and Blocked.objects.count() == 7
    brought = {"owner": cast.alice, "to": post, "audience": post.audience, "history_at": None}
    old = actions.store_import(stream=io.BytesIO(b"an old plan"), name="old.txt", **brought)
    assert (old.scan, old.scan_due, status(cast, old)) == ("waiting", True, 403)
    make.settle()
    assert status(cast, old) == 200
    # The same bytes are not taken again, by whatever way they come, and the scanner need not be asked.
    clamd.known.clear()
    assert send(cast, vtt + EICAR, "words.txt").status_code == 422
    with time_machine.travel("2031-01-01"):
        actions.sweep()
    assert File.objects.quarantined().count() == 6
    # Without the scanner: held, which is not taken, or taken and looked at later.
    clamd.stop()
    for answer in ways(picture(40, 40), vtt, "-held"):
        assert "virus scanner does not answer" in answer.content.decode()
    settings.KRING_UNSCANNED = "mark"
    assert {answer.status_code for answer in ways(picture(40, 40), vtt, "-marked")} == {302}
    cast.alice.refresh_from_db()
    cast.private.refresh_from_db()
    paper, figure = Paper.objects.get(), Figure.objects.get()
    assert paper.scan == figure.scan == "unchecked" and browsers["eva"].get(paper.url).status_code == 200
    again = Clamd(clamd.path)
    again.start()
    scans._rests_until = 0.0
    settings.KRING_UNSCANNED = "hold"
    assert browsers["eva"].get(paper.url).status_code == 403
    make.settle()
    scans.drain()
    assert (
        browsers["eva"].get(paper.url).status_code
        == 200
        == browsers["eva"].get(figure.src("max-1360x1360|format-webp")).status_code
    )
    assert status(cast, File.objects.get(public_id=cast.alice.picture)) == 200
    # Newer signatures find something after all: it goes from where it was shown.
    again.signatures, again.known = 27501, {b"Hello": "Doc.Hello", b"WEBP": "Img.Webp"}
    assert scans.rescan() >= 5
    make.settle()
    scans.drain()
    assert browsers["eva"].get(paper.url).status_code == 403
    cast.alice.refresh_from_db()
    cast.private.refresh_from_db()
    assert (cast.alice.picture, cast.private.picture) == ("", "")
    assert (
        "plan-marked.txt"
        in page(cast, "/notifications/", "alice") + make.client(eva).get("/notifications/").content.decode()
    )
    again.stop()


def test_an_address_is_a_path_or_a_host_with_a_port() -> None:
    assert scanner.address("unix:/run/clamd.ctl") == scanner.address("/run/clamd.ctl") == "/run/clamd.ctl"
    assert scanner.address("tcp://[::1]:3310") == ("::1", 3310)
    for wrong in ("clamd", "host:", ":3310", "host:http"):
        with pytest.raises(ValueError, match=wrong):
            scanner.address(wrong)
