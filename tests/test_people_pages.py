"""The directory, profiles, completion of mentions and settings: who sees whom."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image

from core.models import Event
from core.refusal import Refused
from files.models import File
from groups import actions as groups
from inbox.models import Notice
from people import actions, seen
from people.models import Follow, User
from tests import make

pytestmark = pytest.mark.django_db


def picture() -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (300, 200), "teal").save(out, "PNG")
    return SimpleUploadedFile("me.png", out.getvalue(), "image/png")


# --- Directory ---


def named(page: Any) -> list[str]:
    """The people of a page of the directory."""
    return re.findall(r'<a class="name cover" href="/people/[^"]+">([^<]+)</a>', str(page.context["people"]))


def test_a_line_of_the_directory_says_what_is_true_now_and_to_each_in_their_language() -> None:
    alice, bob = make.person("Alice Archer"), make.person("Bob Baker", job_title="Driver")
    browser = make.client(alice)
    assert named(browser.get("/people/")) == ["Alice Archer", "Bob Baker"]
    actions.edit_profile(person=bob, by=bob, name="Bo <b>Baker</b>", job_title="Pilot")
    page = browser.get("/people/")
    assert "Bo &lt;b&gt;Baker&lt;/b&gt;" in page.content.decode() and "Pilot" in page.content.decode()
    assert "Driver" not in page.content.decode()
    today = timezone.localdate()
    User.objects.filter(pk=bob.pk).update(away_from=today, away_until=today)
    away = re.search(r"away until \w+ \d+<", browser.get("/people/").content.decode())
    assert away
    User.objects.filter(pk=alice.pk).update(language="de")
    assert away[0] not in browser.get("/people/").content.decode()


def test_the_directory_finds_people_by_name_title_and_department_without_accents() -> None:
    alice = make.person("Alice Archer")
    make.person("Amira Saïdi", job_title="Customer care", department="Service", location="Ghent")
    make.person("Tom Verhaegen", job_title="Driver", department="Logistics", location="Antwerp")
    browser = make.client(alice)
    for words, expected in {
        "saidi": {"Amira"},
        "CARE": {"Amira"},
        "logis": {"Tom"},
        "amira ser": {"Amira"},
        "erhaeg": set(),
        "": {"Amira", "Tom", "Alice"},
    }.items():
        page = browser.get("/people/", {"q": words})
        assert {name.split()[0] for name in named(page)} == expected, words
    assert named(browser.get("/people/?department=Service")) == ["Amira Saïdi"]
    assert named(browser.get("/people/?place=Antwerp")) == ["Tom Verhaegen"]
    assert b"Nobody found" in browser.get("/people/?q=zzz").content


def test_the_directory_is_for_employees_and_leaves_out_who_has_left() -> None:
    cast = make.cast()
    page = make.client(cast.carol).get("/people/")
    assert cast.bob.name in named(page) and cast.dave.name not in named(page)
    answer = make.client(cast.gil).get("/people/")
    assert answer.status_code == 403
    assert b"Carol" not in answer.content and b"Bob" not in answer.content


def test_the_directory_goes_on_where_it_stopped() -> None:
    alice = make.person("Alice Archer")
    for number in range(65):
        make.person(f"Person{number:02d} Same", email=f"p{number}@example.org")
    browser, seen_names, url = make.client(alice), [], "/people/"
    for _page in range(5):
        page = browser.get(url)
        seen_names += named(page)
        if not page.context["next_url"]:
            break
        url = "/people/" + page.context["next_url"]
    assert len(seen_names) == len(set(seen_names)) == 66
    assert browser.get("/people/?cursor=made-up").status_code == 400


def queries(who: User, path: str) -> int:
    browser = make.client(who)
    browser.get(path)
    with CaptureQueriesContext(
        connection,
    ) as found:
        assert browser.get(path).status_code == 200
    return len(found)


def crowd(number: int) -> None:
    from people.models import User as Model

    start = Model.objects.count()
    Model.objects.bulk_create(
        Model(
            email=f"crowd{start + index}@example.org",
            name=f"Crowd {start + index}",
            handle=f"crowd{start + index}",
            folded=f"crowd {start + index}",
            password="!",
            department=f"Department {index % 20}",
        )
        for index in range(number)
    )


def test_pages_of_people_cost_the_same_queries_with_3_and_300_people() -> None:
    alice = make.person("Alice Archer")
    boss = make.person("Boss Big")
    paths = ["/people/", "/people/?q=crowd", "/people/complete/?q=cr", boss.get_absolute_url()]
    crowd(3)
    few = {path: queries(alice, path) for path in paths}
    crowd(300)
    User.objects.filter(name__startswith="Crowd").update(manager=boss)
    many = {path: queries(alice, path) for path in paths}
    for path in paths:
        assert many[path] <= few[path] + (1 if path == boss.get_absolute_url() else 0), (path, few, many)
    assert max(many.values()) <= 14, many


# --- Profiles ---


def test_a_guest_sees_the_people_of_their_groups_and_nobody_else() -> None:
    cast = make.cast()
    browser = make.client(cast.gil)
    assert browser.get(cast.alice.get_absolute_url()).status_code == 200
    assert browser.get(cast.gil.get_absolute_url()).status_code == 200
    hidden, unknown = browser.get(cast.carol.get_absolute_url()), browser.get("/people/AAAABBBBCCCCDDDD/")
    assert hidden.status_code == unknown.status_code == 404
    assert b"Carol" not in hidden.content
    assert b"alice@example.org" not in browser.get(cast.alice.get_absolute_url()).content
    assert b"alice@example.org" in make.client(cast.carol).get(cast.alice.get_absolute_url()).content


def test_a_profile_names_no_group_that_its_reader_may_not_know() -> None:
    cast = make.cast()
    for who, groups_seen in {
        cast.bob: {"Private reorg", "Secret merger", "Public lunch"},
        cast.carol: {"Private reorg", "Public lunch"},
        cast.ada: {"Private reorg", "Public lunch"},
        cast.gil: {"Private reorg"},
    }.items():
        page = make.client(who).get(cast.alice.get_absolute_url()).content.decode()
        main = page[page.index('<main id="main"') :]
        named = {name for name in ("Private reorg", "Secret merger", "Public lunch") if name in main}
        assert named == groups_seen, who


def test_someone_who_left_is_shown_as_a_former_colleague() -> None:
    cast = make.cast()
    page = make.client(cast.carol).get(cast.dave.get_absolute_url()).content
    assert b"Former colleague" in page and b"dave@example.org" not in page


def test_a_manager_and_their_people_stand_on_each_other_s_page() -> None:
    alice = make.person("Alice Archer")
    boss = make.person("Boss Big")
    actions.edit_profile(person=alice, by=alice, manager=boss)
    assert b"Boss Big" in make.client(alice).get(alice.get_absolute_url()).content
    assert b"Reports to them" in make.client(alice).get(boss.get_absolute_url()).content
    with pytest.raises(ValidationError):
        actions.edit_profile(person=boss, by=boss, manager=alice)
    with pytest.raises(ValidationError):
        actions.edit_profile(person=boss, by=boss, manager=boss)


def test_following_tells_them_once_and_can_be_undone() -> None:
    cast = make.cast()
    browser = make.client(cast.carol)
    path = f"/people/{cast.alice.public_id}/follow/"
    assert browser.post(path).status_code == 302
    assert browser.post(path, {"on": "1"}, headers={"HX-Request": "true"}).status_code == 200
    make.settle()
    assert Follow.objects.count() == 1
    assert Notice.objects.filter(recipient=cast.alice, verb="people.followed").count() == 1
    assert not Notice.objects.filter(verb="people.followed").exclude(recipient=cast.alice).exists()
    assert b"follows you" in make.client(cast.alice).get("/notifications/").content
    # Who goes again takes their part of the line along, also before the worker has told it.
    bob = make.client(cast.bob)
    bob.post(path, {"on": "1"})
    make.settle()
    assert b"and one other follow you" in make.client(cast.alice).get("/notifications/").content
    bob.post(path, {"on": "0"})
    assert b"<strong>Carol Cook</strong> follows you" in make.client(cast.alice).get("/notifications/").content
    browser.post(path, {"on": "0"})
    bob.post(path, {"on": "1"})
    bob.post(path, {"on": "0"})
    make.settle()
    assert not Follow.objects.exists()
    assert not Notice.objects.filter(verb="people.followed").exists()
    # The API does the same, and one sees whom one follows and who follows one; of others one sees neither.
    api = f"/api/v1/people/{cast.alice.public_id}/follow"
    assert (
        browser.put(api).status_code == 204
        and browser.put(f"/api/v1/people/{cast.carol.public_id}/follow").status_code == 422
    )
    assert [one["name"] for one in browser.get("/api/v1/me/following").json()["items"]] == ["Alice Archer"]
    assert b"Alice Archer" in browser.get("/people/following/").content
    alice = make.client(cast.alice)
    assert b"Carol Cook" in alice.get("/people/following/?view=followers").content
    assert b"Carol Cook" not in alice.get("/people/following/").content
    actions.silence(person=cast.alice, of=cast.carol, level="mute")
    assert alice.get("/api/v1/me/followers").json()["items"] == []
    assert browser.delete(api).status_code == 204 and not Follow.objects.exists()
    assert browser.post(f"/people/{cast.carol.public_id}/follow/").status_code == 422
    assert browser.post(f"/people/{cast.dave.public_id}/follow/").status_code == 422
    assert make.client(cast.gil).post(f"/people/{cast.carol.public_id}/follow/").status_code == 404


# --- Completion ---


def test_completion_offers_members_first_and_greys_who_cannot_read() -> None:
    cast = make.cast()
    made = make.client(cast.alice).get("/people/complete/", {"q": "", "group": cast.private.public_id}).json()
    assert [(row["name"], row["can"]) for row in made[:2]] == [("Bob Baker", True), ("Gil Guest", True)]
    others = {row["name"]: row for row in made[2:]}
    assert not others["Carol Cook"]["can"] and others["Carol Cook"]["note"] == "cannot see this group"
    assert "Dave Dyer" not in {row["name"] for row in made}
    public = make.client(cast.alice).get("/people/complete/", {"q": "carol", "group": cast.public.public_id}).json()
    assert public[0]["can"]
    plain = make.client(cast.alice).get("/people/complete/?q=@bob").json()
    assert [row["value"] for row in plain] == ["@bob.baker"]


def test_completion_tells_an_outsider_nothing_about_a_secret_group() -> None:
    cast = make.cast()
    browser = make.client(cast.carol)
    secret = browser.get("/people/complete/", {"q": "b", "group": cast.secret.public_id})
    unknown = browser.get("/people/complete/", {"q": "b", "group": "AAAABBBBCCCCDDDD"})
    assert secret.content == unknown.content
    assert (
        b"Secret merger"
        not in make.client(cast.bob).get("/people/complete/", {"q": "c", "group": cast.secret.public_id}).content
    )


def test_a_guest_is_offered_only_people_they_share_a_place_with() -> None:
    cast = make.cast()
    rows = make.client(cast.gil).get("/people/complete/?q=").json()
    assert {row["name"] for row in rows} == {"Alice Archer", "Bob Baker"}


# --- Settings ---


def test_a_profile_is_changed_by_its_owner_and_by_administrators_alone() -> None:
    cast = make.cast()
    browser = make.client(cast.alice)
    fields = {"name": "Alice A.", "job_title": "Editor", "bio": "I write *much*.", "manager": "@bob.baker"}
    assert browser.post("/settings/profile/", fields).status_code == 302
    cast.alice.refresh_from_db()
    assert (cast.alice.name, cast.alice.manager) == ("Alice A.", cast.bob)
    assert "<em>much</em>" in cast.alice.bio_html
    actions.edit_profile(person=cast.alice, by=cast.ada, job_title="Author")
    for other in (cast.bob, cast.mona, cast.gil):
        with pytest.raises(Refused):
            actions.edit_profile(person=cast.alice, by=other, job_title="Nobody")
    event = Event.objects.filter(verb="people.profile.edited", actor=cast.alice).first()
    assert "much" not in str(event.data)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 81),
        ("name", "a\0b"),
        ("bio", "x" * 2001),
        ("manager", "@nobody"),
        ("job_title", "a\0b"),
    ],
)
def test_what_cannot_be_stored_is_said_at_its_field_and_kept(field: str, value: str) -> None:
    alice = make.person("Alice Archer")
    fields = {"name": "Alice Archer", "bio": "kept words", field: value}
    answer = make.client(alice).post("/settings/profile/", fields)
    assert answer.status_code == 422
    assert answer.context["profile_form"].errors.keys() == {field}
    if field != "bio":
        assert b"kept words" in answer.content
    alice.refresh_from_db()
    assert alice.name == "Alice Archer"


def test_a_guest_cannot_find_out_addresses_by_naming_a_manager() -> None:
    cast = make.cast()
    answer = make.client(cast.gil).post("/settings/profile/", {"name": "Gil", "manager": "carol@example.org"})
    unknown = make.client(cast.gil).post("/settings/profile/", {"name": "Gil", "manager": "nobody@example.org"})
    assert answer.status_code == unknown.status_code == 422
    assert answer.context["profile_form"].errors == unknown.context["profile_form"].errors


def test_nobody_learns_of_people_through_what_a_profile_says() -> None:
    cast = make.cast()
    gil, bob = cast.browser("gil"), cast.browser("bob")
    gil.post("/settings/profile/", {"name": "Gil Guest", "bio": "Ask @bob.baker or @carol.cook"})
    actions.edit_profile(person=cast.alice, by=cast.alice, bio="Ask @bob.baker or @carol.cook", phone="0470 11")
    for page in (gil.get(cast.gil.get_absolute_url()), gil.get(cast.alice.get_absolute_url())):
        assert b"@Bob Baker" in page.content
        assert b"Carol Cook" not in page.content and cast.carol.public_id.encode() not in page.content
    assert b"Carol Cook" in bob.get(cast.alice.get_absolute_url()).content
    # What a moderator has hidden, and the telephone of who has left, is in no answer of the API either.
    api = f"/api/v1/people/{cast.alice.public_id}"
    assert (bob.get(api).json()["bio"], bob.get(api).json()["phone"]) == ("Ask @bob.baker or @carol.cook", "0470 11")
    actions.withhold_profile(person=cast.alice, by=cast.mona)
    assert bob.get(api).json()["bio"] == ""
    actions.deactivate(person=cast.alice, by=cast.ada)
    assert bob.get(api).json()["phone"] == ""


def test_script_in_a_bio_stays_text() -> None:
    alice = make.person("Alice Archer")
    for words in ("<script>alert(1)</script>", "[x](javascript:alert(1))", "<img src=x onerror=alert(1)>"):
        actions.edit_profile(person=alice, by=alice, bio=words)
        page = make.client(alice).get(alice.get_absolute_url()).content.decode()
        assert "<script>alert" not in page and "onerror=alert" not in page.replace("&lt;img src=x onerror=alert", "")
        assert 'href="javascript:' not in page


def test_a_picture_is_shown_to_whoever_sees_the_person() -> None:
    cast = make.cast()
    assert make.client(cast.alice).post("/settings/photo/", {"photo": picture()}).status_code == 302
    cast.alice.refresh_from_db()
    url = cast.alice.picture_url
    assert url and url.encode() in make.client(cast.carol).get(cast.alice.get_absolute_url()).content
    for who, status in ((cast.carol, 200), (cast.gil, 200), (cast.alice, 200)):
        assert make.client(who).get(url).status_code == status, who
    carol_url_owner = make.client(cast.carol)
    carol_url_owner.post("/settings/photo/", {"photo": picture()})
    cast.carol.refresh_from_db()
    assert make.client(cast.gil).get(cast.carol.picture_url).status_code == 404
    assert make.client(None).get(url).status_code in (302, 404)
    make.client(cast.alice).post("/settings/photo/", {"remove": "1"})
    cast.alice.refresh_from_db()
    assert cast.alice.picture_url == ""
    assert make.client(cast.carol).get(url).status_code == 404


def test_what_is_no_picture_is_refused_in_words() -> None:
    alice = make.person("Alice Archer")
    answer = make.client(alice).post(
        "/settings/photo/", {"photo": SimpleUploadedFile("me.png", b"<html>no</html>", "image/png")}
    )
    assert answer.status_code == 422
    assert answer.context["photo_form"].errors
    assert not File.objects.exists()


def test_a_moderator_takes_words_and_picture_out_of_sight_and_back() -> None:
    cast = make.cast()
    actions.edit_profile(person=cast.alice, by=cast.alice, bio="offending words")
    cast.alice.refresh_from_db()
    cast.alice.withhold(by=cast.mona)
    assert b"offending words" not in make.client(cast.carol).get(cast.alice.get_absolute_url()).content
    User.objects.get(pk=cast.alice.pk).release(by=cast.mona)
    assert b"offending words" in make.client(cast.carol).get(cast.alice.get_absolute_url()).content
    User.objects.get(pk=cast.alice.pk).take_down(by=cast.mona)
    assert User.objects.get(pk=cast.alice.pk).bio == ""


def test_language_time_and_appearance_follow_the_person() -> None:
    alice = make.person("Alice Archer")
    browser = make.client(alice)
    answer = browser.post("/settings/reading/", {"language": "nl", "time_zone": "Asia/Tokyo", "theme": "dark"})
    assert answer.status_code == 302 and answer.cookies["theme"].value == "dark"
    page = browser.get("/settings/", headers={"Accept-Language": "fr"})
    assert b'lang="nl"' in page.content
    assert browser.post("/settings/reading/", {"language": "xx"}).status_code == 422
    visitor = make.client(None)
    assert b'lang="fr"' in visitor.get("/accounts/login/", headers={"Accept-Language": "fr"}).content
    visitor.post("/language/", {"language": "de"})
    assert b'lang="de"' in visitor.get("/accounts/login/", headers={"Accept-Language": "fr"}).content


def test_reading_pages_writes_nothing_and_last_seen_is_written_once_a_minute() -> None:
    alice = make.person("Alice Archer")
    browser = make.client(alice)
    browser.get("/people/")
    with CaptureQueriesContext(connection) as found:
        browser.get("/people/")
        browser.get(alice.get_absolute_url())
        browser.get("/groups/")
    assert not [q["sql"] for q in found if q["sql"].split(" ", 1)[0] in ("INSERT", "UPDATE", "DELETE")]
    assert User.objects.get(pk=alice.pk).last_seen_at is None
    assert seen.flush() >= 1
    assert timezone.now() - User.objects.get(pk=alice.pk).last_seen_at < timedelta(minutes=2)


# --- Accounts ---


def test_a_handle_is_never_given_twice() -> None:
    handles = [make.person("Jan Jansen", email=f"jan{n}@example.org").handle for n in range(4)]
    assert len(set(handles)) == 4 and handles[0] == "jan.jansen"
    assert make.person("李雷", email="lilei@example.org").handle


def test_roles_are_given_by_administrators_and_one_always_remains() -> None:
    cast = make.cast()
    for other in (cast.alice, cast.mona, cast.gil):
        for attempt in (
            lambda by=other: actions.set_roles(person=by, by=by, is_admin=True),
            lambda by=other: actions.deactivate(person=cast.carol, by=by),
            lambda by=other: actions.reactivate(person=cast.dave, by=by),
            lambda by=other: actions.create_person(email="x@example.org", name="X", by=by),
        ):
            with pytest.raises(Refused):
                attempt()
    with pytest.raises(Refused):
        actions.set_roles(person=cast.ada, by=cast.ada, is_admin=False)
    with pytest.raises(Refused):
        actions.deactivate(person=cast.ada, by=cast.ada)
    with pytest.raises(ValidationError):
        actions.set_roles(person=cast.gil, by=cast.ada, is_editor=True)
    actions.set_roles(person=cast.alice, by=cast.ada, is_admin=True)
    actions.set_roles(person=cast.ada, by=User.objects.get(pk=cast.alice.pk), is_admin=False)
    assert not User.objects.get(pk=cast.ada.pk).is_admin


def test_a_suspended_person_reads_and_does_not_write() -> None:
    cast = make.cast()
    actions.suspend(person=cast.bob, by=cast.mona, until=timezone.now() + timedelta(days=1))
    assert make.client(cast.bob).get(cast.private.get_absolute_url()).status_code == 200
    with pytest.raises(Refused):
        groups.create_group(by=User.objects.get(pk=cast.bob.pk), name="New")
    with pytest.raises(Refused):
        actions.suspend(person=cast.ada, by=cast.mona, until=timezone.now() + timedelta(days=1))
    with pytest.raises(Refused):
        actions.unsuspend(person=cast.bob, by=cast.alice)
    actions.unsuspend(person=cast.bob, by=cast.mona)
    groups.create_group(by=User.objects.get(pk=cast.bob.pk), name="New")


def test_permissions_of_the_desk_follow_from_roles() -> None:
    cast = make.cast()
    ed = make.person("Ed Editor", is_editor=True)
    table = {
        cast.ada: ("wagtailadmin.access_admin", "people.change_user", "groups.view_group"),
        cast.mona: ("wagtailadmin.access_admin",),
        ed: ("wagtailadmin.access_admin",),
        cast.alice: (),
        cast.gil: (),
        cast.dave: (),
    }
    for person, expected in table.items():
        person = User.objects.get(pk=person.pk)
        for permission in (
            "wagtailadmin.access_admin",
            "people.change_user",
            "groups.view_group",
            "people.delete_user",
        ):
            wanted = permission in expected or (permission == "people.delete_user" and person == cast.ada)
            assert person.has_perm(permission) == wanted, (person, permission)
        assert not person.is_superuser


def test_create_person_makes_an_administrator_who_signs_in(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("create_person", "Root@Example.org", name="Root", admin=True, password="a-sound-horse-battery")
    assert "@root" in capsys.readouterr().out
    browser = make.client(None)
    browser.post("/accounts/login/", {"login": "root@example.org", "password": "a-sound-horse-battery"})
    assert browser.get("/settings/").status_code == 200
    for wrong in ({"email": "root@example.org", "name": "Again"}, {"email": "no-address", "name": "X"}):
        with pytest.raises(CommandError):
            call_command("create_person", wrong["email"], name=wrong["name"])
    with pytest.raises(CommandError):
        call_command("create_person", "y@example.org", name="Y", password="short")


def test_the_way_to_the_directory_is_shown_to_those_it_is_open_to() -> None:
    cast = make.cast()
    assert 'href="/people/"' in cast.browser("bob").get("/groups/").content.decode()
    assert 'href="/people/"' not in cast.browser("gil").get("/groups/").content.decode()
