"""Fields of profiles that the company defines: who sees each, who fills it in, and which are locked."""

from __future__ import annotations

import pytest

from people import actions
from people.models import ProfileField, ProfileValue
from tests import make

pytestmark = pytest.mark.django_db


def test_each_field_is_seen_by_those_and_filled_in_by_those_whom_the_administrator_names() -> None:
    cast = make.cast()
    ada, alice, bob, gil = (cast.browser(name) for name in ("ada", "alice", "bob", "gil"))
    desk = "/admin/people/fields/"
    new = {"act": "save", "kind": "text", "choices": "", "place": "10"}
    for name, seen, edit in (
        ("Radio", "all", "person"),
        ("Locker", "colleagues", "admins"),
        ("Badge", "admins", "sync"),
    ):
        assert ada.post(desk, {**new, "name": name, "seen": seen, "edit": edit}).status_code == 302
    assert (
        ada.post(desk, {**new, "name": "Licence", "kind": "choice", "seen": "all", "edit": "person"}).status_code == 422
    )
    assert alice.get(desk).status_code in (302, 403)
    field = {one.name: one for one in ProfileField.objects.all()}
    key = {name: f"field_{one.public_id}" for name, one in field.items()}

    # One fills in one's own; what others fill in stays as it is, whatever is sent.
    form = {"name": "Alice Archer", key["Radio"]: "Depot 9", key["Locker"]: "L-1", key["Badge"]: "B-1"}
    assert alice.post("/settings/profile/", form).status_code == 302
    assert dict(ProfileValue.objects.values_list("field__name", "text")) == {"Radio": "Depot 9"}
    api = f"/api/v1/people/{cast.alice.public_id}"

    def sync(who, **values):
        body = {"fields": {field[name].public_id: value for name, value in values.items()}}
        return who.patch(api, body, content_type="application/json").status_code

    assert sync(alice, Badge="B-1") == sync(alice, Locker="L-1") == 403
    assert sync(bob, Radio="Depot 1") == 403
    assert sync(ada, Badge="B-7", Locker="L-7") == 200
    assert ada.post(f"/admin/people/{cast.alice.public_id}/", {**form, "act": "profile"}).status_code == 302
    assert dict(ProfileValue.objects.values_list("field__name", "text")) == {
        "Radio": "Depot 9",
        "Locker": "L-1",
        "Badge": "B-7",
    }

    # Each is seen by those it is for, on the page, in the API and in the search.
    make.settle()
    for who, seen in (
        (alice, {"Depot 9", "L-1", "B-7"}),
        (ada, {"Depot 9", "L-1", "B-7"}),
        (bob, {"Depot 9", "L-1"}),
        (gil, {"Depot 9"}),
    ):
        page = who.get(cast.alice.get_absolute_url()).content.decode()
        told = set(who.get(api).json()["fields"].values())
        assert {value for value in ("Depot 9", "L-1", "B-7") if value in page} == told == seen
    assert b"Alice Archer" in bob.get("/search/?q=L-1&kind=person").content
    assert b"Alice Archer" not in bob.get("/search/?q=%22B-7%22&kind=person").content
    assert len(gil.get("/api/v1/people-fields").json()["items"]) == 1
    ada.post(desk, {"act": "delete", "field": field["Radio"].public_id})
    assert "Depot 9" not in gil.get(cast.alice.get_absolute_url()).content.decode()


def test_the_api_defines_fields_and_the_directory_is_narrowed_by_lists_to_choose_from() -> None:
    cast = make.cast()
    ada, alice, carol = (cast.browser(name) for name in ("ada", "alice", "carol"))
    path, json = "/api/v1/people-fields", {"content_type": "application/json"}
    shirt = {"name": "Shirt", "kind": "choice", "choices": ["S", "M"], "seen": "all"}
    assert alice.post(path, shirt, **json).status_code == 403
    assert ada.post(path, {**shirt, "choices": []}, **json).status_code == 422
    field = ada.post(path, shirt, **json).json()
    assert (field["name"], field["choices"], field["edit"]) == ("Shirt", ["S", "M"], "person")
    one = f"{path}/{field['id']}"
    assert ada.put(one, {**shirt, "name": "Size", "seen": "admins"}, **json).json()["name"] == "Size"
    assert alice.put(one, shirt, **json).status_code == alice.delete(one).status_code == 403
    filled = {"fields": {field["id"]: "M"}, "bio": "**Me**", "birthday": "05-31", "started_on": "2020-02-03"}
    said = alice.patch(f"/api/v1/people/{cast.alice.public_id}", filled, **json).json()
    assert (said["bio"], said["birthday"], said["started_on"]) == ("**Me**", "05-31", "2020-02-03")

    # What only administrators see narrows no directory of anyone else's.
    narrowed = f"/people/?field_{field['id']}=M"
    api = f"/api/v1/people?field={field['id']}&value=M"
    assert b"Bob Baker</a>" in carol.get(narrowed).content and carol.get(api).status_code == 422
    ada.put(one, shirt, **json)
    page = carol.get(narrowed).content
    assert b"Alice Archer</a>" in page and b"Bob Baker</a>" not in page and b"<option selected>M</option>" in page
    assert [found["name"] for found in carol.get(api).json()["items"]] == ["Alice Archer"]
    assert carol.get(f"/people/?field_{field['id']}=S&q=ali").context["people"] == ""
    assert ada.put(f"{path}/columns/phone", {"edit": "sync"}, **json).status_code == 204
    assert carol.get(path).json()["columns"]["phone"] == {"edit": "sync", "seen": "colleagues"}
    assert ada.put(f"{path}/columns/email", {"edit": "sync"}, **json).status_code == 422
    assert ada.delete(one).status_code == 204 and not ProfileField.objects.filter(builtin="").exists()


