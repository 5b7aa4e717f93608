"""Files: who may see them, what becomes of them, and how they are given."""

from __future__ import annotations

import asyncio
import io
import itertools
import json
import os
import unicodedata
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections, transaction
from django.db.models import Exists, OuterRef, Q
from django.template.loader import render_to_string
from django.test import AsyncClient, Client
from django.utils import timezone
from django.utils.html import escape
from PIL import Image

from core import audience as audiences
from core.models import Audience, Event
from files import actions, intake, kinds, registry, storage
from files.errors import NotYours, Refused
from files.models import File
from files.views import disposition
from people.models import User

JSON = {"HTTP_ACCEPT": "application/json"}
CANARY = "qvzkwjxpmhtrbfgd"


@pytest.fixture(autouse=True)
def _place(settings: Any, tmp_path: Path) -> Iterator[None]:
    """Each test has a storage of its own."""
    settings.STORAGES = settings.STORAGES | {
        "files": {"BACKEND": "files.storage.PrivateStorage", "OPTIONS": {"location": str(tmp_path / "files")}}
    }
    yield
    # The directory goes with the test, so there is nothing left to delete.
    actions._undone.clear()


def someone(name: str, **fields: Any) -> User:
    """A person, with nothing around them."""
    handle = name.lower()
    return User.objects.model._base_manager.create(name=name, handle=handle, email=f"{handle}@example.org", **fields)


class Company:
    """Alice, Bob and the guest Gil share a private place; the others do not."""

    def __init__(self) -> None:
        self.alice, self.bob, self.carol = someone("Alice"), someone("Bob"), someone("Carol")
        self.dave = someone("Dave", is_active=False)
        self.mona, self.ada = someone("Mona", is_moderator=True), someone("Ada", is_admin=True, is_superuser=True)
        self.gil = someone("Gil", is_guest=True)
        self.private = Audience.objects.create(kind="group")
        for person in (self.alice, self.bob, self.gil, self.dave):
            audiences.grant(audience=self.private, person=person)
        self.everyone = audiences.everyone()
        # What files hang on: any row will do, and this room knows none of the real ones.
        self.thing = Audience.objects.create(kind="conversation")
        self.people = [self.alice, self.bob, self.carol, self.dave, self.mona, self.ada, self.gil]

    def attach(
        self, *files: Any, to: Any = None, audience: Any = None, by: User | None = None, **more: Any
    ) -> list[File]:
        return actions.attach(
            files=files,
            to=to or self.thing,
            audience=audience or self.private,
            history_at=more.pop("history_at", None),
            by=by or self.alice,
            **more,
        )


@pytest.fixture
def company(db: None) -> Company:
    return Company()


def browser(person: User | None, **options: Any) -> Client:
    client = Client(**options)
    if person is not None:
        client.force_login(person)
    return client


def picture(form: str = "PNG", size: tuple[int, int] = (1200, 800), **options: Any) -> bytes:
    written = io.BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(written, form, **options)
    return written.getvalue()


def send(person: User, content: bytes = b"some words\n", name: str = "notes.txt", **fields: Any) -> Any:
    return browser(person).post("/files/", {"file": SimpleUploadedFile(name, content), **fields}, **JSON)


def sent(person: User, content: bytes = b"some words\n", name: str = "notes.txt", **fields: Any) -> File:
    answer = send(person, content, name, **fields)
    assert answer.status_code == 201, answer.content
    return File.objects.get(public_id=answer.json()["id"])


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def whole(answer: Any) -> tuple[int, list[tuple[str, str]], bytes]:
    """Everything that reaches the person."""
    return answer.status_code, sorted(answer.headers.items()), body(answer)


def kept() -> set[str]:
    """Every byte file in the storage."""
    root = Path(storages["files"].location)
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}


# --- Sending. ---


def test_a_picture_arrives_with_its_size_and_renditions(company: Company) -> None:
    answer = send(company.alice, picture(), "Harbour at dusk.png", alt="A crane")
    assert answer.status_code == 201
    told = answer.json()
    assert told == {
        "id": told["id"],
        "name": "Harbour at dusk.png",
        "alt": "A crane",
        "url": f"/files/{told['id']}/",
        "thumb": f"/files/{told['id']}/320/",
        "scan": "",
        "state": "ready",
        "why": None,
        "kind": "image",
        "type": "image/png",
        "size": told["size"],
        "width": 1200,
        "height": 800,
    }
    file = File.objects.get(public_id=told["id"])
    assert {name: row[:2] for name, row in file.renditions.items()} == {"320": [320, 213], "960": [960, 640]}
    assert len(kept()) == 3
    assert Event.objects.filter(verb="files.file.uploaded", actor=company.alice, target_pk=file.pk).exists()
    thumb = browser(company.alice).get(told["thumb"])
    assert thumb["Content-Type"] == "image/webp"
    assert Image.open(io.BytesIO(body(thumb))).size == (320, 213)


