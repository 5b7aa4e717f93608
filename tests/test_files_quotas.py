"""How much a person and a group may keep."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from feed import actions as feed
from feed.models import Post
from tests import make

JSON = {"HTTP_ACCEPT": "application/json"}


@pytest.fixture(autouse=True)
def _place(settings: Any, tmp_path: Path) -> None:
    settings.STORAGES = settings.STORAGES | {
        "files": {"BACKEND": "files.storage.PrivateStorage", "OPTIONS": {"location": str(tmp_path / "files")}}
    }


def send(cast: make.Cast, who: str, size: int = 40, name: str = "notes.txt") -> Any:
    return cast.browser(who).post("/files/", {"file": SimpleUploadedFile(name, b"x" * size)}, **JSON)


@pytest.mark.django_db
def test_a_person_and_a_group_keep_as_much_as_their_quota_to_the_byte(settings: Any) -> None:
    cast = make.cast()
    settings.KRING_LIMITS = {"PERSON_BYTES": 100, "GROUP_BYTES": 60}
    first, second = send(cast, "alice").json()["id"], send(cast, "alice", 60).json()["id"]
    refused = send(cast, "alice", 1)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many")
    assert send(cast, "bob", 41).status_code == 201
    own = cast.browser("alice").get("/files/mine/").content.decode()
    assert "notes.txt" in own
    assert 'value="100"' in own
    told = cast.browser("alice").get("/api/v1/files").json()
    assert (told["used"], told["quota"], len(told["items"])) == (100, 100, 2)
    assert "notes.txt" not in cast.browser("carol").get("/files/mine/").content.decode()
    # A group: what fits is posted, a byte more is refused and nothing is half done.
    answer = cast.browser("alice").post(
        "/posts/", {"body": "Both", "file": [first, second], "group": cast.private.public_id}
    )
    assert answer.status_code == 429
    assert "as much as one group can keep" in answer.content.decode()
    assert not Post.objects.filter(body="Both").exists()
    post = make.post(cast.alice, "One", group=cast.private, files=[second])
    loose = send(cast, "bob", 1).json()["id"]
    place = f"/groups/{cast.private.public_id}/files/add/"
    assert cast.browser("bob").post(place, {"file": loose}).status_code == 429
    # Room comes free with the post.
    feed.delete(post=Post.objects.get(pk=post.pk), by=cast.alice)
    assert cast.browser("bob").post(place, {"file": loose}).status_code == 302
    assert send(cast, "alice", 60).status_code == 201
    assert (
        cast.browser("alice").post(f"/files/{first}/discard/", {"next": "/files/mine/"})["Location"] == "/files/mine/"
    )
