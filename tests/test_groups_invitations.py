"""Invitations that wait: until when, sent again one by one or all, by name, at once, and the same through the API."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from groups.models import GroupInvitation, JoinRequest, Membership
from inbox.models import Notice
from people import actions as people
from tests import make
from tests.test_files import picture

pytestmark = pytest.mark.django_db


@pytest.mark.slow
def test_what_waits_says_until_when_and_is_sent_again_by_who_may_invite(settings) -> None:
    settings.KRING_LIMITS = {"INVITATIONS_PER_DAY": 4}
    cast = make.cast()
    alice, bob, carol = (cast.browser(name) for name in ("alice", "bob", "carol"))
    place = f"/groups/{cast.private.public_id}/"
    alice.post(f"{place}invite/", {"people": "Carol Cook\nnew@partner.example, @ada.abbott"})
    make.settle()
    first = GroupInvitation.objects.get(person=cast.carol)
    letter = GroupInvitation.objects.exclude(letter=None).get().letter
    one = f"{place}invitations/{first.public_id}/"
    assert alice.post(one, {"act": "resend"}).status_code == 409, "a day is not over"
    for other in (bob, carol, cast.browser("gil")):
        assert other.post(one, {"act": "resend"}).status_code == other.post(one, {"act": "revoke"}).status_code == 404
        assert other.get(f"{place}invitations/").status_code == 403
    assert "open until" in alice.get(f"{place}members/").content.decode()
    letters = len(mail.outbox)
    with time_machine.travel(timezone.now() + timedelta(days=15), tick=True):
        page = cast.browser("alice").get(f"{place}invitations/").content.decode()
        assert page.count("expired") == 3 and "new@partner.example" in page and "Carol Cook" in page
        assert carol.post(one, {"act": "accept"}).status_code == 409
        assert cast.browser("alice").post(f"{place}invitations/", follow=True).status_code == 200
        make.settle()
        assert GroupInvitation.objects.standing().count() == 3 and len(mail.outbox) == letters + 1
        assert people.open_invitation(people.token_of(letter)) is None, "the earlier letter has ended"
        again = GroupInvitation.objects.standing().get(person=cast.carol)
        assert Notice.objects.filter(recipient=cast.carol, verb="groups.invited").exists()
        # No more than one may send in a day, and what cannot be sent stays as it is.
        GroupInvitation.objects.waiting().update(at=timezone.now() - timedelta(days=2))
        settings.KRING_LIMITS = {"INVITATIONS_PER_DAY": 1}
        cast.browser("alice").post(f"{place}invitations/")
        assert GroupInvitation.objects.waiting().filter(at__gt=timezone.now() - timedelta(days=1)).count() == 1
        assert GroupInvitation.objects.standing().count() == 3
        again = GroupInvitation.objects.standing().get(person=cast.carol)
        one = f"{place}invitations/{again.public_id}/"
        assert cast.browser("carol").post(one, {"act": "accept"}).status_code == 302
        assert cast.browser("carol").get(f"{place}members/").status_code == 200


def test_colleagues_are_taken_in_at_once_by_who_decides_and_names_mean_one_person() -> None:
    cast = make.cast()
    alice, bob = cast.browser("alice"), cast.browser("bob")
    place = f"/groups/{cast.private.public_id}/invite/"
    assert bob.post(place, {"people": "carol.cook", "at_once": "on"}).status_code == 403
    assert [one["name"] for one in alice.get("/people/complete/?q=pu&group=").json()] == ["Public lunch"]
    assert alice.get("/people/complete/?q=pu&group=&only=1").json() == [], "here people are asked for"
    make.person("Carol Cook", email="other@example.org")
    answer = alice.post(place, {"people": "Carol Cook; Mona Mason, ada@example.org; Nobody Here", "at_once": "on"})
    page = answer.content.decode()
    assert "Several people are called so" in page and "Nobody here has this name" in page
    inside = set(Membership.objects.filter(group=cast.private).values_list("person__name", flat=True))
    assert inside == {"Alice Archer", "Bob Baker", "Gil Guest", "Mona Mason", "Ada Abbott"}
    make.settle()
    assert Notice.objects.filter(recipient=cast.mona, verb="groups.added").exists()
    # In an open group every member invites, and takes nobody in who was not asked.
    form = {"people": "mona.mason", "at_once": "on"}
    assert bob.post(f"/groups/{cast.public.public_id}/invite/", form).status_code == 422
    assert not Membership.objects.filter(group=cast.public, person=cast.mona).exists()


@pytest.mark.slow
def test_the_api_invites_decides_and_changes_what_a_group_looks_like() -> None:
    cast = make.cast()
    alice, carol, bob = (cast.browser(name) for name in ("alice", "carol", "bob"))
    place = f"/api/v1/groups/{cast.private.public_id}"

    def send(browser, path: str, **fields):
        return browser.post(f"{place}/{path}", fields, content_type="application/json")

    made = send(alice, "invitations", person=cast.carol.public_id).json()
    assert made["person"]["name"] == "Carol Cook" and made["email"] is None and not made["expired"]
    guest = send(alice, "invitations", email="New@partner.example", guest_until="2030-01-31").json()
    assert guest["email"] == "new@partner.example"
    assert {one["id"] for one in alice.get(f"{place}/invitations").json()["items"]} == {made["id"], guest["id"]}
    assert bob.get(f"{place}/invitations").status_code == 403
    assert send(alice, f"invitations/{made['id']}/resend").status_code == 409
    assert carol.delete(f"{place}/invitations/{made['id']}").status_code == 404
    assert send(carol, "decline").status_code == 204 and send(carol, "decline").status_code == 404
    assert alice.delete(f"{place}/invitations/{guest['id']}").status_code == 204
    assert alice.get(f"{place}/invitations").json()["items"] == []

    for answer in (False, True):
        JoinRequest.objects.all().delete()
        assert send(carol, "join", message="Please").status_code == 202
        (asked,) = alice.get(f"{place}/requests").json()["items"]
        assert asked["message"] == "Please" and bob.get(f"{place}/requests").status_code == 403
        assert send(carol, f"requests/{asked['id']}", accept=True).status_code == 403
        assert send(alice, f"requests/{asked['id']}", accept=answer, answer="Because").status_code == 204
        assert send(alice, f"requests/{asked['id']}", accept=answer).status_code == 404
    assert carol.get(f"{place}/requests").status_code == 403
    assert carol.get(place).json()["my"]["role"] == "member"
    make.post(cast.alice, "News", group=cast.private)
    assert carol.get(place).json()["my"]["unread"] == 1
    other = cast.browser("mona")
    assert send(other, "join").status_code == 202
    assert [other.delete(f"{place}/join").status_code for _ in range(2)] == [204, 404]

    for path in ("cover", "picture"):
        assert (
            bob.post(f"{place}/{path}", {"file": SimpleUploadedFile("a.png", picture(size=(40, 40)))}).status_code
            == 403
        )
        assert (
            alice.post(f"{place}/{path}", {"file": SimpleUploadedFile("a.png", picture(size=(40, 40)))})
            .json()[path]
            .startswith("http")
        )
        assert alice.delete(f"{place}/{path}").json()[path] is None
    names = [one["name"] for one in alice.get("/api/v1/groups?q=private&sort=members&archived=false").json()["items"]]
    assert names == ["Private reorg"]
    people.follow(follower=cast.mona, followed=cast.bob)
    assert [one["name"] for one in other.get("/api/v1/groups/suggested").json()] == ["Private reorg", "Public lunch"]
    assert cast.browser("gil").get("/api/v1/groups/suggested").json() == []