def test_events_and_keys_carry_no_words_of_the_file(company: Company) -> None:
    file = sent(company.alice, CANARY.encode(), f"{CANARY}.txt", alt=CANARY)
    company.attach(file)
    actions.remove(of=company.thing)
    assert CANARY not in json.dumps(list(Event.objects.values_list("data", flat=True)))
    assert not any(CANARY in name for name in kept())
    file.refresh_from_db()
    assert (file.name, file.alt, file.state) == ("", "", "removed")


def test_a_browser_without_javascript_and_htmx_get_html(company: Company) -> None:
    client = browser(company.alice)
    fragment = client.post("/files/", {"file": SimpleUploadedFile("a.txt", b"x")}, HTTP_HX_REQUEST="true")
    assert fragment.status_code == 201
    assert b'name="files"' in fragment.content
    assert fragment.content.count(b"<html") == 0


def test_files_are_private_on_disk(company: Company) -> None:
    sent(company.alice, picture())
    root = Path(storages["files"].location)
    for path in root.rglob("*"):
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600)
    assert not list((root.parent / "incoming").iterdir())
    with pytest.raises(ValueError, match="no address"):
        storages["files"].url("ab/cd/x")


def test_sending_needs_a_person_and_a_token(company: Company) -> None:
    form = {"file": SimpleUploadedFile("a.txt", b"x")}
    assert browser(None).post("/files/", form, **JSON).status_code == 302
    form = {"file": SimpleUploadedFile("a.txt", b"x")}
    assert browser(company.alice, enforce_csrf_checks=True).post("/files/", form, **JSON).status_code == 403
    assert browser(company.alice).get("/files/").status_code == 405
    assert not File.objects.exists()


def test_nothing_chosen_is_said_in_words(company: Company) -> None:
    answer = browser(company.alice).post("/files/", {}, **JSON)
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "no_file"


@pytest.mark.parametrize("more", [-1, 0, 1])
def test_the_limit_of_bytes_holds_to_the_byte(company: Company, settings: Any, more: int) -> None:
    settings.KRING_LIMITS = {"FILE_BYTES": 300_000}
    answer = send(company.alice, b"a" * (300_000 + more))
    assert answer.status_code == (413 if more > 0 else 201), answer.content
    if more > 0:
        assert "293" in answer.json()["detail"]
        assert not kept()
        assert not File.objects.exists()


def test_a_stream_is_not_read_past_the_limit(company: Company, settings: Any) -> None:
    settings.KRING_LIMITS = {"FILE_BYTES": 300_000}
    read = []

    class Endless:
        def read(self, size: int) -> bytes:
            read.append(size)
            return b"a" * size

    with pytest.raises(Refused) as refused:
        actions.upload(by=company.alice, stream=Endless(), name="a.txt")
    assert refused.value.status == 413
    assert sum(read) < 1_000_000
    assert not kept()


def test_files_per_day_are_limited_for_each_person(company: Company, settings: Any) -> None:
    settings.KRING_LIMITS = {"UPLOADS_PER_DAY": 2}
    assert [send(company.alice).status_code for _ in range(3)] == [201, 201, 429]
    assert send(company.bob).status_code == 201
    File.objects.update(created_at=timezone.now() - timedelta(hours=25))
    assert send(company.alice).status_code == 201


def test_bytes_per_day_are_limited(company: Company, settings: Any) -> None:
    settings.KRING_LIMITS = {"UPLOADED_BYTES_PER_DAY": 10}
    assert send(company.alice, b"0123456789").status_code == 201
    answer = send(company.alice, b"x")
    assert (answer.status_code, answer.json()["code"]) == (429, "too_many")


def test_uploads_stop_before_the_disk_is_full(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "free_bytes", lambda: 1000)
    answer = send(company.alice)
    assert (answer.status_code, answer.json()["code"]) == (507, "no_room")
    assert not File.objects.exists()


def test_a_suspended_person_sends_nothing(company: Company) -> None:
    User.objects.filter(pk=company.alice.pk).update(suspended_until=timezone.now() + timedelta(days=1))
    assert send(company.alice).status_code == 403


def test_an_equal_file_gives_no_hint(company: Company) -> None:
    first = sent(company.alice, b"the same words", "a.txt")
    second = sent(company.carol, b"the same words", "b.txt")
    assert first.key != second.key
    assert browser(company.carol).get(first.get_absolute_url()).status_code == 404


# --- Seeing. ---


def surfaces(file: File) -> list[str]:
    return [file.get_absolute_url(), *(file.rendition_url(name) for name in file.renditions)]


def test_a_loose_file_is_its_owners_alone(company: Company) -> None:
    file = sent(company.alice, picture())
    for url in surfaces(file):
        assert browser(company.alice).get(url).status_code == 200
        for person in company.people[1:]:
            assert browser(person).get(url).status_code != 200


