"""What files are kept in: the same questions to a directory, and (beside the suite) to a bucket."""

from __future__ import annotations

import io
import os
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings as site
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from PIL import Image

from files import actions, storage, zips
from files.actions import reading
from files.models import File
from tests import make

JSON = {"HTTP_ACCEPT": "application/json"}
S3 = {"endpoint": "", "region": "eu-west-1", "key": "tester", "secret": "of-the-tests", "addressing": "path"}


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    """An S3 server on this machine; the address it answers at."""
    server = pytest.importorskip("moto.server").ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(params=["disk", pytest.param("bucket", marks=pytest.mark.slow)])
def kept(request: pytest.FixtureRequest, settings: Any, tmp_path: Path) -> str:
    """A fresh place for files, of either kind; its name."""
    settings.KRING_DATA_DIR = tmp_path
    folders = {"files": tmp_path / "files", "default": tmp_path / "media"}
    settings.DISKS = {
        alias: site.DISKS[alias] | {"OPTIONS": {"location": str(folder)}} for alias, folder in folders.items()
    }
    if request.param == "disk":
        settings.STORAGES = site.STORAGES | settings.DISKS
    else:
        bucket(settings, request.getfixturevalue("s3"))
    return str(request.param)


def bucket(settings: Any, address: str, name: str = "") -> Any:
    """A new bucket of that server becomes the place for files; a client of it."""
    boto3 = pytest.importorskip("boto3")
    settings.KRING_S3 = site.KRING_S3 | S3 | {"endpoint": address, "bucket": name or f"kring-{storage.new_part()[:8]}"}
    settings.STORAGES = site.STORAGES | site.BUCKETS
    client = boto3.client(
        "s3", endpoint_url=address, region_name="eu-west-1", aws_access_key_id="tester", aws_secret_access_key="x"
    )
    client.create_bucket(
        Bucket=settings.KRING_S3["bucket"], CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    return client


def bring(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def send(browser: Any, content: bytes, name: str) -> dict[str, Any]:
    answer = browser.post("/files/", {"file": SimpleUploadedFile(name, content)}, **JSON)
    assert answer.status_code == 201, answer.content
    return answer.json()


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def looked_over() -> dict[str, Any]:
    """What `doctor` finds of the bucket: that it is well, or what it is instead."""
    return {name: well or said for name, well, said, _advice in storages["files"].findings()}


def test_a_storage_keeps_gives_lists_and_forgets(kept: str, tmp_path: Path) -> None:
    content = bytes(range(256)) * 3000
    key = storage.new_key()
    storage.put(key, bring(tmp_path / "one", content))
    storage.put(f"{key}.320", bring(tmp_path / "two", b"small"))
    store = storage.store()
    assert store.exists(key) and store.size(key) == len(content) and not store.exists(key + "0")
    # Whole, in any part, and from anywhere, as zipfile and others read.
    with store.open(key) as stream:
        assert stream.read() == content and stream.read() == b""
        stream.seek(-7, io.SEEK_END)
        assert (stream.read(5), stream.tell()) == (content[-7:-2], len(content) - 2)
        stream.seek(300_000)
        assert stream.read(10) == content[300_000:300_010]
    for first, last in ((0, 0), (5, 400_000), (len(content) - 1, len(content) - 1)):
        with storage.part_of(key, first, last) as stream:
            assert stream.read(last - first + 1) == content[first : last + 1]
    with storage.local(key) as path:
        assert path.read_bytes() == content
    assert path.exists() == (kept == "disk")
    # No address; no name of a file in it; nothing is written over; nothing outside is reached.
    with pytest.raises(ValueError):
        store.url(key)
    with pytest.raises(FileExistsError):
        storage.put(key, bring(tmp_path / "three", b"other"))
    with store.open(key) as stream:
        assert stream.read(4) == content[:4]
    for bad in ("../outside", "/etc/passwd", "ab/../../x"):
        with pytest.raises(Exception, match=r"outside|located|traversal"):
            store.open(bad)
    # The sweep finds what is there by its age, in one folder of 256 or in all.
    assert (
        sorted(storage.keys_older_than(-60))
        == sorted([key, f"{key}.320"])
        == sorted(storage.keys_older_than(-60, first=key[:2]))
    )
    assert list(storage.keys_older_than(60)) == [] == list(storage.keys_older_than(-60, first="zz"))
    assert store.listdir("")[0] == [key[:2]] and len(store.listdir(key[:2])[1]) == 2
    storage.clear_halves(older_than=0)
    storage.forget([key, f"{key}.320", key])
    for gone in (lambda: store.open(key), lambda: storage.part_of(key, 0, 1), lambda: storage.local(key).__enter__()):
        with pytest.raises(FileNotFoundError):
            gone()
    # What Wagtail keeps gets another name where there is one already; its address leads nowhere.
    media = storages["default"]
    names = [media.save("knowledge/a.txt", ContentFile(text)) for text in (b"first", "zweite")]
    assert names[0] == "knowledge/a.txt" != names[1] and media.open(names[1]).read() == b"zweite"
    assert media.url(names[0]).startswith("/media-is-not-served/") and not storage.store().exists(names[0])


@pytest.mark.slow
@pytest.mark.django_db
def test_files_live_in_a_storage_of_either_kind(kept: str, settings: Any, tmp_path: Path) -> None:
    cast = make.cast()
    alice, bob, stranger = cast.browser("alice"), cast.browser("bob"), cast.browser("carol")
    drawn = io.BytesIO()
    Image.linear_gradient("L").resize((1200, 800)).convert("RGB").save(drawn, "JPEG")
    film = bytes(range(256)) * 2000
    sent = [
        send(alice, content, name) for content, name in ((drawn.getvalue(), "crane.jpg"), (b"words " * 40, "a.txt"))
    ]
    sent.append(send(alice, b"ID3\x03\x00\x00\x00\x00\x00\x00" + film, "song.mp3"))
    make.post(cast.alice, "Here", group=cast.private, files=[one["id"] for one in sent])
    make.settle()
    reading.drain()
    picture, text, song = (File.objects.get(public_id=one["id"]) for one in sent)
    # For a reader by range, as a player asks; for nobody else, and never by another address.
    answer = bob.get(song.get_absolute_url(), HTTP_RANGE="bytes=100-1099")
    assert answer.status_code == 206 and body(answer) == (b"ID3\x03\x00\x00\x00\x00\x00\x00" + film)[100:1100]
    assert answer["Content-Range"] == f"bytes 100-1099/{song.size}" and "Location" not in answer
    for address in (song.get_absolute_url(), picture.get_absolute_url(), picture.thumb_url):
        assert stranger.get(address).status_code == 404
        assert bob.get(address).status_code == 200 and bob.head(address)["Content-Length"]
    assert body(bob.get(picture.thumb_url))[8:12] == b"WEBP"
    assert File.objects.get(pk=text.pk).text.text.startswith("words")
    # The ZIP of a library, and bytes that are gone.
    zipped = b"".join(zips.stream([("", song), ("", text)]))
    assert zipfile.ZipFile(io.BytesIO(zipped)).read("a.txt") == b"words " * 40
    # What the disk or the bucket lost is a 404; what no row knows goes, and only that.
    stray = storage.new_key()
    storage.put(stray, bring(tmp_path / "stray", b"no row knows it"))
    storage.forget([song.key])
    assert bob.get(song.get_absolute_url()).status_code == 404
    with time_machine.travel("2031-01-01"):
        assert actions.sweep(everything=True) == 1
    assert not storage.store().exists(stray) and storage.store().exists(picture.key)


def test_files_on_disk_are_ours_alone(kept: str, tmp_path: Path) -> None:
    if kept == "bucket":
        pytest.skip("a bucket has no modes; doctor asks who can read it")
    key = storage.new_key()
    storage.put(key, bring(tmp_path / "one", b"x"))
    path = Path(storage.store().path(key))
    assert [stat.S_IMODE(os.stat(one).st_mode) for one in (path, path.parent)] == [0o600, 0o700]


@pytest.mark.slow
@pytest.mark.django_db
def test_all_of_it_moves_to_a_bucket_and_back(settings: Any, tmp_path: Path, s3: str, capsys: Any) -> None:
    settings.KRING_DATA_DIR = tmp_path
    folders = {"files": tmp_path / "files", "default": tmp_path / "media"}
    settings.DISKS = {
        alias: site.DISKS[alias] | {"OPTIONS": {"location": str(folder)}} for alias, folder in folders.items()
    }
    on_disk = settings.STORAGES = site.STORAGES | settings.DISKS

    def move(*arguments: str) -> tuple[str, int]:
        try:
            call_command("files_move_storage", *arguments)
            status = 0
        except SystemExit as ended:
            status = int(str(ended.code))
        return capsys.readouterr().out, status

    with pytest.raises(CommandError, match="KRING_S3_BUCKET"):
        call_command("files_move_storage", "bucket")
    alice = make.person("Alice Adams")
    browser = make.client(alice)
    files = [File.objects.get(public_id=send(browser, b"words %d" % one, f"{one}.txt")["id"]) for one in range(3)]
    paper = storages["default"].save("knowledge/documents/a.pdf", ContentFile(b"%PDF-"))
    client = bucket(settings, s3)
    in_bucket = settings.STORAGES
    settings.STORAGES = on_disk
    assert move("bucket", "--dry-run") == ("4 would be copied (0.0 MB read), 0 there already.\n", 0)
    assert (
        "KeyCount" in (listed := client.list_objects_v2(Bucket=settings.KRING_S3["bucket"])) and not listed["KeyCount"]
    )
    # One that the disk has spoilt is not carried over, and said; the next run brings the rest of it.
    place = Path(storages["files"].path(files[0].key))
    place.write_bytes(b"spoilt!")
    said, status = move("bucket")
    assert status == 1 and "3 copied" in said and f"{files[0].key}: its bytes are not those" in said
    place.write_bytes(b"words 0")
    assert move("bucket") == ("1 copied and compared (0.0 MB read), 3 there already.\n", 0)
    # A half that was left there is written anew; what is there is compared when that is asked.
    client.put_object(Bucket=settings.KRING_S3["bucket"], Key=f"files/{files[1].key}", Body=b"WORDS 1")
    assert "0 copied" in move("bucket")[0] and "1 copied" in move("bucket", "--check")[0]
    settings.STORAGES = in_bucket
    assert body(browser.get(files[1].get_absolute_url())) == b"words 1"
    assert storages["default"].open(paper).read() == b"%PDF-"
    # And back, with what came meanwhile, and without what is gone.
    new = File.objects.get(public_id=send(browser, b"words new", "new.txt")["id"])
    storages["files"].delete(files[2].key)
    Path(storages.create_storage(settings.DISKS["files"]).path(files[2].key)).unlink()
    said, status = move("disk")
    assert status == 1 and "1 copied" in said and f"{files[2].key}: a file of which there are no bytes" in said
    settings.STORAGES = on_disk
    assert body(browser.get(new.get_absolute_url())) == b"words new"


@pytest.mark.slow
@pytest.mark.django_db
def test_a_bucket_that_is_away_or_open_is_said(settings: Any, tmp_path: Path, s3: str) -> None:
    settings.KRING_DATA_DIR = tmp_path
    client = bucket(settings, s3)
    alice = make.person("Alice Adams")
    browser = make.client(alice)
    file = File.objects.get(public_id=send(browser, b"words " * 9, "a.txt")["id"])
    name, away = settings.KRING_S3["bucket"], settings.KRING_S3 | {"bucket": "nowhere-1"}
    # This server lists its buckets for anyone, which is noticed; that anyone can read as well, is worse.
    assert looked_over() == {"bucket": True, "bucket is private": "anyone can list files", "bucket forgets": True}
    assert client.list_objects_v2(Bucket=name)["KeyCount"] == 1
    # An upload in parts that nobody ended is given up.
    client.create_multipart_upload(Bucket=name, Key="files/aa/half")
    client.create_multipart_upload(Bucket=name, Key="elsewhere/half")
    storage.clear_halves(older_than=-60)
    assert [half["Key"] for half in client.list_multipart_uploads(Bucket=name)["Uploads"]] == ["elsewhere/half"]
    # Large files go in parts, and come back whole.
    large = os.urandom(1000) * 20_000
    storage.put("ab/large", bring(tmp_path / "large", large))
    assert storage.store().size("ab/large") == len(large)
    with storage.local("ab/large") as path:
        assert path.read_bytes() == large
    client.put_bucket_acl(Bucket=name, ACL="public-read")
    assert looked_over()["bucket is private"] == "anyone can read files"
    # Away: nothing is lost, nothing counts as gone, and people are told to try again.
    settings.KRING_S3 = away
    for answer in (
        browser.get(file.get_absolute_url()),
        browser.post("/files/", {"file": SimpleUploadedFile("b.txt", b"more")}),
    ):
        assert answer.status_code == 503 and "does not answer" in answer.content.decode()
    assert File.objects.count() == 1 and not list((tmp_path / "incoming").iterdir())
    File.objects.update(text_due=True)
    reading.drain()
    assert File.objects.get(pk=file.pk).text_due and File.objects.get(pk=file.pk).text_tries == 0
    assert looked_over() == {"bucket": "nowhere-1/files/: the bucket says NoSuchBucket"}
    out = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("doctor", stdout=out)
    assert "BAD  bucket: nowhere-1/files/: the bucket says" in out.getvalue()
    settings.KRING_S3 = away | {"bucket": name}
    assert body(browser.get(file.get_absolute_url())) == b"words " * 9
