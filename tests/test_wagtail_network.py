"""The administrators' desk: settings of the network and the audit log."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from core import site
from core.models import Event
from inbox.models import Notice
from social import audit
from social.models import SiteSettings
from tests import make
from tests.test_knowledge_pages import picture

pytestmark = pytest.mark.django_db

CHOICES = {
    "network_name": "Van Houten",
    "hue": "40",
    "allowed_domains": "Example.org\n@vanhouten.example",
    "who_may_create_groups": "admins",
    "edit_window_minutes": "30",
    "bare_mail": "private",
    "notice_push": "on",
}


@pytest.fixture
def cast(db: Any) -> make.Cast:
    return make.cast()


def test_an_administrator_changes_the_network_and_every_room_reads_it(cast: make.Cast) -> None:
    ada = cast.browser("ada")
    assert ada.get("/admin/network/").status_code == 200
    answer = ada.post("/admin/network/", {**CHOICES, "logo_file": picture()})
    assert answer.status_code == 302, answer.content.decode()[:3000]
    now = site.current()
    assert (now.network_name, now.hue, now.who_may_create_groups, now.edit_window_minutes) == (
        "Van Houten",
        40,
        "admins",
        30,
    )
    assert (now.notice_mail, now.bare_mail, now.notice_push) == (False, "private", True)
    assert now.allowed_domains == ("example.org", "vanhouten.example")
    assert SiteSettings.objects.count() == 1
    for name in ("carol", "gil", "nobody"):
        logo = cast.browser(name).get(now.logo_url)
        assert logo.status_code == 200 and logo.headers["Content-Type"] == "image/webp", name
    event = Event.objects.get(verb="social.settings.changed")
    assert event.actor == cast.ada and "network_name" in event.data["fields"]
    assert "Van Houten" not in str(event.data)
    assert ada.post("/admin/network/", {**CHOICES, "without_logo": "on"}).status_code == 302
    assert site.current().logo_url == ""


def test_groups_that_nobody_can_own_fall_to_the_administrator_whom_the_settings_name(cast: make.Cast) -> None:
    ada, keeper = cast.browser("ada"), make.person("Kees Keeper", is_admin=True)
    assert ada.post("/admin/network/", {**CHOICES, "keeper": cast.carol.pk}).status_code == 422, "no administrator"
    assert ada.post("/admin/network/", {**CHOICES, "keeper": keeper.pk}).status_code == 302
    alone = make.group(cast.ada, "Alone", privacy="private", join="request")
    make.groups.add_member(group=alone, person=cast.carol, by=cast.ada, role="owner")
    make.groups.remove_member(group=alone, person=cast.ada, by=cast.carol)
    ada.post(f"/admin/people/{cast.carol.public_id}/", {"act": "deactivate"})
    assert [one.person for one in alone.memberships.filter(role="owner")] == [keeper]
    make.settle()
    assert Notice.objects.filter(recipient=keeper, verb="groups.promoted").exists()
    assert not Notice.objects.filter(recipient=cast.ada, verb="groups.promoted").exists()


@pytest.mark.parametrize("name", ["carol", "mona", "gil", "nobody"])
def test_nobody_else_comes_near(cast: make.Cast, name: str) -> None:
    browser = cast.browser(name)
    for address in ("/admin/network/", "/admin/audit/"):
        assert browser.get(address).status_code in (302, 403)
        assert b"network_name" not in browser.get(address).content
    assert browser.post("/admin/network/", CHOICES).status_code in (302, 403)
    assert browser.post("/admin/audit/export/").status_code in (302, 403)
    assert site.current().network_name == "Kring"


@pytest.mark.parametrize(
    ("field", "value"),
    [("network_name", ""), ("hue", "400"), ("allowed_domains", "no domain"), ("who_may_create_groups", "nobody")],
)
def test_what_cannot_be_is_refused_and_what_was_typed_stays(cast: make.Cast, field: str, value: str) -> None:
    answer = cast.browser("ada").post("/admin/network/", {**CHOICES, field: value})
    assert answer.status_code == 422
    assert "example.org" in answer.content.decode().lower() or field == "allowed_domains"
    assert site.current().network_name == "Kring"


def test_a_logo_that_is_no_picture_is_refused(cast: make.Cast) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    sent = SimpleUploadedFile("logo.png", b"<svg onload=alert(1)>", content_type="image/png")
    assert cast.browser("ada").post("/admin/network/", {**CHOICES, "logo_file": sent}).status_code == 422
    assert site.current().logo_url == ""


def test_the_log_says_who_did_what_and_nothing_that_people_wrote(cast: make.Cast) -> None:
    make.post(cast.alice, "Some words of alice")
    make.post(cast.alice, "Hidden words of alice", group=cast.secret)
    text = cast.browser("ada").get("/admin/audit/").content.decode()
    assert "feed.post.published" in text and "Alice Archer" in text
    assert "words of alice" not in text and "Secret merger" not in text
    only = cast.browser("ada").get("/admin/audit/", {"verb": "groups.group.created", "actor": "Alice Archer"})
    assert "<code>feed.post.published</code>" not in only.content.decode()
    assert "Someone made a group. <code>groups.group.created</code>" in only.content.decode()
    nobody = cast.browser("ada").get("/admin/audit/", {"actor": "No One"}).content.decode()
    assert "Nobody has this name or address." in nobody


def test_of_a_closed_place_the_log_tells_neither_what_nor_which(cast: make.Cast) -> None:
    hidden = make.post(cast.alice, "Hidden", group=cast.secret)
    known = make.post(cast.alice, "Known")
    for text in (
        cast.browser("ada").get("/admin/audit/").content.decode(),
        b"".join(cast.browser("ada").post("/admin/audit/export/").streaming_content).decode(),
    ):
        assert hidden.public_id not in text
        assert cast.secret.public_id not in text
        assert known.public_id in text


def test_the_copy_of_the_log_runs_nothing_in_a_spreadsheet(cast: make.Cast) -> None:
    make.person('=HYPERLINK("http://evil","x")', email="evil@example.org", by=cast.ada)
    answer = cast.browser("ada").post("/admin/audit/export/")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert rows[0] == list(audit.HEAD)
    assert len(rows) > 10
    assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for row in rows for cell in row)
    assert Event.objects.filter(verb="social.audit.exported", actor=cast.ada).exists()


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1"])
def test_a_cell_is_never_a_formula(value: str) -> None:
    assert audit.cell(value)[0] in "' "
    assert not audit.cell(value).lstrip("' ").startswith("\t")


def test_the_log_is_read_page_by_page(cast: make.Cast) -> None:
    for _turn in range(60):
        make.post(cast.bob, "again")
    first = cast.browser("ada").get("/admin/audit/").content.decode()
    assert "cursor=" in first and first.count("<time") == 50
    assert cast.browser("ada").get("/admin/audit/", {"cursor": "forged"}).status_code == 400