def test_only_the_audience_sees_an_attached_file(company: Company) -> None:
    file = sent(company.alice, picture(), f"{CANARY}.png", alt=CANARY)
    company.attach(file)
    for url in surfaces(file):
        for person in (company.alice, company.bob, company.gil):
            assert browser(person).get(url).status_code == 200
        for person in (company.carol, company.mona, company.ada):
            client = browser(person)
            never = url.replace(file.public_id, "A" * 16)
            answer, unknown = client.get(url), client.get(never)
            assert whole(answer) == whole(unknown)
            assert answer.status_code == 404
            assert CANARY.encode() not in body(answer)
            ranged = client.get(url, HTTP_RANGE="bytes=0-3")
            assert whole(ranged) == whole(client.get(never, HTTP_RANGE="bytes=0-3"))
            assert client.head(url).headers == client.head(never).headers
            assert whole(client.post(url, {"alt": "x"})) == whole(client.post(never, {"alt": "x"}))
            assert whole(client.post(f"{file.get_absolute_url()}discard/")) == whole(
                client.post("/files/AAAAAAAAAAAAAAAA/discard/")
            )
        assert browser(None).get(url).status_code == 302
        # Deactivated while in the audience: no session, no file.
        assert browser(company.dave).get(url).status_code != 200


def test_everyone_means_employees(company: Company) -> None:
    file = sent(company.alice, picture())
    company.attach(file, audience=company.everyone)
    assert browser(company.carol).get(file.thumb_url).status_code == 200
    assert browser(company.gil).get(file.thumb_url).status_code == 404


def test_access_ends_with_the_membership_even_for_what_a_browser_kept(company: Company) -> None:
    file = sent(company.alice, picture())
    company.attach(file)
    bob = browser(company.bob)
    etag = bob.get(file.get_absolute_url())["ETag"]
    assert bob.get(file.get_absolute_url(), HTTP_IF_NONE_MATCH=etag).status_code == 304
    audiences.revoke(audiences=[company.private], person=company.bob)
    for url in surfaces(file):
        assert bob.get(url).status_code == 404
        assert bob.get(url, HTTP_IF_NONE_MATCH=etag).status_code == 404


def test_an_owner_who_was_removed_keeps_nothing_there(company: Company) -> None:
    file = sent(company.alice, picture())
    company.attach(file)
    audiences.revoke(audiences=[company.private], person=company.alice)
    alice = browser(company.alice)
    assert alice.get(file.get_absolute_url()).status_code == 404
    assert alice.post(file.get_absolute_url(), {"alt": "still mine"}).status_code == 404
    assert alice.post(f"{file.get_absolute_url()}discard/").status_code == 404
    with pytest.raises(NotYours):
        actions.copy(files=[file], by=company.alice)


def test_a_newcomer_without_history_sees_only_what_comes_after(company: Company) -> None:
    old, new = sent(company.alice), sent(company.alice)
    now = timezone.now()
    company.attach(old, history_at=now - timedelta(days=2))
    company.attach(new, history_at=now)
    audiences.grant(audience=company.private, person=company.carol, since=now - timedelta(days=1))
    carol = browser(company.carol)
    assert [carol.get(file.get_absolute_url()).status_code for file in (old, new)] == [404, 200]


@pytest.mark.slow
def test_visible_to_and_readers_agree_in_every_state(company: Company) -> None:
    registry.extra_readers(
        "core.audience",
        lambda user: Q(pk__in=File.objects.filter(alt="for carol too") if user.pk == company.carol.pk else []),
        lambda file: User.objects.filter(pk=company.carol.pk if file.alt == "for carol too" else -1),
    )
    try:
        file = sent(company.alice)
        company.attach(file)
        for alt, audience, state, hidden in itertools.product(
            ("", "for carol too"), (company.private, company.everyone), File.State, (False, True)
        ):
            File.objects.filter(pk=file.pk).update(alt=alt, audience=audience, state=state, hidden=hidden)
            file = File.objects.get(pk=file.pk)
            readers = set(file.readers().values_list("name", flat=True))
            seen = {person.name for person in company.people if file.is_visible_to(person)}
            assert readers == seen, (state, hidden, audience, alt)
            if hidden or state in ("withheld", "removed"):
                assert not seen
            if alt and state == "attached" and not hidden:
                assert "Carol" in seen
    finally:
        registry.extras().pop("core.audience")


