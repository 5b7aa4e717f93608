"""Letters that let people into the network: single use, for one address, worth what their sender may do now."""

from __future__ import annotations

import re
import threading
from datetime import timedelta

import pytest
from django.core import mail, signing
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.utils import timezone

from core.models import Event
from core.refusal import Refused
from groups import actions as groups
from groups.models import Membership
from people import actions
from people.models import Invitation, User
from social.models import SiteSettings
from tests import make

pytestmark = pytest.mark.django_db

STRONG = "a-sound-horse-battery"


@pytest.fixture(autouse=True)
def company() -> None:
    SiteSettings(network_name="Van Houten", allowed_domains="example.org").save()


def come(token: str, *, name: str = "Nina New", email: str = "", browser: Client | None = None) -> Client:
    """Follow the link of a letter and fill the form."""
    browser = browser or Client()
    browser.post(f"/people/invitation/{token}/")
    browser.post("/accounts/signup/", {"name": name, "email": email, "password1": STRONG})
    return browser


def is_in(browser: Client) -> bool:
    return browser.get("/settings/").status_code == 200


def test_an_invited_person_gets_a_letter_and_comes_without_a_code() -> None:
    ada = make.person("Ada Abbott", is_admin=True)
    actions.invite(by=ada, email="Nina@Partner.example")
    make.settle()
    letter = mail.outbox[-1]
    assert letter.to == ["nina@partner.example"]
    link = re.search(r"http://\S+(/people/invitation/\S+/)", letter.body)
    assert link
    browser = Client()
    page = browser.get(link[1])
    assert page.status_code == 200 and b"Ada Abbott" in page.content and b"Van Houten" in page.content
    assert browser.post(link[1])["Location"] == "/accounts/signup/"
    assert b"nina@partner.example" in browser.get("/accounts/signup/").content
    browser.post("/accounts/signup/", {"name": "Nina New", "email": "someone@else.example", "password1": STRONG})
    assert is_in(browser)
    nina = User.objects.get(email="nina@partner.example")
    assert not nina.is_guest
    invitation = Invitation.objects.get()
    assert invitation.accepted_by == nina
    make.settle()
    assert b"has accepted your invitation" in make.client(ada).get("/notifications/").content


def test_the_letter_is_in_no_row_and_no_event() -> None:
    ada = make.person("Ada Abbott", is_admin=True)
    _invitation, token = actions.invite(by=ada, email="nina@partner.example")
    secret = token.rpartition(".")[2]
    assert not any(secret in str(value) for row in Invitation.objects.values() for value in row.values())
    assert not any(secret in str(data) for data in Event.objects.values_list("data", flat=True))


def test_a_letter_is_used_once() -> None:
    ada = make.person("Ada Abbott", is_admin=True)
    _invitation, token = actions.invite(by=ada, email="nina@partner.example")
    assert is_in(come(token))
    assert not is_in(come(token, name="Second"))
    assert User.objects.filter(email="nina@partner.example").count() == 1
    assert not User.objects.filter(name="Second").exists()


@pytest.mark.parametrize("ending", ["expired", "revoked", "used", "inviter left", "inviter lost the right", "forged"])
def test_a_letter_that_ended_is_the_same_page_as_one_that_never_was(ending: str) -> None:
    ada, zoe = make.person("Ada Abbott", is_admin=True), make.person("Zoe Zander", is_admin=True)
    invitation, token = actions.invite(by=ada, email="nina@partner.example")
    good = Client().get(f"/people/invitation/{token}/")
    assert good.status_code == 200
    if ending == "expired":
        Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    elif ending == "revoked":
        actions.revoke_invitation(invitation=invitation, by=ada)
    elif ending == "used":
        come(token)
    elif ending == "inviter left":
        actions.deactivate(person=ada, by=zoe)
    elif ending == "inviter lost the right":
        actions.set_roles(person=ada, by=zoe, is_admin=False)
    else:
        token = token[:-3] + "abc"
    ended = Client().get(f"/people/invitation/{token}/")
    unknown = Client().get(f"/people/invitation/{signing.Signer(sep='.', salt='x').sign('A' * 16)}/")
    assert ended.status_code == unknown.status_code == 404
    assert scrub(ended) == scrub(unknown)
    browser = come(token, name="Intruder")
    assert not is_in(browser)
    assert not User.objects.filter(name="Intruder").exists()