def test_a_line_of_every_profile_can_be_left_to_the_company() -> None:
    cast = make.cast()
    ada, alice = cast.browser("ada"), cast.browser("alice")
    ada.post("/admin/people/fields/", {"act": "rule", "column": "department", "edit": "sync"})
    ada.post("/admin/people/fields/", {"act": "rule", "column": "name", "edit": "sync"})
    assert [rule.builtin for rule in ProfileField.objects.all()] == ["department"]
    api = f"/api/v1/people/{cast.alice.public_id}"
    assert alice.patch(api, {"department": "Board"}, content_type="application/json").status_code == 403
    alice.post("/settings/profile/", {"name": "Alice Archer", "department": "Board", "job_title": "Editor"})
    cast.alice.refresh_from_db()
    assert (cast.alice.department, cast.alice.job_title) == ("", "Editor")
    assert ada.patch(api, {"department": "Books"}, content_type="application/json").json()["department"] == "Books"
    assert alice.patch(api, {"pronouns": "she"}, content_type="application/json").json()["pronouns"] == "she"


def test_administrators_choose_who_sees_telephones_and_pronouns() -> None:
    cast = make.cast()
    ada, alice, bob, gil = (cast.browser(name) for name in ("ada", "alice", "bob", "gil"))
    actions.edit_profile(person=cast.alice, by=cast.alice, phone="0470 11 22", pronouns="she/her")
    api = f"/api/v1/people/{cast.alice.public_id}"

    def seen() -> list[str]:
        names = []
        for name, who in (("alice", alice), ("bob", bob), ("gil", gil)):
            page, told = who.get(cast.alice.get_absolute_url()).content.decode(), who.get(api).json()
            for key, value in (("phone", "0470 11 22"), ("pronouns", "she/her")):
                assert (value in page) == (told[key] == value), (name, key)
                names += [f"{name} {key}"] if value in page else []
        return names

    assert seen() == ["alice phone", "alice pronouns", "bob phone", "bob pronouns", "gil pronouns"]
    desk = "/admin/people/fields/"
    ada.post(desk, {"act": "rule", "column": "phone", "edit": "person", "seen": "all"})
    ada.post(desk, {"act": "rule", "column": "pronouns", "edit": "person", "seen": "admins"})
    assert seen() == ["alice phone", "alice pronouns", "bob phone", "gil phone"]
    assert b"You and administrators see it." in alice.get("/settings/").content
    ada.post(desk, {"act": "rule", "column": "department", "edit": "person", "seen": "admins"})
    assert not ProfileField.objects.filter(builtin="department").exists(), "it is what people are found by"


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("link", "https://example.org/a", ("javascript:alert(1)", "//x", "https://", "http://a b", "http://[")),
        ("date", "2024-02-29", ("2023-02-29", "soon")),
        ("choice", "Red", ("Blue",)),
        ("text", "A word", ("x" * 121,)),
    ],
)
def test_what_is_filled_in_is_of_the_fields_kind(kind: str, good: str, bad: tuple[str, ...]) -> None:
    ada = make.person("Ada Abbott", is_admin=True)
    field = actions.define_field(by=ada, name="Thing", kind=kind, choices="Red\nGreen")
    browser, key = make.client(ada), f"field_{field.public_id}"
    for text in bad:
        assert browser.post("/settings/profile/", {"name": "Ada Abbott", key: text}).status_code == 422, text
    assert browser.post("/settings/profile/", {"name": "Ada Abbott", key: good}).status_code == 302
    assert ProfileValue.objects.get().text == good
    assert browser.get(ada.get_absolute_url()).status_code == 200
    assert good.encode() in browser.get("/settings/").content
