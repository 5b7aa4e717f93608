"""Files on real posts: what happens to the post happens to its files, in the same answer."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from feed import actions as feed
from feed.models import Post
from files import actions as files
from files.errors import NotYours
from files.models import File
from groups import actions as groups
from people import actions as people
from tests import make


@pytest.fixture(autouse=True)
def _place(settings: Any, tmp_path: Path) -> None:
    settings.STORAGES = settings.STORAGES | {
        "files": {"BACKEND": "files.storage.PrivateStorage", "OPTIONS": {"location": str(tmp_path / "files")}}
    }


@pytest.fixture
def cast(db: None) -> make.Cast:
    return make.cast()


def picture() -> io.BytesIO:
    written = io.BytesIO()
    Image.linear_gradient("L").resize((400, 300)).convert("RGB").save(written, "PNG")
    written.seek(0)
    return written


def on_a_post(cast: make.Cast, **fields: Any) -> tuple[Any, File]:
    file = files.upload(by=cast.alice, stream=picture(), name="plan.png", alt="A crane")
    post = make.post(cast.alice, "Look at the plan", files=[file.public_id], **fields)
    return post, File.objects.get(pk=file.pk)


def seen_by(cast: make.Cast, file: File) -> set[str]:
    """Who gets the file, and its rendition, and never the one without the other."""
    seen = set()
    for name in [*cast.everyone(), "nobody"]:
        browser = cast.browser(name)
        answers = {browser.get(url).status_code for url in (file.get_absolute_url(), file.thumb_url)}
        assert len(answers) == 1
        if answers == {200}:
            seen.add(name)
    return seen


def test_a_file_is_for_those_who_read_the_post(cast: make.Cast) -> None:
    expected = {
        None: {"alice", "bob", "carol", "mona", "ada"},
        cast.public: {"alice", "bob", "carol", "mona", "ada"},
        cast.private: {"alice", "bob", "gil"},
        cast.secret: {"alice", "bob"},
    }
    for group, names in expected.items():
        _post, file = on_a_post(cast, group=group)
        assert seen_by(cast, file) == names


def test_removing_a_member_ends_their_access_in_the_next_answer(cast: make.Cast) -> None:
    _post, file = on_a_post(cast, group=cast.private)
    assert "bob" in seen_by(cast, file)
    groups.remove_member(group=cast.private, person=cast.bob, by=cast.alice)
    assert seen_by(cast, file) == {"alice", "gil"}


def test_a_hidden_post_hides_its_files_and_those_of_its_answers(cast: make.Cast) -> None:
    post, file = on_a_post(cast, group=cast.private)
    upload = files.upload(by=cast.bob, stream=picture(), name="answer.png")
    make.reply(cast.bob, post, "Mine", files=[upload.public_id])
    answer = File.objects.get(pk=upload.pk)
    assert seen_by(cast, answer) == {"alice", "bob", "gil"}
    feed.withhold(post=post, by=cast.mona)
    assert seen_by(cast, file) == set()
    assert seen_by(cast, answer) == set()
    feed.release(post=post, by=cast.mona)
    assert seen_by(cast, file) == seen_by(cast, answer) == {"alice", "bob", "gil"}


def test_deleting_a_post_deletes_its_files(cast: make.Cast, django_capture_on_commit_callbacks: Any) -> None:
    post, file = on_a_post(cast)
    with django_capture_on_commit_callbacks(execute=True):
        feed.delete(post=post, by=cast.alice)
    assert seen_by(cast, file) == set()
    root = Path(storages["files"].location)
    assert not [path for path in root.rglob("*") if path.is_file()]


def test_a_face_is_seen_by_those_who_see_the_person(cast: make.Cast) -> None:
    photos = {}
    for person in (cast.alice, cast.carol):
        upload = SimpleUploadedFile("me.png", picture().getvalue())
        people.set_photo(person=person, by=person, file=upload)
        photos[person.name] = File.objects.on(person).get()

    def sees(name: str, photo: File) -> bool:
        return cast.browser(name).get(photo.rendition_url("96")).status_code == 200

    # Gil shares a group with Alice, and none with Carol.
    assert [sees("gil", photo) for photo in photos.values()] == [True, False]
    assert [sees("bob", photo) for photo in photos.values()] == [True, True]
    assert [sees("nobody", photo) for photo in photos.values()] == [False, False]


def test_the_cover_of_a_secret_group_is_as_secret_as_the_group(cast: make.Cast) -> None:
    covers = {}
    for group in (cast.secret, cast.private, cast.public):
        upload = SimpleUploadedFile("cover.png", picture().getvalue())
        groups.set_cover(group=group, by=cast.alice, file=upload)
        covers[group.name] = seen_by(cast, File.objects.on(group).get())
    assert covers[cast.secret.name] == {"alice", "bob"}
    assert covers[cast.private.name] == {"alice", "bob", "carol", "mona", "ada", "gil"}
    assert covers[cast.public.name] == {"alice", "bob", "carol", "mona", "ada"}


def test_a_foreign_file_cannot_be_posted(cast: make.Cast) -> None:
    mine, theirs = (files.upload(by=who, stream=picture(), name="a.png") for who in (cast.alice, cast.carol))
    said = set()
    for wrong in (theirs.public_id, "AAAAAAAAAAAAAAAA"):
        with pytest.raises(NotYours) as refused:
            make.post(cast.alice, "Mine now", files=[mine.public_id, wrong])
        said.add(refused.value.message)
    assert len(said) == 1
    assert not Post.objects.exists()
    assert set(File.objects.values_list("state", flat=True)) == {"loose"}
    make.post(cast.alice, "Mine", files=[mine.public_id])


def test_a_file_that_is_too_large_is_refused_by_the_api_in_words(cast: make.Cast, settings: Any) -> None:
    settings.KRING_LIMITS = {"FILE_BYTES": 200_000}
    form = {"file": SimpleUploadedFile("a.txt", b"a" * 300_000)}
    answer = cast.browser("alice").post("/api/v1/files", form)
    assert answer.status_code == 413
    assert answer["Content-Type"] == "application/problem+json"
    assert "195" in answer.json()["detail"]
    assert not File.objects.exists()
