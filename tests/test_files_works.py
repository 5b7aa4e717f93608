"""Large pictures, foreign ones and films: written anew by the worker, and given to nobody before that."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from PIL import Image

from core.audience import everyone
from core.models import Event
from feed import exporting
from files import actions, intake, locks, storage, zips
from files.actions import making
from files.models import File
from tests import make

pytestmark = pytest.mark.django_db

JSON = {"HTTP_ACCEPT": "application/json"}
#: Where a picture was taken; it stands in its EXIF and nowhere else.
PLACE = b"qvzkwjxpmhtrbfgd"


@pytest.fixture(autouse=True)
def _place(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.STORAGES = settings.STORAGES | {
        "files": {"BACKEND": "files.storage.PrivateStorage", "OPTIONS": {"location": str(tmp_path / "files")}}
    }
    # A test is one transaction that is never committed: what waits for that is done at once.
    monkeypatch.setattr(transaction, "on_commit", lambda function, **_more: function())
    # What a photo of twelve megapixels is, at the cost of a small one.
    monkeypatch.setattr(intake, "QUICK_PIXELS", 10_000)


def photo(size: tuple[int, int] = (400, 300), form: str = "JPEG") -> bytes:
    exif = Image.Exif()
    exif[0x010E] = PLACE.decode()
    exif[0x0112] = 6
    written = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(written, form, exif=exif)
    return written.getvalue()


def send(browser: Any, content: bytes, name: str = "dock.jpg", **fields: str) -> Any:
    return browser.post("/files/", {"file": SimpleUploadedFile(name, content), **fields}, **JSON)


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def on_disk(root: Path) -> list[bytes]:
    return [path.read_bytes() for path in (root / "files").rglob("*") if path.is_file()]


def lying() -> list[Path]:
    return list(storage.part("").iterdir())


def test_a_large_picture_is_given_to_nobody_as_it_was_sent(tmp_path: Path) -> None:
    cast = make.cast()
    alice, bob = cast.browser("alice"), cast.browser("bob")
    answer = send(alice, photo(), alt="The dock at dawn")
    assert answer.status_code == 201
    told = answer.json()
    # Its size is known from its header, turned upright.
    assert [told[name] for name in ("state", "width", "height", "thumb")] == ["processing", 300, 400, None]
    post = make.post(cast.alice, "From the dock", group=cast.private, files=[told["id"]])
    file = File.objects.get()
    shared = actions.copy(files=[file], by=cast.bob)[0]
    addresses = [f"/files/{file.public_id}/", f"/files/{file.public_id}/?download=1"]
    strange = [f"/files/{file.public_id}/{name}/" for name in ("320", "960", "raw", file.raw, "sent")]
    for who in ("alice", "bob", "gil", "ada", "mona", "carol", "nobody"):
        browser = cast.browser(who)
        for address in [*addresses, *(strange if who in ("alice", "bob") else [])]:
            said = browser.get(address)
            assert PLACE not in body(said)
            if address in addresses:
                inside = who in ("alice", "bob", "gil")
                assert said.status_code == (403 if inside else 302 if who == "nobody" else 404), (who, address)
    assert b"is being prepared" in bob.get(addresses[0]).content
    assert not on_disk(tmp_path) and [PLACE in path.read_bytes() for path in lying()] == [True]
    assert lying()[0].stat().st_mode & 0o777 == 0o600
    # Its place is kept by its ratio, with its words; nothing else has it: ZIP, copy of the group, copy of the file.
    page = bob.get(post.get_absolute_url()).content.decode()
    assert 'alt="The dock at dawn" width="300" height="400"' in page and "Being prepared" in page
    assert "data-lightbox" not in page
    api = bob.get(f"/api/v1/files/{file.public_id}").json()
    assert (api["state"], api["given"]) == ("processing", False)
    pick = {"act": "zip", "pick": file.public_id}
    assert bob.post(f"/groups/{cast.private.public_id}/files/some/", pick).status_code == 409
    assert b"".join(zips.pieces_of(file)) == b""
    packed = b"".join(zips.pack(exporting.parts(group=cast.private, reader=cast.alice)))
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert not any(PLACE in archive.read(name) for name in archive.namelist())
    assert cast.browser("bob").get(f"/files/{shared.public_id}/").status_code == 403
    # The worker writes it anew, for every row that shares it; who looks at it hears so.
    make.settle()
    frame = Event.objects.filter(verb="files.file.made", target_pk=file.pk).get()
    assert (frame.data, frame.audience_id) == ({"id": file.public_id}, cast.private.audience_id)
    assert Event.objects.get(verb="files.file.made", target_pk=shared.pk).data["only"] == [cast.bob.public_id]
    given = body(bob.get(addresses[0]))
    with Image.open(io.BytesIO(given)) as image:
        assert (image.size, dict(image.getexif())) == ((300, 400), {})
    assert body(bob.get(f"/files/{shared.public_id}/")) == given
    assert not lying() and not any(PLACE in content for content in on_disk(tmp_path))
    cell = bob.get(f"/files/{file.public_id}/card/?among=1").content.decode()
    assert "data-lightbox" in cell and "data-lightbox" in bob.get(post.get_absolute_url()).content.decode()
    assert bob.get(f"/files/{file.public_id}/card/", **JSON).json()["state"] == "ready"
    assert cast.browser("carol").get(f"/files/{file.public_id}/card/", **JSON).status_code == 404
    # A face is shown as soon as it is sent, and what is taken back leaves nothing.
    assert actions.picture(of=cast.bob, by=cast.bob, stream=io.BytesIO(photo()), audience=everyone()).renditions
    again = send(alice, photo()).json()["id"]
    assert len(lying()) == 1
    assert alice.post(f"/files/{again}/discard/", **JSON).status_code == 204
    assert not lying()


def test_a_picture_that_cannot_be_read_is_refused_and_its_sender_is_told() -> None:
    cast = make.cast()
    alice, bob = cast.browser("alice"), cast.browser("bob")
    damaged = photo()[:-2000] if len(photo()) > 4000 else photo()[: len(photo()) // 2]
    torn = send(alice, damaged).json()
    assert torn["state"] == "processing"
    post = make.post(cast.alice, "From the dock", group=cast.private, files=[torn["id"]])
    loose = send(alice, damaged, "loose.jpg").json()["id"]
    kept = send(alice, photo(), "plan.jpg").json()["id"]
    make.settle()
    file = File.objects.get(public_id=torn["id"])
    assert (file.refused, file.raw, file.size, file.scan) == ("unreadable", "", 0, "")
    assert not lying()
    page = bob.get(post.get_absolute_url()).content.decode()
    assert "This picture is damaged or not a picture." in page and "From the dock" in page
    assert bob.get(f"/files/{torn['id']}/").status_code == 403
    assert "“dock.jpg” could not be read" in alice.get("/notifications/").content.decode()
    assert "could not be read" not in bob.get("/notifications/").content.decode()
    said = alice.get(f"/files/{loose}/card/", **JSON).json()
    assert (said["state"], said["why"]) == ("refused", "This picture is damaged or not a picture.")
    assert alice.post("/posts/", {"body": "Look", "file": loose}).status_code == 422
    # A new version that cannot be read gives way to the one before.
    make.post(cast.alice, "The plan", group=cast.private, files=[kept])
    before = File.objects.get(public_id=kept)
    new = {"file": SimpleUploadedFile("plan.jpg", damaged)}
    assert alice.post(f"/files/{kept}/versions/", new).status_code == 302
    assert bob.get(f"/files/{kept}/").status_code == 403
    make.settle()
    after = File.objects.get(public_id=kept)
    assert (after.sha256, after.version, after.refused) == (before.sha256, 1, "")
    assert bob.get(f"/files/{kept}/").status_code == 200
    # What its header says is too large never gets so far.
    bomb = io.BytesIO()
    Image.new("1", (13_000, 13_000)).save(bomb, "PNG")
    assert send(alice, bomb.getvalue(), "bomb.png").status_code == 413
    assert not lying()


def test_a_worker_that_dies_has_done_nothing_and_what_kills_it_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast = make.cast()
    alice = cast.browser("alice")
    assert send(alice, photo()).status_code == 201
    for room, name in ((storage, "put"), (making, "record")):
        with monkeypatch.context() as patch, pytest.raises(SystemExit):
            patch.setattr(room, name, lambda *_all, **_more: (_ for _ in ()).throw(SystemExit))
            making.drain()
        row = File.objects.get()
        assert row.raw and not row.is_given and len(lying()) == 1
        # After a pause, and not while another worker is at it.
        assert making.drain() == 0
        File.objects.update(raw_due_at=None)
        with locks.held(storage.part(row.raw)):
            assert making.drain() == 0
    # A place that is full or away is not the picture's fault.
    with monkeypatch.context() as patch:
        patch.setattr(storage, "put", lambda *_all: (_ for _ in ()).throw(storage.Unreachable))
        assert making.drain() == 1
    assert File.objects.get().raw_tries == 2
    File.objects.update(raw_due_at=None)
    assert making.drain() == 1
    assert File.objects.get().is_given and not any(PLACE in content for content in on_disk(tmp_path))
    # One that kills it each time is given up.
    assert send(alice, photo()).status_code == 201
    for _ in range(making.TRIES):
        with monkeypatch.context() as patch, pytest.raises(SystemExit):
            patch.setattr(intake, "take", lambda *_all, **_more: (_ for _ in ()).throw(SystemExit))
            making.drain()
        File.objects.update(raw_due_at=None)
    assert making.drain() == 1
    assert File.objects.order_by("pk").last().refused == "failed"  # type: ignore[union-attr]


def test_films_and_pictures_of_phones_are_the_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.test_files_intake import box, foreign

    place = b"\xa9xyz\x00\x12\x15\xc7+51.2192+004.4029/"
    moov = box(b"moov", box(b"mvhd", bytes(20)) + box(b"udta", place))
    film = box(b"ftyp", b"isom\x00\x00\x00\x00isom") + moov + box(b"mdat", b"points")
    cast = make.cast()
    alice = cast.browser("alice")
    monkeypatch.setattr(intake, "QUICK_BYTES", 10)
    for content, name, ends in ((film, "crane.mp4", "crane.mp4"), (foreign("HEIF"), "IMG_1.heic", "IMG_1.jpg")):
        told = send(alice, content, name).json()
        assert (told["state"], told["name"]) == ("processing", name)
        make.settle()
        file = File.objects.get(public_id=told["id"])
        assert (file.name, file.progress, bool(file.width)) == (ends, "ready", name.endswith("heic"))
        given = alice.get(f"/files/{told['id']}/")
        assert given.status_code == 200 and b"51.2192" not in body(given)
