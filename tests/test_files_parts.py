"""Files that come in parts: the tus protocol, who may, what is counted, and what a broken line or process leaves."""

from __future__ import annotations

import asyncio
import base64
import fcntl
import hashlib
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from core.body import with_limited_body
from core.models import Event
from files import actions as files
from files import storage
from files.actions import parts
from files.models import File, Sending
from integrations.actions import make_token
from people import actions as people
from tests import make

pytestmark = pytest.mark.django_db

PART = "application/offset+octet-stream"
TUS = {"Tus-Resumable": "1.0.0"}
TEXT = b"".join(b"line %06d\n" % number for number in range(40_000))
HALF = 200_000


@pytest.fixture(autouse=True)
def _place(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.STORAGES = settings.STORAGES | {
        "files": {"BACKEND": "files.storage.PrivateStorage", "OPTIONS": {"location": str(tmp_path / "files")}}
    }
    monkeypatch.setattr(parts, "PATIENCE", 0.0)


def announce(
    browser: Any, size: int = len(TEXT), name: str = "Größe.txt", at: str = "/files/parts/", **more: str
) -> Any:
    words = (
        f"filename {base64.b64encode(name.encode()).decode()},filetype,relativePath {base64.b64encode(b'x').decode()}"
    )
    headers = TUS | {"Upload-Length": str(size), "Upload-Metadata": words} | more
    return browser.post(at, headers=headers, content_type=PART)


def begun(browser: Any, **more: Any) -> str:
    answer = announce(browser, **more)
    assert answer.status_code == 201, answer.content
    return str(answer["Location"])


def patch(browser: Any, address: str, at: int, content: bytes, *, kind: str = PART, **more: str) -> Any:
    headers = TUS | {"Upload-Offset": str(at), "Content-Type": kind} | more
    return browser.patch(address, content, content_type=kind, headers=headers)


def how_far(browser: Any, address: str) -> int:
    answer = browser.head(address, headers=TUS)
    assert answer.status_code == 200
    assert (answer["Tus-Resumable"], answer["Upload-Length"]) == ("1.0.0", str(len(TEXT)))
    assert "no-store" in answer["Cache-Control"]
    return int(answer["Upload-Offset"])


def on_disk() -> list[Path]:
    return sorted(path for path in storage.part("").iterdir())


def test_a_file_comes_in_parts_and_is_then_like_any_other() -> None:
    cast = make.cast()
    alice, bob = cast.browser("alice"), cast.browser("bob")
    able = alice.options("/files/parts/")
    assert (able.status_code, able["Tus-Version"]) == (204, "1.0.0")
    assert {"creation", "expiration", "checksum", "termination"} == set(able["Tus-Extension"].split(","))
    address = begun(alice)
    row = Sending.objects.get()
    assert row.public_id in address and row.key not in address
    assert how_far(alice, address) == 0
    # What does not speak the protocol changes nothing.
    assert alice.patch(address, TEXT[:9], content_type=PART, headers={"Upload-Offset": "0"}).status_code == 412
    assert patch(alice, address, 0, TEXT[:9], kind="text/plain").status_code == 415
    assert patch(alice, address, 7, TEXT[7:9]).status_code == 409
    assert patch(alice, address, -1, TEXT[:9]).status_code == 400
    assert patch(alice, address, 0, TEXT + b"x").status_code == 413
    wrong = base64.b64encode(hashlib.sha1(b"other", usedforsecurity=False).digest()).decode()
    assert patch(alice, address, 0, TEXT[:HALF], **{"Upload-Checksum": f"sha1 {wrong}"}).status_code == 460
    assert patch(alice, address, 0, TEXT[:HALF], **{"Upload-Checksum": f"crc7 {wrong}"}).status_code == 400
    assert how_far(alice, address) == 0
    # The first half, with its sum; then as a process leaves it that was killed in the middle of the second.
    right = base64.b64encode(hashlib.sha256(TEXT[:HALF]).digest()).decode()
    half = patch(alice, address, 0, TEXT[:HALF], **{"Upload-Checksum": f"sha256 {right}"})
    assert (half.status_code, half["Upload-Offset"]) == (204, str(HALF))
    assert "GMT" in half["Upload-Expires"]
    with storage.part(row.key).open("ab") as place:
        place.write(b"torn")
        assert (os.stat(place.fileno()).st_mode & 0o777, storage.part("").stat().st_mode & 0o777) == (0o600, 0o700)
        assert how_far(alice, address) == HALF
        # Two at once: one writes, the other is told to wait.
        fcntl.flock(place, fcntl.LOCK_EX)
        assert patch(alice, address, HALF, TEXT[HALF:]).status_code == 423
        assert alice.delete(address, headers=TUS).status_code == 423
    told = alice.get("/files/parts/").json()["items"]
    assert [(one["name"], one["offset"], one["size"]) for one in told] == [("Größe.txt", HALF, len(TEXT))]
    assert "Größe.txt" in alice.get("/files/mine/").content.decode()
    # Nobody else knows of it, by no method, and nobody is let in without the token against forgery.
    for who in ("bob", "mona", "ada", "gil"):
        other = cast.browser(who)
        assert other.head(address, headers=TUS).status_code == 404
        assert patch(other, address, HALF, b"x").status_code == 404
        assert other.delete(address, headers=TUS).status_code == 404
        assert other.post(f"{address}discard/").status_code == 404
        assert other.get(address).content == other.get(f"/files/parts/{'x' * 16}/").content
    assert not bob.get("/files/parts/").json()["items"]
    strict = make.client(cast.alice)
    strict.handler.enforce_csrf_checks = True
    assert patch(strict, address, HALF, TEXT[HALF:]).status_code == 403
    # The rest; an earlier POST-only proxy is in between.
    headers = TUS | {"Upload-Offset": str(HALF), "X-HTTP-Method-Override": "PATCH"}
    last = alice.post(address, TEXT[HALF:], content_type=PART, headers=headers)
    assert (last.status_code, last["Upload-Offset"]) == (204, str(len(TEXT)))
    # It is answered at once; the worker looks at the whole.
    assert not File.objects.exists() and "Kring-File" not in last
    assert [alice.get(address).json()[name] for name in ("state", "offset", "file")] == ["processing", len(TEXT), None]
    assert parts.drain() == 1
    last = alice.head(address, headers=TUS)
    file = File.objects.get()
    # Only its sender is told.
    told = Event.objects.get(verb="files.sending.arrived")
    assert (told.data["id"], told.data["only"]) == (row.public_id, [cast.alice.public_id])
    assert (last["Kring-File"], file.state, file.name) == (file.public_id, "loose", "Größe.txt")
    assert (file.sha256, file.content_type) == (hashlib.sha256(TEXT).hexdigest(), "text/plain")
    assert not on_disk()
    # The last part again, and once more empty: one file, and it is still known which.
    assert patch(alice, address, HALF, TEXT[HALF:]).status_code == 409
    assert patch(alice, address, len(TEXT), b"")["Kring-File"] == file.public_id
    assert how_far(alice, address) == len(TEXT)
    assert alice.get(address).json()["file"]["id"] == file.public_id
    assert File.objects.count() == 1 and not on_disk()
    post = make.post(cast.alice, "Large", group=cast.private, files=[file.public_id])
    assert b"".join(bob.get(file.get_absolute_url())) == TEXT
    assert alice.delete(address, headers=TUS).status_code == 204
    assert bob.get(f"/posts/{post.public_id}/").status_code == 200 and File.objects.get().state == "attached"
    # A new version comes in parts too: of one's own file, and from one's own that hangs on nothing.
    address = begun(alice, size=9, name="new.txt")
    assert patch(alice, address, 0, b"new words").status_code == 204 and parts.drain() == 1
    fresh, there = alice.head(address, headers=TUS)["Kring-File"], f"/files/{file.public_id}/versions/"
    theirs = files.upload(by=cast.bob, stream=make_file(b"theirs"), name="theirs.txt").public_id
    for browser, sent in ((alice, theirs), (alice, file.public_id), (bob, theirs), (alice, "-")):
        assert browser.post(there, {"sent": sent}).status_code in (403, 422)
    assert alice.post(f"/api/v1{there[:-1]}", {}).status_code == 422
    assert alice.post(there, {"sent": fresh}).status_code == 302
    assert b"".join(bob.get(file.get_absolute_url())) == b"new words"
    page = alice.get(f"/groups/{cast.private.public_id}/files/").content.decode()
    assert f'data-place="library-{cast.private.public_id}"' in page and "It has arrived and is being checked" in page


def test_size_and_quota_are_held_when_it_begins_and_kind_when_it_is_here(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast = make.cast()
    alice = cast.browser("alice")
    settings.KRING_LIMITS = {"LARGE_FILE_BYTES": 100, "FILE_BYTES": 10, "PERSON_BYTES": 150, "FILES_UNDER_WAY": 2}
    assert announce(alice, 101).status_code == 413
    assert announce(alice, 0).status_code == 422
    assert announce(alice, 5, name="a\0b").status_code == 422
    assert announce(alice, 5, **{"Upload-Metadata": "filename *"}).status_code == 400
    first = begun(alice, size=90)
    answer = announce(alice, 61)
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many")
    second = begun(alice, size=60)
    # What is under way has its place: neither a third nor an ordinary upload takes it.
    assert announce(alice, 1).status_code == 429
    assert alice.post("/files/", {"file": make_file(b"x")}, headers={"Accept": "application/json"}).status_code == 429
    assert patch(alice, first, 0, b"a" * 90).status_code == 204
    # What it is, is known at the end: a program is refused with the reason, and nothing of it stays.
    assert patch(alice, second, 0, b"\x7fELF" + b"\0" * 56).status_code == 204
    assert parts.drain() == 2
    program = alice.get(second).json()
    assert (program["state"], program["code"], program["file"]) == ("refused", "program", None)
    assert program["detail"] == "Programs and scripts cannot be shared here."
    assert patch(alice, second, 60, b"").status_code == alice.head(second, headers=TUS).status_code == 410
    assert not on_disk() and File.objects.count() == 1 and not alice.get("/files/parts/").json()["items"]
    # A disk that fills up meanwhile ends nothing.
    third = begun(alice, size=20)
    assert patch(alice, third, 0, b"b" * 10).status_code == 204
    with monkeypatch.context() as full:
        full.setattr(storage, "free_bytes", lambda: 1000)
        assert patch(alice, third, 10, b"b" * 10).status_code == 507
        assert announce(alice, 1).status_code == 507
    # The worker is killed while it makes a file of it: all of it is here, and after a pause another begins anew.
    assert patch(alice, third, 10, b"b" * 10).status_code == 204
    with monkeypatch.context() as cut:
        cut.setattr(files, "upload", lambda **_all: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            parts.drain()
    assert parts.drain() == 0 and alice.get(third).json()["state"] == "processing"
    # A disk that is full is not the file's fault: it has not been tried.
    Sending.objects.update(due_at=None)
    with monkeypatch.context() as full:
        full.setattr(storage, "free_bytes", lambda: 1000)
        assert parts.drain() == 1 and parts.drain() == 0
    assert Sending.objects.under_way().get().tries == 1
    Sending.objects.update(due_at=None)
    assert parts.drain() == 1 and File.objects.count() == 2
    # Taken back: it goes with the file that hangs on nothing.
    assert alice.delete(third, headers=TUS).status_code == 204
    assert alice.head(third, headers=TUS).status_code == 404
    assert File.objects.count() == 1
    # Without JavaScript; and what has run out is swept, its bytes and what no row knows with it.
    fourth = begun(alice, size=20)
    assert alice.post(f"{fourth}discard/", {"next": "/files/mine/"})["Location"] == "/files/mine/"
    fifth = begun(alice, size=20)
    assert patch(alice, fifth, 0, b"c").status_code == 204
    storage.part("unknown").touch()
    for path in on_disk():
        os.utime(path, (0, 0))
    Sending.objects.update(moved_at=timezone.now() - timedelta(hours=25))
    assert alice.head(fifth, headers=TUS).status_code == 404
    parts.sweep()
    assert not Sending.objects.exists() and not on_disk()


def test_other_programs_send_with_a_token_and_nobody_after_leaving() -> None:
    cast = make.cast()
    _row, token = make_token(person=cast.alice)
    _row, reading = make_token(person=cast.alice, read_only=True)
    browser = make.client()
    let, look = {"Authorization": f"Bearer {token}"}, {"Authorization": f"Bearer {reading}"}
    there = "/api/v1/files/parts"
    assert announce(browser, at=there).status_code == 401
    assert announce(browser, at=there, **look).status_code == 403
    address = begun(browser, at=there, **let)
    assert address.startswith(there) and browser.options(there, headers=let)["Tus-Max-Size"]
    assert patch(browser, address, 0, TEXT[:HALF], **let).status_code == 204
    assert browser.head(address, headers=TUS | look)["Upload-Offset"] == str(HALF)
    assert patch(browser, address, 0, TEXT[:HALF], **let).status_code == 409
    assert patch(cast.browser("bob"), address, HALF, b"x").status_code == 404
    assert patch(browser, address, HALF, TEXT[HALF:], **let).status_code == 204
    assert parts.drain() == 1
    assert browser.get(address, headers=let).json()["file"]["name"] == "Größe.txt"
    again, signed_in = begun(browser, at=there, **let), cast.browser("alice")
    people.deactivate(person=cast.alice, by=cast.ada)
    assert browser.head(again, headers=TUS | let).status_code == 401
    assert signed_in.head(again.replace("/api/v1", "") + "/", headers=TUS).status_code == 302
    assert not parts.of(type(cast.alice).objects.get(pk=cast.alice.pk))


def test_a_part_that_breaks_off_keeps_what_has_come(settings: Any) -> None:
    settings.KRING_LIMITS = {"REQUEST_BYTES": 100}

    def ask(pieces: list[bytes], *, broken: bool) -> bytes:
        came = b""

        async def application(_scope: Any, receive: Any, _send: Any) -> None:
            nonlocal came
            while True:
                message = await receive()
                assert message["type"] == "http.request"
                came += message["body"]
                if not message["more_body"]:
                    return

        async def receive() -> dict[str, Any]:
            if pieces:
                return {"type": "http.request", "body": pieces.pop(0), "more_body": broken or bool(pieces)}
            return {"type": "http.disconnect"}

        scope = {"type": "http", "method": "PATCH", "headers": [(b"Content-Type", PART.encode())]}
        asyncio.run(with_limited_body(application)(scope, receive, None))
        return came

    assert ask([b"x" * 60, b"y" * 20], broken=True) == b"x" * 60 + b"y" * 20
    assert ask([b"x" * 60, b"y" * 60, b"z"], broken=False) == b"x" * 60 + b"y" * 40


def make_file(content: bytes) -> Any:
    from django.core.files.uploadedfile import SimpleUploadedFile

    return SimpleUploadedFile("a.txt", content)