def test_a_file_is_never_seen_by_more_than_what_it_hangs_on(company: Company) -> None:
    file = sent(company.alice, picture())
    [file] = company.attach(file)
    bob = browser(company.bob)
    registry.bound_to(
        "core.audience",
        visible=lambda user: Exists(Audience.objects.filter(pk=OuterRef("on_pk"), seq=0)),
        readers=lambda file: User.objects.filter(Exists(Audience.objects.filter(pk=file.on_pk, seq=0))),
    )
    # Rules are registered at the start of a process, before any statement is kept.
    connections["default"].__dict__.pop("_prepared", None)
    try:
        assert bob.get(file.thumb_url).status_code == 200
        # Hidden by something of its own that no one passed on.
        Audience.objects.filter(pk=company.thing.pk).update(seq=1)
        for url in surfaces(file):
            assert bob.get(url).status_code == 404
        assert not file.readers().exists()
        assert not any(file.is_visible_to(person) for person in company.people)
    finally:
        registry.bounds().pop("core.audience")
        connections["default"].__dict__.pop("_prepared", None)


def test_a_guest_sees_the_faces_of_those_they_share_a_place_with(company: Company) -> None:
    registry.extra_readers(
        "people.person",
        lambda user: Q(on_pk__in=User.objects.visible_to(user).values("pk")),
        lambda file: User.objects.get(pk=file.on_pk).readers(),
    )
    faces = {
        person: actions.picture(of=person, by=person, stream=io.BytesIO(picture()), audience=company.everyone)
        for person in (company.alice, company.carol)
    }
    gil = browser(company.gil)
    assert gil.get(faces[company.alice].rendition_url("96")).status_code == 200
    assert gil.get(faces[company.carol].rendition_url("96")).status_code == 404
    assert browser(company.bob).get(faces[company.carol].rendition_url("96")).status_code == 200


# --- What becomes of them. ---


def test_one_foreign_file_among_ten_attaches_none_and_gives_no_hint(company: Company) -> None:
    mine = [sent(company.alice) for _ in range(4)]
    foreign = sent(company.bob)
    taken = sent(company.alice)
    company.attach(taken)
    said = set()
    for wrong in (foreign.public_id, "AAAAAAAAAAAAAAAA", taken.public_id, "x\x00y", "%", "' OR 1=1"):
        with pytest.raises(NotYours) as refused:
            company.attach(*mine[:2], wrong, *mine[2:])
        said.add((refused.value.message, refused.value.status, refused.value.code))
    assert len(said) == 1
    assert not File.objects.filter(pk__in=[file.pk for file in mine]).exclude(state="loose").exists()
    assert [file.place for file in company.attach(*mine)] == [1, 2, 3, 4]


def test_a_thing_carries_only_so_many_files(company: Company, settings: Any) -> None:
    settings.KRING_LIMITS = {"ATTACHMENTS_PER_POST": 2}
    files = [sent(company.alice) for _ in range(3)]
    with pytest.raises(Refused) as refused:
        company.attach(*files)
    assert "2" in refused.value.message
    company.attach(*files[:2])
    with pytest.raises(Refused):
        company.attach(files[2])
    assert File.objects.filter(state="attached").count() == 2


def test_what_is_hidden_takes_its_files_along_and_brings_them_back(company: Company) -> None:
    file = sent(company.alice, picture())
    company.attach(file)
    bob, alice = browser(company.bob), browser(company.alice)
    actions.withhold(of=company.thing)
    for url in surfaces(file):
        assert bob.get(url).status_code == 404
        assert alice.get(url).status_code == 404
    actions.release(of=company.thing)
    assert bob.get(file.thumb_url).status_code == 200
    assert list(Event.objects.filter(target_kind="files.file").values_list("verb", flat=True)[2:]) == [
        "files.file.withheld",
        "files.file.released",
    ]


def test_a_waiting_file_is_its_owners_until_it_is_said(company: Company) -> None:
    file = sent(company.alice)
    company.attach(file, waiting=True)
    url = file.get_absolute_url()
    assert [browser(who).get(url).status_code for who in (company.alice, company.bob)] == [200, 404]
    actions.withhold(of=company.thing)
    assert [browser(who).get(url).status_code for who in (company.alice, company.bob)] == [200, 404]
    actions.release(of=company.thing)
    assert [browser(who).get(url).status_code for who in (company.alice, company.bob)] == [200, 200]


def test_one_file_can_be_hidden_by_itself_and_stays_hidden(company: Company) -> None:
    bad, good = sent(company.alice), sent(company.alice)
    company.attach(bad, good)
    bad.withhold(by=company.mona)
    actions.withhold(of=company.thing)
    actions.release(of=company.thing)
    bob = browser(company.bob)
    assert [bob.get(file.get_absolute_url()).status_code for file in (bad, good)] == [404, 200]
    bad.release(by=company.mona)
    assert bob.get(bad.get_absolute_url()).status_code == 200
    bad.take_down(by=company.mona)
    assert bob.get(bad.get_absolute_url()).status_code == 404


def test_a_file_goes_along_to_another_audience(company: Company) -> None:
    file = sent(company.alice)
    company.attach(file, audience=company.everyone)
    assert browser(company.carol).get(file.get_absolute_url()).status_code == 200
    actions.move(of=company.thing, audience=company.private)
    assert browser(company.carol).get(file.get_absolute_url()).status_code == 404
    assert browser(company.gil).get(file.get_absolute_url()).status_code == 200


