"""A file keeps its address, and what it was before is kept under it, for the same people."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile

from feed import actions as feed
from feed.models import Post
from files.actions import versions
from files.models import File
from groups import actions as groups
from groups.models import Group
from tests import make
from tests.test_files_texts import found, on_a_post


@pytest.fixture(autouse=True)
def _place(settings: Any, tmp_path: Path) -> None:
    settings.STORAGES = settings.STORAGES | {
        "files": {"BACKEND": "files.storage.PrivateStorage", "OPTIONS": {"location": str(tmp_path / "files")}}
    }


@pytest.fixture
def cast(db: None) -> make.Cast:
    return make.cast()


def send(cast: make.Cast, who: str, file: File, content: bytes, name: str = "plan.txt") -> Any:
    sent = {"file": SimpleUploadedFile(name, content)}
    return cast.browser(who).post(f"/files/{file.public_id}/versions/", sent)


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def kept() -> int:
    """How many files lie in the storage."""
    store = storages["files"]
    return sum(len(store.listdir(folder)[1]) for folder in store.listdir("")[0])


def test_a_new_version_takes_the_address_and_the_old_one_is_kept_for_the_same_people(cast: make.Cast) -> None:
    post, file = on_a_post(cast, b"the first zeppelin", "plan.txt", group=cast.private)
    for who, status in (("bob", 403), ("carol", 404), ("ada", 404), ("alice", 302)):
        assert send(cast, who, file, b"the second balloon", "plan-2.txt").status_code == status
    file.refresh_from_db()
    assert (file.name, file.version, body(cast.browser("bob").get(file.get_absolute_url()))) == (
        "plan-2.txt",
        2,
        b"the second balloon",
    )
    earlier = File.objects.get(newer=file)
    assert body(cast.browser("gil").get(earlier.get_absolute_url())) == b"the first zeppelin"
    assert [cast.browser(who).get(earlier.get_absolute_url()).status_code for who in ("carol", "ada")] == [404, 404]
    about = cast.browser("bob").get(f"/files/{file.public_id}/about/").content.decode()
    assert "Version 1" in about
    assert earlier.get_absolute_url() in about
    api = cast.browser("bob").get(f"/api/v1/files/{file.public_id}/versions").json()
    assert [(one["id"], one["version"]) for one in api] == [(earlier.public_id, 1)]
    drawn = cast.browser("bob").get(post.get_absolute_url()).content.decode()
    assert "plan-2.txt" in drawn
    assert earlier.public_id not in drawn
    assert len(cast.browser("bob").get(f"/api/v1/posts/{post.public_id}").json()["files"]) == 1
    make.settle()
    assert (found(cast, "bob", "balloon"), found(cast, "bob", "zeppelin")) == ({"plan-2.txt"}, set())
    # What becomes of the post becomes of all versions, and whoever is removed loses them all.
    groups.remove_member(group=cast.private, person=cast.bob, by=cast.alice)
    assert cast.browser("bob").get(earlier.get_absolute_url()).status_code == 404
    feed.withhold(post=Post.objects.get(pk=post.pk), by=cast.mona)
    assert cast.browser("gil").get(earlier.get_absolute_url()).status_code == 404
    feed.release(post=Post.objects.get(pk=post.pk), by=cast.mona)
    assert cast.browser("gil").get(earlier.get_absolute_url()).status_code == 200
    assert kept() == 2
    feed.delete(post=Post.objects.get(pk=post.pk), by=cast.alice)
    earlier.refresh_from_db()
    assert (earlier.state, earlier.name) == ("removed", "")


def test_a_version_is_of_the_same_family_is_new_and_not_one_too_many(cast: make.Cast, settings: Any) -> None:
    _post, file = on_a_post(cast, b"the first words", "plan.txt")
    assert send(cast, "alice", file, b"%PDF-1.7 ", "plan.pdf").status_code == 415
    assert send(cast, "alice", file, b"the first words").status_code == 409
    assert cast.browser("alice").post(f"/files/{file.public_id}/versions/").status_code == 422
    settings.KRING_LIMITS = {"FILE_VERSIONS": 2}
    assert send(cast, "alice", file, b"the second words").status_code == 302
    assert send(cast, "alice", file, b"the third words").status_code == 429
    assert File.objects.count() == 2
    assert File.objects.get(newer=None).version == 2


def test_hiding_a_file_hides_its_versions_and_a_version_has_none_of_its_own(cast: make.Cast) -> None:
    _post, file = on_a_post(cast, b"the first words", "plan.txt")
    send(cast, "alice", file, b"the second words")
    earlier = File.objects.get(newer=file)
    assert send(cast, "alice", earlier, b"the third words").status_code == 403
    File.objects.get(pk=file.pk).withhold(by=cast.mona)
    assert cast.browser("bob").get(earlier.get_absolute_url()).status_code == 404
    File.objects.get(pk=file.pk).take_down(by=cast.mona)
    earlier.refresh_from_db()
    assert earlier.state == "removed"
    assert versions.may(cast.alice, earlier).replace is False


def test_where_nothing_is_written_any_more_no_file_is_changed(cast: make.Cast) -> None:
    _post, file = on_a_post(cast, b"the first words", "plan.txt", group=cast.private)
    place = f"/groups/{cast.private.public_id}/files/add/"
    cast.browser("alice").post(place, {"files": SimpleUploadedFile("shelved.txt", b"words")})
    shelved = File.objects.get(name="shelved.txt")
    assert send(cast, "alice", shelved, b"the second words").status_code == 302
    groups.archive(group=Group.objects.get(pk=cast.private.pk), by=cast.alice)
    for one in (file, shelved):
        assert send(cast, "alice", one, b"the third words").status_code == 403
        about = cast.browser("alice").get(f"/files/{one.public_id}/about/")
        assert about.status_code == 200
        assert "Send new version" not in about.content.decode()