def scrub(answer) -> bytes:
    body = re.sub(rb'value="[A-Za-z0-9]{64}"', b"", answer.content)
    body = re.sub(rb'nonce="[^"]+"', b"", body)
    return re.sub(rb"/people/invitation/[^/]+/", b"", body)


def test_a_letter_dies_in_the_hand_of_someone_who_waits() -> None:
    """Opened while it was good, used after it was taken back."""
    ada = make.person("Ada Abbott", is_admin=True)
    invitation, token = actions.invite(by=ada, email="nina@partner.example")
    browser = Client()
    browser.post(f"/people/invitation/{token}/")
    actions.revoke_invitation(invitation=invitation, by=ada)
    browser.post("/accounts/signup/", {"name": "Nina", "email": "nina@partner.example", "password1": STRONG})
    assert not User.objects.filter(email="nina@partner.example").exists()


def test_a_sender_who_came_back_does_not_revive_letters() -> None:
    ada, zoe = make.person("Ada Abbott", is_admin=True), make.person("Zoe Zander", is_admin=True)
    _invitation, token = actions.invite(by=ada, email="nina@partner.example")
    actions.deactivate(person=ada, by=zoe)
    actions.reactivate(person=ada, by=zoe)
    assert actions.open_invitation(token) is None


def test_colleagues_invite_their_company_and_nobody_else() -> None:
    bob = make.person("Bob Baker")
    assert actions.invite(by=bob, email="nina@example.org")[0].as_guest is False
    for attempt in ({"email": "x@partner.example"}, {"email": "x@example.org", "as_guest": True}):
        with pytest.raises(Refused):
            actions.invite(by=bob, **attempt)


def test_guests_invite_nobody_and_see_no_page_of_invitations() -> None:
    gil, ada = make.person("Gil Guest", is_guest=True), make.person("Ada Abbott", is_admin=True)
    with pytest.raises(Refused):
        actions.invite(by=gil, email="x@example.org")
    assert make.client(gil).get("/people/invitations/").status_code == 403
    assert make.client(ada).get("/people/invitations/").status_code == 200


def test_a_colleague_sees_their_own_letters_and_cannot_take_back_others() -> None:
    ada, bob, carol = make.person("Ada Abbott", is_admin=True), make.person("Bob Baker"), make.person("Carol Cook")
    mine, _token = actions.invite(by=bob, email="mine@example.org")
    other, _token = actions.invite(by=ada, email="other@partner.example")
    page = make.client(bob).get("/people/invitations/").content
    assert b"mine@example.org" in page and b"other@partner.example" not in page
    assert make.client(ada).get("/people/invitations/").content.count(b"example.org") >= 1
    assert make.client(bob).post(f"/people/invitations/{other.public_id}/revoke/").status_code == 404
    assert make.client(carol).post(f"/people/invitations/{mine.public_id}/revoke/").status_code == 404
    assert make.client(bob).post(f"/people/invitations/{mine.public_id}/revoke/").status_code == 302
    mine.refresh_from_db()
    other.refresh_from_db()
    assert mine.revoked_at and not other.revoked_at


def test_the_page_sends_what_it_can_and_keeps_the_rest() -> None:
    ada = make.person("Ada Abbott", is_admin=True)
    make.person("Bob Baker")
    answer = make.client(ada).post("/people/invitations/", {"emails": "one@partner.example, bob@example.org"})
    assert answer.status_code == 422
    assert b"already known here" in answer.content
    assert list(Invitation.objects.values_list("email", flat=True)) == ["one@partner.example"]


def test_a_guest_comes_as_a_guest_until_the_day() -> None:
    ada = make.person("Ada Abbott", is_admin=True)
    until = timezone.now() + timedelta(days=30)
    _invitation, token = actions.invite(by=ada, email="gil@partner.example", as_guest=True, guest_until=until)
    come(token, name="Gil Guest")
    gil = User.objects.get(email="gil@partner.example")
    assert (gil.is_guest, gil.guest_until) == (True, until)
    with pytest.raises(ValidationError):
        actions.invite(by=ada, email="x@partner.example", as_guest=True, guest_until=timezone.now())