def test_removing_frees_bytes_only_after_the_commit(company: Company, django_capture_on_commit_callbacks: Any) -> None:
    file = sent(company.alice, picture())
    company.attach(file)
    before = kept()
    assert len(before) == 3
    with django_capture_on_commit_callbacks(execute=True):
        actions.remove(of=company.thing)
        assert kept() == before
        assert browser(company.alice).get(file.get_absolute_url()).status_code == 404
    assert not kept()


def test_bytes_that_another_row_uses_stay_until_it_goes(
    company: Company, django_capture_on_commit_callbacks: Any
) -> None:
    file = sent(company.alice, picture())
    company.attach(file)
    [shared] = actions.copy(files=[file], by=company.bob)
    other = Audience.objects.create(kind="conversation")
    company.attach(shared, to=other, by=company.bob, audience=company.everyone)
    with django_capture_on_commit_callbacks(execute=True):
        actions.remove(of=company.thing)
    assert len(kept()) == 3
    assert browser(company.carol).get(shared.thumb_url).status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        actions.remove(of=other)
    assert not kept()


def test_rows_deleted_in_bulk_free_their_bytes(company: Company, django_capture_on_commit_callbacks: Any) -> None:
    sent(company.alice, picture())
    sent(company.bob, picture())
    with django_capture_on_commit_callbacks(execute=True):
        File.objects.all().delete()
    assert not kept()


def test_editing_keeps_adds_removes_and_orders(company: Company) -> None:
    first, second, third = (sent(company.alice, name=f"{n}.txt") for n in "abc")
    company.attach(first, second)
    files = actions.arrange(
        files=[third.public_id, second.public_id],
        to=company.thing,
        audience=company.private,
        history_at=None,
        by=company.alice,
    )
    assert [(file.name, file.place) for file in files] == [("c.txt", 0), ("b.txt", 1)]
    first.refresh_from_db()
    assert first.state == "removed"
    foreign = sent(company.carol)
    with pytest.raises(NotYours):
        actions.arrange(
            files=[foreign.public_id], to=company.thing, audience=company.private, history_at=None, by=company.alice
        )
    assert [file.name for file in File.objects.on(company.thing)] == ["c.txt", "b.txt"]


def test_a_person_takes_back_only_their_own_loose_file(
    company: Company, django_capture_on_commit_callbacks: Any
) -> None:
    file, attached = sent(company.alice), sent(company.alice)
    company.attach(attached)
    alice = browser(company.alice)
    assert alice.post(f"/files/{attached.public_id}/discard/", **JSON).status_code == 422
    with django_capture_on_commit_callbacks(execute=True):
        assert alice.post(f"/files/{file.public_id}/discard/", **JSON).status_code == 204
    assert list(File.objects.all()) == [attached]
    assert len(kept()) == 1


def test_words_for_a_picture_can_be_added_by_its_owner_alone(company: Company) -> None:
    file = sent(company.alice, picture())
    company.attach(file)
    assert browser(company.alice).post(file.get_absolute_url(), {"alt": "A crane"}, **JSON).json()["alt"] == "A crane"
    assert browser(company.bob).post(file.get_absolute_url(), {"alt": "Mine"}, **JSON).status_code == 422
    assert browser(company.alice).post(file.get_absolute_url(), {"alt": "x" * 501}, **JSON).status_code == 422
    assert browser(company.alice).post(file.get_absolute_url(), {"alt": "a\x00b"}, **JSON).status_code == 422
    file.refresh_from_db()
    assert file.alt == "A crane"


def test_what_nobody_attached_goes_after_a_day(company: Company, django_capture_on_commit_callbacks: Any) -> None:
    late, fresh, attached = sent(company.alice), sent(company.alice), sent(company.alice)
    company.attach(attached)
    File.objects.filter(pk__in=(late.pk, attached.pk)).update(created_at=timezone.now() - timedelta(hours=25))
    with django_capture_on_commit_callbacks(execute=True):
        actions.sweep()
    assert set(File.objects.all()) == {fresh, attached}
    assert kept() == {fresh.key, attached.key}


def test_bytes_without_a_row_are_found_and_young_ones_left(company: Company) -> None:
    file = sent(company.alice, picture())
    root = Path(storages["files"].location)
    for name, hours in (("old", 30), ("young", 1)):
        path = root / "ab" / f"abcd{name}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
        moment = timezone.now().timestamp() - hours * 3600
        os.utime(path, (moment, moment))
    for name in kept() & {file.key, f"{file.key}.320", f"{file.key}.960"}:
        os.utime(root / name, (1, 1))
    half = root.parent / "incoming" / "left-behind"
    half.mkdir(parents=True)
    (half / "sent").write_bytes(b"x")
    os.utime(half, (1, 1))
    assert actions.sweep(everything=True) == 1
    assert kept() == {"ab/abcdyoung", file.key, f"{file.key}.320", f"{file.key}.960"}
    assert not half.exists()


