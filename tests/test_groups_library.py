"""A group's library: folders and files for its members, by the same rule as its posts, and a ZIP of some of them."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from files import storage
from files.models import File, Folder
from groups import actions as groups
from groups.models import Group
from tests import make
from tests.test_files_texts import found


@pytest.fixture(autouse=True)
def _place(settings: Any, tmp_path: Path) -> None:
    settings.STORAGES = settings.STORAGES | {
        "files": {"BACKEND": "files.storage.PrivateStorage", "OPTIONS": {"location": str(tmp_path / "files")}}
    }


@pytest.fixture
def cast(db: None) -> make.Cast:
    return make.cast()


def at(group: Group, *more: str) -> str:
    return f"/groups/{group.public_id}/files/" + "".join(f"{one}/" for one in more)


def add(cast: make.Cast, who: str, group: Group, *names: str, folder: str = "") -> Any:
    sent = [SimpleUploadedFile(name, f"words of {name}".encode()) for name in names]
    return cast.browser(who).post(at(group, *([folder] if folder else []), "add"), {"files": sent})


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def test_members_fill_folders_and_outsiders_see_neither_names_nor_files(cast: make.Cast) -> None:
    group = cast.private
    assert "Nothing stands here yet" in cast.browser("bob").get(at(group)).content.decode()
    answer = cast.browser("bob").post(at(group, "folders"), {"name": "Quarterly plans"})
    folder = Folder.objects.get(name="Quarterly plans")
    assert answer["Location"] == at(group, folder.public_id)
    assert add(cast, "bob", group, "north.txt", "south.txt", folder=folder.public_id).status_code == 302
    assert add(cast, "gil", group, "root.txt").status_code == 302
    inside = cast.browser("alice").get(at(group, folder.public_id)).content.decode()
    assert "north.txt" in inside
    assert "root.txt" not in inside
    root = cast.browser("gil").get(at(group)).content.decode()
    assert "Quarterly plans" in root
    assert "root.txt" in root
    make.settle()
    assert (found(cast, "gil", "north"), found(cast, "carol", "north"), found(cast, "ada", "north")) == (
        {"north.txt"},
        set(),
        set(),
    )
    # Who is no member of a private group knows it, and nothing of its files; of a secret one, not that it is there.
    for who, group_of, status in (("carol", group, 403), ("ada", group, 403), ("carol", cast.secret, 404)):
        for more in ((), (folder.public_id,), ("add",), ("folders",), ("some",)):
            address = at(group_of, *more)
            browser = cast.browser(who)
            answer = browser.post(address) if more and more[0] in ("add", "folders", "some") else browser.get(address)
            assert answer.status_code == status
            assert "north" not in answer.content.decode()
            assert "Quarterly" not in answer.content.decode()
    # A folder of one library is none of another.
    assert cast.browser("alice").get(at(cast.public, folder.public_id)).status_code == 404
    groups.remove_member(group=group, person=cast.bob, by=cast.alice)
    assert cast.browser("bob").get(File.objects.get(name="north.txt").get_absolute_url()).status_code == 404


def test_only_who_added_it_or_looks_after_the_group_changes_it(cast: make.Cast) -> None:
    group = cast.private
    cast.browser("bob").post(at(group, "folders"), {"name": "Plans"})
    folder = Folder.objects.get(name="Plans")
    add(cast, "bob", group, "plan.txt", folder=folder.public_id)
    plan = File.objects.get(name="plan.txt")
    pick = {"pick": plan.public_id}
    place = at(group, folder.public_id, "some")
    assert cast.browser("gil").post(place, pick | {"act": "remove"}).status_code == 403
    assert cast.browser("gil").post(at(group, folder.public_id, "change"), {"name": "Mine"}).status_code == 403
    assert cast.browser("bob").post(at(group, folder.public_id, "change"), {"remove": "1"}).status_code == 409
    assert cast.browser("bob").post(at(group, "folders"), {"name": "PLÄNS".replace("Ä", "a")}).status_code == 409
    assert cast.browser("bob").post(at(group, "folders"), {"name": " "}).status_code == 422
    assert cast.browser("bob").post(at(group, folder.public_id, "change"), {"name": "Ideas"}).status_code == 302
    assert cast.browser("bob").post(place, pick | {"act": "move", "to": ""}).status_code == 302
    assert "plan.txt" in cast.browser("gil").get(at(group)).content.decode()
    assert cast.browser("alice").post(at(group, "some"), pick | {"act": "remove"}).status_code == 302
    plan.refresh_from_db()
    assert plan.state == "removed"
    assert cast.browser("bob").post(at(group, folder.public_id, "change"), {"remove": "1"}).status_code == 302
    assert not Folder.objects.filter(name="Ideas").exists()
    # What hangs on a post is listed, and changed there.
    post_file = cast.browser("bob").post("/files/", {"file": SimpleUploadedFile("seen.txt", b"words")},
                                         HTTP_ACCEPT="application/json").json()["id"]  # fmt: skip
    make.post(cast.bob, "Look", group=group, files=[post_file])
    assert "seen.txt" in cast.browser("gil").get(f"{at(group)}?view=posts").content.decode()
    assert cast.browser("bob").post(at(group, "some"), {"act": "remove", "pick": post_file}).status_code == 409
    groups.archive(group=Group.objects.get(pk=group.pk), by=cast.alice)
    assert add(cast, "bob", group, "late.txt").status_code == 403
    assert cast.browser("bob").get(at(group)).status_code == 200


def test_a_zip_holds_what_was_ticked_or_nothing(cast: make.Cast, settings: Any) -> None:
    group = cast.private
    add(cast, "bob", group, "plan.txt", "Plan.txt", "täglich.txt")
    add(cast, "alice", cast.secret, "merger.txt")
    ids = list(File.objects.filter(on_kind="files.folder").order_by("pk").values_list("public_id", flat=True))
    answer = cast.browser("gil").post(at(group, "some"), {"act": "zip", "pick": ids[:3]})
    assert answer["Content-Disposition"] == 'attachment; filename="Private reorg.zip"'
    with zipfile.ZipFile(io.BytesIO(body(answer))) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["plan.txt", "Plan (2).txt", "täglich.txt"]
        assert archive.read("Plan (2).txt") == b"words of Plan.txt"
    # One that is another's place is as one that never was.
    for foreign in (ids[3], "abcdefgh12345678"):
        assert cast.browser("gil").post(at(group, "some"), {"act": "zip", "pick": [ids[0], foreign]}).status_code == 404
    assert cast.browser("gil").post(at(group, "some"), {"act": "zip"}).status_code == 422
    settings.KRING_LIMITS = {"ZIP_FILES": 2}
    assert cast.browser("gil").post(at(group, "some"), {"act": "zip", "pick": ids[:3]}).status_code == 413
    settings.KRING_LIMITS = {"ZIP_BYTES": 20}
    assert cast.browser("gil").post(at(group, "some"), {"act": "zip", "pick": ids[:3]}).status_code == 413
    settings.KRING_LIMITS = {}
    File.objects.filter(public_id=ids[0]).update(scan="infected")
    assert cast.browser("gil").post(at(group, "some"), {"act": "zip", "pick": ids[:3]}).status_code == 409
    # All that stands there, in its folders; what is held back is left out.
    cast.browser("bob").post(at(group, "folders"), {"name": "Docks"})
    docks = Folder.objects.get(name="Docks").public_id
    assert cast.browser("gil").get(at(group, docks, "zip")).status_code == 409
    cast.browser("bob").post(at(group, docks, "folders"), {"name": "A/..\\North"})
    north = Folder.objects.get(name__contains="North").public_id
    add(cast, "bob", group, "plan.txt", folder=north)
    for address in (at(group, "zip"), f"/api/v1/groups/{group.public_id}/library/zip"):
        with zipfile.ZipFile(io.BytesIO(body(cast.browser("gil").get(address)))) as archive:
            assert archive.namelist() == ["Plan.txt", "täglich.txt", "Docks/A_.._North/plan.txt"]
        assert cast.browser("carol").get(address).status_code == 403
    with zipfile.ZipFile(io.BytesIO(body(cast.browser("gil").get(at(group, docks, "zip"))))) as archive:
        assert archive.namelist() == ["A_.._North/plan.txt"]
    assert cast.browser("gil").get(at(cast.public, docks, "zip")).status_code in (403, 404)
    # Where its bytes are gone from the disk, the rest is there.
    storage.forget([File.objects.get(public_id=ids[1]).key])
    with zipfile.ZipFile(io.BytesIO(body(cast.browser("gil").get(at(group, "zip"))))) as archive:
        assert (archive.testzip(), archive.read("Plan.txt")) == (None, b"")
    settings.KRING_LIMITS = {"ZIP_FILES": 2}
    assert cast.browser("gil").get(at(group, "zip")).status_code == 413


def test_what_was_put_there_while_the_group_was_closed_stays_closed(cast: make.Cast) -> None:
    group = cast.private
    cast.browser("bob").post(at(group, "folders"), {"name": "Closed plans"})
    add(cast, "bob", group, "closed.txt")
    groups.edit_group(group=Group.objects.get(pk=group.pk), by=cast.alice, privacy="public", join="open")
    group = Group.objects.get(pk=group.pk)
    add(cast, "bob", group, "open.txt")
    page = cast.browser("carol").get(at(group)).content.decode()
    assert "open.txt" in page
    assert "closed.txt" not in page
    assert "Closed plans" not in page
    assert "Closed plans" in cast.browser("bob").get(at(group)).content.decode()


def test_the_api_reads_and_fills_the_library(cast: make.Cast) -> None:
    api, bob = f"/api/v1/groups/{cast.private.public_id}/library", cast.browser("bob")
    folder = bob.post(f"{api}/folders", {"name": "Plans"}, content_type="application/json").json()
    sent = bob.post("/api/v1/files", {"file": SimpleUploadedFile("plan.txt", b"words")}).json()
    put = {"files": [sent["id"]], "folder": folder["id"]}
    assert bob.post(f"{api}/files", put, content_type="application/json").status_code == 201
    told = cast.browser("gil").get(f"{api}?folder={folder['id']}").json()
    assert (told["folders"], [one["name"] for one in told["items"]]) == ([folder], ["plan.txt"])
    assert [cast.browser(who).get(api).status_code for who in ("carol", "nobody")] == [403, 401]
    assert cast.browser("carol").get(api.replace(cast.private.public_id, cast.secret.public_id)).status_code == 404
    # Only who made or sent it, or looks after the group, changes it.
    into, name = {"folder": None}, {"name": "Ideas"}
    for who, status, gone in (("gil", 403, 409), ("bob", 200, 409)):
        ask = cast.browser(who)
        assert ask.patch(f"{api}/folders/{folder['id']}", name, content_type="application/json").status_code == status
        assert ask.delete(f"{api}/folders/{folder['id']}").status_code == (gone if who == "bob" else 403)
        assert ask.patch(f"{api}/files/{sent['id']}", into, content_type="application/json").status_code == status
    assert [one["name"] for one in bob.get(api).json()["items"]] == ["plan.txt"]
    assert bob.delete(f"{api}/folders/{folder['id']}").status_code == 204
    # What a picture shows, and a file that is taken back.
    loose = bob.post("/api/v1/files", {"file": SimpleUploadedFile("note.txt", b"words")}).json()["id"]
    alt = {"alt": "The north gate"}
    assert bob.patch(f"/api/v1/files/{loose}", alt, content_type="application/json").json()["alt"] == alt["alt"]
    assert cast.browser("gil").delete(f"/api/v1/files/{loose}").status_code == 404
    assert [bob.delete(f"/api/v1/files/{loose}").status_code for _ in range(2)] == [204, 404]
    assert cast.browser("gil").delete(f"{api}/files/{sent['id']}").status_code == 403
    assert bob.delete(f"{api}/files/{sent['id']}").status_code == 204
    # A form where JSON is wanted is refused, and no fault of ours.
    assert bob.post(f"{api}/files", {"folder": folder["id"]}).status_code == 400