def test_an_existing_person_uses_only_a_letter_to_their_own_address() -> None:
    """An address that was invited gets an account in another way; the letter then works for it and nobody else."""
    ada, carol = make.person("Ada Abbott", is_admin=True), make.person("Carol Cook")
    _invitation, token = actions.invite(by=ada, email="nina@partner.example")
    nina = make.person("Nina New", email="nina@partner.example")
    with pytest.raises(Refused):
        actions.accept_invitation(person=carol, token=token)
    actions.accept_invitation(person=nina, token=token)
    with pytest.raises(Refused):
        actions.accept_invitation(person=nina, token=token)


def test_a_letter_into_a_group_brings_a_guest_into_that_group_alone() -> None:
    cast = make.cast()
    groups.invite(group=cast.private, by=cast.alice, email="new@partner.example")
    make.settle()
    token = actions.token_of(Invitation.objects.get(email="new@partner.example"))
    browser = come(token, name="New Guest")
    guest = User.objects.get(email="new@partner.example")
    assert guest.is_guest
    assert [row.group for row in Membership.objects.filter(person=guest)] == [cast.private]
    assert browser.get(cast.private.get_absolute_url()).status_code == 200
    assert browser.get(cast.public.get_absolute_url()).status_code == 404
    assert browser.get(cast.secret.get_absolute_url()).status_code == 404


def test_whoever_is_asked_into_several_groups_is_in_all_of_them_but_those_that_took_it_back() -> None:
    cast = make.cast()
    for place in (cast.private, cast.public, cast.secret):
        groups.invite(group=place, by=cast.alice, email="nina@example.org")
    groups.invite(group=cast.private, by=cast.alice, email="new@partner.example")
    make.settle()
    letters = list(Invitation.objects.filter(email="nina@example.org").order_by("pk"))
    first = Invitation.objects.get(email="new@partner.example")
    make.client(cast.alice).post(f"/people/invitations/{first.public_id}/revoke/")
    assert not cast.private.invitations.waiting().filter(letter=first).exists()
    groups.revoke_invitation(invitation=cast.public.invitations.get(), by=cast.alice)
    come(actions.token_of(letters[-1]))
    nina = User.objects.get(email="nina@example.org")
    assert {row.group for row in Membership.objects.filter(person=nina)} == {cast.private, cast.secret}


def test_only_an_owner_brings_guests_into_a_group() -> None:
    cast = make.cast()
    for who in (cast.bob, cast.carol, cast.ada, cast.gil):
        with pytest.raises(Refused):
            groups.invite(group=cast.private, by=who, email="new@partner.example")
    assert not Invitation.objects.exists()
    groups.invite(group=cast.private, by=cast.alice, email="new@partner.example")
    assert Invitation.objects.get().as_guest


def test_a_letter_into_a_group_dies_with_the_senders_role_there() -> None:
    cast = make.cast()
    groups.invite(group=cast.private, by=cast.alice, email="new@partner.example")
    token = actions.token_of(Invitation.objects.get())
    assert actions.open_invitation(token) is not None
    groups.set_role(group=cast.private, person=cast.bob, by=cast.alice, role="owner")
    groups.set_role(group=cast.private, person=cast.alice, by=cast.bob, role="member")
    assert actions.open_invitation(token) is None


def test_an_administrator_does_not_learn_of_a_secret_group_from_its_letters() -> None:
    cast = make.cast()
    groups.invite(group=cast.secret, by=cast.alice, email="new@partner.example")
    page = make.client(cast.ada).get("/people/invitations/").content
    assert b"new@partner.example" not in page and b"Secret merger" not in page


@pytest.mark.django_db(transaction=True)
def test_of_twenty_at_the_same_moment_one_uses_a_letter() -> None:
    ada = make.person("Ada Abbott", is_admin=True)
    _invitation, token = actions.invite(by=ada, email="nina@partner.example")
    outcomes: list[str] = []
    gate = threading.Barrier(20)

    def use(number: int) -> None:
        gate.wait()
        try:
            actions.join_by_invitation(token=token, name=f"Nina {number}", password_hash="!")
            outcomes.append("in")
        except Exception as error:
            outcomes.append(type(error).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=use, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("in") == 1, outcomes
    assert User.objects.filter(email="nina@partner.example").count() == 1