def test_a_failure_half_way_leaves_nothing(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    put, calls = storage.put, []

    def fail(key: str, path: Path) -> None:
        calls.append(key)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        put(key, path)

    monkeypatch.setattr(storage, "put", fail)
    with pytest.raises(OSError, match="No space"):
        actions.upload(by=company.alice, stream=io.BytesIO(picture()), name="a.png")
    assert len(calls) == 2
    assert not kept()
    assert not File.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_is_undone_takes_the_bytes_along() -> None:
    company = Company()
    with pytest.raises(RuntimeError, match="later"), transaction.atomic():
        actions.upload(by=company.alice, stream=io.BytesIO(picture()), name="a.png")
        assert len(kept()) == 3
        raise RuntimeError("something later fails")
    actions.settle()
    assert not kept()
    assert not File.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_hook_that_fails_costs_no_committed_file_its_bytes() -> None:
    company = Company()

    def explode() -> None:
        raise RuntimeError("a hook of somebody else")

    with pytest.raises(RuntimeError, match="somebody else"), transaction.atomic():
        transaction.on_commit(explode)
        actions.upload(by=company.alice, stream=io.BytesIO(picture()), name="a.png")
    actions.settle()
    assert File.objects.count() == 1
    assert len(kept()) == 3


def test_a_new_face_replaces_the_old_one_and_leaves_the_cover(company: Company) -> None:
    def face(**more: Any) -> File:
        return actions.picture(
            of=company.alice, by=company.alice, stream=io.BytesIO(picture()), audience=company.everyone, **more
        )

    cover, first, second = face(square=False), face(), face()
    assert (second.width, second.height, second.content_type) == (640, 640, "image/webp")
    assert set(second.renditions) == {"96", "320"}
    assert [file.pk for file in File.objects.on(company.alice)] == [second.pk, cover.pk]
    first.refresh_from_db()
    assert first.state == "removed"
    assert second.search_text() == ""
    assert second.search_audience_id() is None
    with pytest.raises(Refused):
        actions.picture(
            of=company.alice, by=company.alice, stream=io.BytesIO(b"not a picture"), audience=company.everyone
        )


def test_an_import_is_checked_like_an_upload_and_comes_once(company: Company) -> None:
    then = timezone.now() - timedelta(days=900)

    def bring(content: bytes, name: str, origin: str) -> File:
        return actions.store_import(
            owner=company.dave,
            stream=io.BytesIO(content),
            name=name,
            to=company.thing,
            audience=company.private,
            history_at=then,
            created_at=then,
            origin=origin,
        )

    file = bring(b"old words", "old.txt", "yammer:1")
    assert bring(b"old words", "old.txt", "yammer:1").pk == file.pk
    assert (file.state, file.created_at, file.owner) == ("attached", then, company.dave)
    assert browser(company.bob).get(file.get_absolute_url()).status_code == 200
    assert browser(company.carol).get(file.get_absolute_url()).status_code == 404
    assert not Event.objects.filter(pending=True).exists()
    with pytest.raises(Refused):
        bring(b"MZ\x90\x00\x03\x00", "setup.exe", "yammer:2")
    assert File.objects.count() == 1


def test_search_finds_a_file_only_while_it_is_attached_and_shown(company: Company) -> None:
    file = sent(company.alice, picture(), "plan.png", alt="A crane")
    assert (file.search_text(), file.search_audience_id()) == ("", None)
    [file] = company.attach(file)
    assert (file.search_text(), file.search_audience_id()) == ("plan.png\nA crane", company.private.pk)
    actions.withhold(of=company.thing)
    file.refresh_from_db()
    assert (file.search_text(), file.search_audience_id()) == ("", None)


def test_the_files_of_a_page_cost_one_query(company: Company, django_assert_num_queries: Any) -> None:
    things = [Audience.objects.create(kind="conversation") for _ in range(5)]
    for thing in things:
        company.attach(sent(company.alice), sent(company.alice), to=thing)
    with django_assert_num_queries(1):
        rows = list(File.objects.visible_to(company.bob).on_all("core.audience", [thing.pk for thing in things]))
        assert [row.thumb_url for row in rows] == [""] * 10


# --- Giving. ---


def test_headers_of_a_picture_and_of_a_document(company: Company) -> None:
    shown, loaded = sent(company.alice, picture(), "a.png"), sent(company.alice, b"%PDF-1.7\nx", "a.pdf")
    client = browser(company.alice)
    for file, how, content_type in (
        (shown, "inline", "image/png"),
        (loaded, "attachment", "application/pdf"),
        (sent(company.alice, b"words", "a.md"), "attachment", "text/plain"),
    ):
        answer = client.get(file.get_absolute_url())
        assert answer["Content-Type"] == content_type
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'; frame-ancestors 'none'"
        assert answer["Cache-Control"] == "private, no-store"
        assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
        assert answer["Content-Disposition"].startswith(f"{how}; ")
        assert answer["Content-Length"] == str(file.size)
        assert answer["ETag"] and "Last-Modified" not in answer
        assert len(body(answer)) == file.size
    assert client.get(shown.get_absolute_url(), {"download": 1})["Content-Disposition"].startswith("attachment")
    head = client.head(shown.get_absolute_url())
    assert (head.status_code, head["Content-Length"], head.content) == (200, str(shown.size), b"")
    again = client.get(shown.get_absolute_url(), HTTP_IF_NONE_MATCH=head["ETag"])
    assert (again.status_code, body(again), again["Cache-Control"]) == (304, b"", "private, no-store")
    assert client.get(f"{shown.get_absolute_url()}64/").status_code == 404
    assert client.delete(shown.get_absolute_url()).status_code == 405


@pytest.mark.parametrize(
    ("asked", "status", "given", "said"),
    [
        ("bytes=0-3", 206, b"0123", "bytes 0-3/26"),
        ("bytes=20-", 206, b"klmnop", "bytes 20-25/26"),
        ("bytes=20-999", 206, b"klmnop", "bytes 20-25/26"),
        ("bytes=-2", 206, b"op", "bytes 24-25/26"),
        ("bytes=-99", 206, None, "bytes 0-25/26"),
        ("bytes=25-25", 206, b"p", "bytes 25-25/26"),
        ("bytes=26-", 416, b"", "bytes */26"),
        ("bytes=-0", 416, b"", "bytes */26"),
        ("bytes=5-2", 200, None, None),
        ("bytes=0-1,4-5", 200, None, None),
        ("bytes=-", 200, None, None),
        ("lines=1-2", 200, None, None),
        ("bytes=a-b", 200, None, None),
        ("bytes=" + "9" * 400 + "-", 200, None, None),
    ],
)
def test_ranges(company: Company, asked: str, status: int, given: bytes | None, said: str | None) -> None:
    content = b"0123456789abcdefghijklmnop"
    file = sent(company.alice, content)
    answer = browser(company.alice).get(file.get_absolute_url(), HTTP_RANGE=asked)
    assert answer.status_code == status
    assert body(answer) == (content if given is None else given)
    assert answer.headers.get("Content-Range") == said


def test_a_range_of_another_version_gets_the_whole(company: Company) -> None:
    file = sent(company.alice, b"0123456789")
    client = browser(company.alice)
    etag = client.head(file.get_absolute_url())["ETag"]
    assert client.get(file.get_absolute_url(), HTTP_RANGE="bytes=0-1", HTTP_IF_RANGE=etag).status_code == 206
    assert client.get(file.get_absolute_url(), HTTP_RANGE="bytes=0-1", HTTP_IF_RANGE='"old"').status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_large_file_streams_under_asgi(settings: Any) -> None:
    company = Company()
    content = os.urandom(600_000).hex().encode()
    file = sent(company.alice, content)
    client = AsyncClient()
    client.force_login(company.alice)

    async def fetch(**headers: str) -> bytes:
        answer = await client.get(file.get_absolute_url(), headers=headers)
        assert answer.is_async
        blocks = [block async for block in answer.streaming_content]
        assert max(map(len, blocks)) <= 128 * 1024
        return b"".join(blocks)

    assert asyncio.run(fetch()) == content
    assert asyncio.run(fetch(range="bytes=1000-200999")) == content[1000:201_000]


def test_a_proxy_may_send_the_bytes(company: Company, settings: Any) -> None:
    settings.KRING_ACCEL_PREFIX = "/kept/"
    file = sent(company.alice, picture())
    answer = browser(company.alice).get(file.get_absolute_url())
    assert answer["X-Accel-Redirect"] == f"/kept/{file.key}"
    assert answer.content == b""
    assert answer["Content-Type"] == "image/png"
    denied = browser(company.bob).get(file.get_absolute_url())
    assert denied.status_code == 404
    assert "X-Accel-Redirect" not in denied


def test_bytes_that_are_gone_from_the_disk_are_a_404(company: Company) -> None:
    file = sent(company.alice)
    storages["files"].delete(file.key)
    assert browser(company.alice).get(file.get_absolute_url()).status_code == 404


# --- Names. ---


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("plain.pdf", 'attachment; filename="plain.pdf"'),
        ('a"b\\c.pdf', 'attachment; filename="a_b_c.pdf"'),
        (
            "naïve résumé.pdf",
            "attachment; filename=\"na_ve r_sum_.pdf\"; filename*=UTF-8''na%C3%AFve%20r%C3%A9sum%C3%A9.pdf",
        ),
        ("../../etc/passwd.txt", 'attachment; filename="_.._etc_passwd.txt"'),
        ("photo\u202egnp.exe.png", 'attachment; filename="photognp.exe.png"'),
        ("a;b=c.txt", 'attachment; filename="a;b=c.txt"'),
        ("100%.txt", "attachment; filename=\"100_.txt\"; filename*=UTF-8''100%25.txt"),
        ("...", 'attachment; filename="file"'),
    ],
)
def test_download_names(name: str, expected: str) -> None:
    assert disposition("attachment", name) == expected


HOSTILE_NAMES = [
    "<script>alert(1)</script>.txt",
    '"><img src=x onerror=alert(1)>.txt',
    "a\r\nSet-Cookie: x=1\r\n.txt",
    "a\u2028b.txt",
    "نص عربي.txt",
    "👩‍👩‍👧‍👦🇧🇪.txt",
    "e\u0301" * 40 + ".txt",
    "%s%n%00.txt",
    "{{ 7*7 }}.txt",
    "con.txt",
    ".htaccess",
    "~$lock",
    "a" * 190 + ".txt",
    " . ",
    "name.txt ",
    "'; DROP TABLE files_file; --.txt",
    "file.html.txt",
]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_hostile_names_come_back_as_typed_and_break_nothing(company: Company, name: str) -> None:
    form = {"file": SimpleUploadedFile("upload.txt", b"words"), "name": name}
    answer = browser(company.alice).post("/files/", form, **JSON)
    assert answer.status_code == 201, answer.content
    file = File.objects.get(public_id=answer.json()["id"])
    assert "\n" not in file.name and "\r" not in file.name
    served = browser(company.alice).get(file.get_absolute_url())
    assert served.status_code == 200
    header = served["Content-Disposition"]
    assert header.isascii() and header.isprintable()
    assert served["Content-Type"] == "text/plain"
    typed = unicodedata.normalize("NFC", " ".join(name.replace("\u2028", " ").splitlines())).strip().rstrip(" .")
    assert file.name.startswith(typed)
    assert file.name.endswith(".txt")
    drawn = render_to_string("files/_file.html", {"file": file}) + render_to_string("files/_loose.html", {"file": file})
    assert "<script>alert" not in drawn
    assert "<img src=x" not in drawn
    assert escape(file.name) in drawn


def test_pictures_are_drawn_in_a_grid_and_the_rest_as_cards(company: Company) -> None:
    files = company.attach(
        *(sent(company.alice, picture(size=(1000, 400)), f"{n}.png", alt="A <crane>" if n else "") for n in range(6)),
        sent(company.alice, b"%PDF-1.7 ", "Kick-off programme (draft).pdf"),
        sent(company.alice, b"ID3\x04\x00" + bytes(40), "voice.mp3"),
    )
    drawn = render_to_string("files/_files.html", {"pictures": files[:6], "documents": files[6:]})
    assert drawn.count("<img src=") == drawn.count('class="blur"') == drawn.count("data-lightbox") == 6
    assert 'data-n="6"' in drawn
    assert drawn.count('width="960" height="384"') == 6
    assert drawn.count('loading="lazy"') == 6
    assert drawn.count('alt="A &lt;crane&gt;"') == 5
    assert 'alt="0.png"' in drawn
    assert "PDF</span>" in drawn
    assert "9\xa0bytes · Document" in drawn
    assert "<audio controls" in drawn
    assert " style=" not in drawn
    assert " onclick=" not in drawn
    one = render_to_string("files/_files.html", {"pictures": files[:1]})
    assert 'data-n="1"' in one
    assert "srcset" not in one


NAUGHTY = Path(__file__).resolve().parents[2] / "shared" / "data" / "hostile" / "blns.json"


@pytest.mark.skipif(not NAUGHTY.exists(), reason="the big list of naughty strings is not on this machine")
def test_the_big_list_of_naughty_names(company: Company, settings: Any) -> None:
    settings.KRING_LIMITS = {"FILE_NAME_CHARS": 5_000}
    client = browser(company.alice)
    for number, name in enumerate(json.loads(NAUGHTY.read_text(encoding="utf-8"))):
        try:
            called = kinds.named_for(intake.file_name(name), kinds.PDF, at_most=250)
        except Refused as refused:
            assert refused.status == 422
            continue
        assert called.endswith(".pdf")
        header = disposition("attachment", called)
        assert header.isascii() and header.isprintable()
        if number % 10 == 0:
            form = {"file": SimpleUploadedFile("upload.pdf", b"%PDF-1.7 "), "name": name}
            told = client.post("/files/", form, **JSON).json()
            assert told["name"].startswith(unicodedata.normalize("NFC", name).strip(" .")[:240])
            assert client.get(told["url"])["Content-Type"] == "application/pdf"
