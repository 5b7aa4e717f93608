"""Someone comes in through the front door: signs up, confirms, signs in, and is signed out."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core import mail
from django.test import Client
from django.utils import timezone

from core.site import current
from people import actions
from people.models import User
from social.models import SiteSettings
from tests import make

pytestmark = pytest.mark.django_db

STRONG = "a-sound-horse-battery"
SIGN_UP = "/accounts/signup/"
LOG_IN = "/accounts/login/"
CONFIRM = "/accounts/confirm-email/"


@pytest.fixture(autouse=True)
def company() -> None:
    """A company that lets its own addresses sign up."""
    SiteSettings(network_name="Van Houten", allowed_domains="example.org").save()


def code_in(letter: mail.EmailMessage) -> str:
    """The code that stands alone on a line of a letter."""
    found = re.search(r"^\s*([A-Z0-9]{3,}(?:-[A-Z0-9]+)*)\s*$", letter.body, re.MULTILINE)
    assert found, letter.body
    return found[1]


def sign_up(browser: Client, email: str = "nina@example.org", name: str = "Nina New", password: str = STRONG):
    """Fill the form of sign-up."""
    return browser.post(SIGN_UP, {"email": email, "name": name, "password1": password})


def is_in(browser: Client) -> bool:
    """Whether this browser is signed in."""
    return browser.get("/settings/").status_code == 200


def log_in(browser: Client, email: str, password: str = make.PASSWORD):
    """Fill the form of log-in."""
    return browser.post(LOG_IN, {"login": email, "password": password})


# --- Signing up ---


def test_a_colleague_signs_up_confirms_and_is_in() -> None:
    browser = Client()
    assert sign_up(browser).status_code == 302
    assert not is_in(browser)
    answer = browser.post(CONFIRM, {"code": code_in(mail.outbox[-1])})
    assert answer.status_code == 302
    assert is_in(browser)
    nina = User.objects.get(email="nina@example.org")
    assert (nina.name, nina.handle, nina.is_active, nina.is_guest) == ("Nina New", "nina.new", True, False)
    assert EmailAddress.objects.get(user=nina).verified
    again = Client()
    log_in(again, "NINA@example.org", STRONG)
    assert is_in(again)


def test_nobody_sees_a_person_who_has_not_confirmed() -> None:
    alice = make.person("Alice Archer")
    sign_up(Client())
    pending = User.objects.get(email="nina@example.org")
    assert not User.objects.visible_to(alice).filter(pk=pending.pk).exists()
    assert make.client(alice).get(pending.get_absolute_url()).status_code == 404
    assert b"Nina" not in make.client(alice).get("/people/?q=nina").content
    assert make.client(alice).get("/people/complete/?q=nina").json() == []


def test_a_wrong_code_lets_nobody_in() -> None:
    browser = Client()
    sign_up(browser)
    browser.post(CONFIRM, {"code": "AAAA-BBBB"})
    assert not is_in(browser)
    assert not User.objects.get(email="nina@example.org").is_active


def test_a_code_is_worth_nothing_in_another_browser() -> None:
    browser, thief = Client(), Client()
    sign_up(browser)
    code = code_in(mail.outbox[-1])
    thief.post(CONFIRM, {"code": code})
    assert not is_in(thief)
    browser.post(CONFIRM, {"code": code})
    assert is_in(browser)


def test_a_stranger_leaves_nothing_on_an_account_that_its_owner_confirms() -> None:
    """The stranger signs up with Nina's address first, and again while she is at it; her password stands."""
    nina, stranger = Client(), Client()
    sign_up(stranger, name="Stranger", password="stranger-danger-12")
    sign_up(nina)
    hers = code_in(mail.outbox[-1])
    sign_up(stranger, name="Stranger", password="stranger-danger-12")
    nina.post(CONFIRM, {"code": hers})
    assert is_in(nina)
    person = User.objects.get(email="nina@example.org")
    assert person.name == "Nina New"
    assert person.check_password(STRONG)
    log_in(stranger, "nina@example.org", "stranger-danger-12")
    assert not is_in(stranger)


@pytest.mark.parametrize(
    "email",
    [
        "x@elsewhere.example",
        "x@sub.example.org",
        "x@notexample.org",
        "x@example.org.evil.example",
        "x@EXAMPLE.ORG@evil.example",
    ],
)
def test_only_addresses_of_the_company_sign_up(email: str) -> None:
    answer = sign_up(Client(), email=email)
    assert answer.status_code == 200
    assert not User.objects.filter(name="Nina New").exists()
    assert mail.outbox == []


def test_nobody_signs_up_where_no_domain_is_named() -> None:
    SiteSettings(allowed_domains="").save()
    assert sign_up(Client()).status_code == 200
    assert not User.objects.exists()


@pytest.mark.parametrize("password", ["short", "password123", "x" * 1_000_001, " " * 12])
def test_a_bad_password_is_refused_in_words(password: str) -> None:
    assert sign_up(Client(), password=password).status_code in (200, 413)
    assert not User.objects.exists()


def test_a_long_password_of_any_letters_works() -> None:
    browser = Client()
    sign_up(browser, password="  Größe 漢字 " * 8)
    browser.post(CONFIRM, {"code": code_in(mail.outbox[-1])})
    again = Client()
    log_in(again, "nina@example.org", "  Größe 漢字 " * 8)
    assert is_in(again)


def test_a_placeholder_is_claimed_by_the_confirmed_owner_of_its_address() -> None:
    old = actions.create_person(
        email="lotte@example.org",
        name="Lotte Maes",
        is_active=False,
        is_placeholder=True,
        deactivated_at=timezone.now(),
        origin="yammer:12",
        quiet=True,
    )
    browser = Client()
    sign_up(browser, email="lotte@example.org", name="Somebody")
    assert not User.objects.get(pk=old.pk).is_active
    browser.post(CONFIRM, {"code": code_in(mail.outbox[-1])})
    assert is_in(browser)
    lotte = User.objects.get(pk=old.pk)
    assert (lotte.name, lotte.is_placeholder, lotte.is_active, lotte.deactivated_at) == (
        "Lotte Maes",
        False,
        True,
        None,
    )
    assert lotte.check_password(STRONG)


def test_someone_who_left_cannot_come_back_by_signing_up() -> None:
    ada, dave = make.person("Ada Abbott", is_admin=True), make.person("Dave Dyer")
    actions.deactivate(person=dave, by=ada)
    browser = Client()
    answer = sign_up(browser, email="dave@example.org")
    assert answer.status_code == 302
    dave.refresh_from_db()
    assert not dave.is_active
    assert dave.check_password(make.PASSWORD)
    assert not is_in(browser)


def test_unfinished_sign_ups_are_dropped_and_nobody_else() -> None:
    alice = make.person("Alice Archer")
    sign_up(Client())
    User.objects.filter(email="nina@example.org").update(date_joined=timezone.now() - timedelta(days=4))
    actions.drop_unfinished()
    assert list(User.objects.all()) == [alice]


# --- What the pages say of who is here ---


def scrubbed(answer) -> bytes:
    """A page without what differs in every answer, and without the address that was typed."""
    body = re.sub(rb'(csrfmiddlewaretoken" value|nonce|X-CSRFToken": )[=:]? ?"[^"]+"', b"", answer.content)
    body = re.sub(rb"&quot;X-CSRFToken&quot;: &quot;[^&]+&quot;", b"", body)
    return re.sub(rb"(known|other|left)@example\.org", b"ADDRESS", body)


@pytest.mark.parametrize("page", ["signup", "login", "code", "reset"])
@pytest.mark.parametrize("address", ["known@example.org", "left@example.org"])
def test_no_page_tells_whether_an_address_is_known(page: str, address: str) -> None:
    ada = make.person("Ada Abbott", is_admin=True)
    make.person("Known Colleague", email="known@example.org")
    left = make.person("Left Colleague", email="left@example.org")
    actions.deactivate(person=left, by=ada)

    def ask(email: str) -> tuple:
        browser = Client()
        if page == "signup":
            answer = sign_up(browser, email=email)
        elif page == "login":
            answer = log_in(browser, email, "not-the-password")
        elif page == "code":
            answer = browser.post("/accounts/login/code/", {"email": email})
        else:
            answer = browser.post("/accounts/password/reset/", {"email": email})
        after = browser.get(answer["Location"]) if answer.status_code == 302 else answer
        headers = sorted(name for name in after.headers if name != "Content-Length")
        return answer.status_code, answer.get("Location"), after.status_code, headers, scrubbed(after)

    assert ask(address) == ask("other@example.org")


# --- Signing in ---


def test_a_code_by_mail_signs_in_and_works_once() -> None:
    make.person("Alice Archer")
    browser, thief = Client(), Client()
    browser.post("/accounts/login/code/", {"email": "alice@example.org"})
    code = code_in(mail.outbox[-1])
    thief.post("/accounts/login/code/", {"email": "alice@example.org"})
    thief.post("/accounts/login/code/confirm/", {"code": code})
    assert not is_in(thief)
    browser.post("/accounts/login/code/confirm/", {"code": code})
    assert is_in(browser)


def test_signing_in_changes_the_session_key() -> None:
    make.person("Alice Archer")
    browser = Client()
    browser.get(LOG_IN)
    session = browser.session
    session["before"] = 1
    session.save()
    before = browser.session.session_key
    log_in(browser, "alice@example.org")
    assert is_in(browser)
    assert browser.session.session_key != before


def test_many_wrong_passwords_are_slowed_down_and_say_so() -> None:
    make.person("Alice Archer")
    browser = Client()
    statuses = [log_in(browser, "alice@example.org", f"wrong-{number}").status_code for number in range(12)]
    assert 429 in statuses or "Too many" in log_in(browser, "alice@example.org", "wrong").content.decode()
    assert not is_in(browser)


@pytest.mark.parametrize("header", ["203.0.113.9", "198.51.100.4"])
def test_a_made_up_address_of_the_browser_does_not_lift_the_limit(header: str) -> None:
    make.person("Alice Archer")
    browser = Client()
    for number in range(12):
        log_in(browser, "alice@example.org", f"wrong-{number}")
    browser.post(LOG_IN, {"login": "alice@example.org", "password": make.PASSWORD}, HTTP_X_FORWARDED_FOR=header)
    assert not is_in(browser)


EVIL = [
    "//evil.example",
    "/\\evil.example",
    "https:evil.example",
    "https://evil.example",
    "http://localhost@evil.example/",
    "/%0d%0aLocation:evil",
    "\r\nLocation: https://evil.example",
    "javascript:alert(1)",
    "///evil.example",
    "\t//evil.example",
    "/good@evil\\..\\evil",
    "data:text/html,x",
]


@pytest.mark.parametrize("target", EVIL)
def test_no_next_leads_elsewhere(target: str) -> None:
    make.person("Alice Archer")
    browser = Client()
    answers = [
        browser.post("/language/", {"language": "nl", "next": target}),
        browser.post(f"{LOG_IN}", {"login": "alice@example.org", "password": make.PASSWORD, "next": target}),
        browser.post("/theme/", {"theme": "dark", "next": target}),
        browser.post("/accounts/logout/", {"next": target}),
    ]
    for answer in answers:
        place = answer.get("Location", "/")
        # One slash at the start and no second one, as a browser reads it: a path of ours, whatever it says.
        assert re.fullmatch(r"/(?![/\\]).*", place), place


def test_a_path_of_ours_is_followed_after_signing_in() -> None:
    make.person("Alice Archer")
    answer = Client().post(
        LOG_IN, {"login": "alice@example.org", "password": make.PASSWORD, "next": "/groups/?view=mine"}
    )
    assert answer["Location"] == "/groups/?view=mine"


# --- Being signed out ---


def test_deactivating_ends_every_session_at_once_and_for_good() -> None:
    ada, bob = make.person("Ada Abbott", is_admin=True), make.person("Bob Baker")
    first, second, other = Client(), Client(), Client()
    for browser in (first, second):
        log_in(browser, "bob@example.org")
        assert is_in(browser)
    log_in(other, "ada@example.org")
    actions.deactivate(person=bob, by=ada)
    assert not is_in(first) and not is_in(second)
    assert is_in(other)
    assert not UserSession.objects.filter(user=bob).exists()
    fresh = Client()
    log_in(fresh, "bob@example.org")
    assert not is_in(fresh)
    letters = len(mail.outbox)
    fresh.post("/accounts/login/code/", {"email": "bob@example.org"})
    assert not [letter for letter in mail.outbox[letters:] if "code" in letter.subject]
    actions.reactivate(person=bob, by=ada)
    assert not is_in(first) and not is_in(second)
    again = Client()
    log_in(again, "bob@example.org")
    assert is_in(again)


def test_someone_deactivated_between_two_steps_is_not_signed_in() -> None:
    ada, bob = make.person("Ada Abbott", is_admin=True), make.person("Bob Baker")
    browser = Client()
    browser.post("/accounts/login/code/", {"email": "bob@example.org"})
    code = code_in(mail.outbox[-1])
    actions.deactivate(person=bob, by=ada)
    browser.post("/accounts/login/code/confirm/", {"code": code})
    assert not is_in(browser)


def test_signing_out_everywhere_leaves_no_session() -> None:
    make.person("Alice Archer")
    here, there = Client(), Client()
    for browser in (here, there):
        log_in(browser, "alice@example.org")
    assert here.post("/settings/sessions/end/").status_code == 302
    assert not is_in(here) and not is_in(there)


def test_a_new_password_ends_other_sessions() -> None:
    make.person("Alice Archer")
    here, there = Client(), Client()
    for browser in (here, there):
        log_in(browser, "alice@example.org")
    here.post("/accounts/password/reset/", {"email": "alice@example.org"})
    link = re.search(r"http://\S+(/accounts/password/reset/key/\S+)", mail.outbox[-1].body)
    assert link, mail.outbox[-1].body
    reset = Client()
    page = reset.get(link[1])
    assert page.status_code == 302
    assert is_in(there)
    answer = reset.post(page["Location"], {"password1": STRONG, "password2": STRONG})
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    assert not is_in(there)
    again = Client().get(link[1])
    assert again.status_code == 200 or "set-password" not in again.get("Location", "")


def test_a_guest_is_nobody_from_the_moment_their_time_is_over() -> None:
    gil = make.person("Gil Guest", is_guest=True, guest_until=timezone.now() + timedelta(hours=1))
    browser = Client()
    log_in(browser, "gil@example.org")
    assert is_in(browser)
    User.objects.filter(pk=gil.pk).update(guest_until=timezone.now() - timedelta(seconds=1))
    assert not is_in(browser)
    fresh = Client()
    log_in(fresh, "gil@example.org")
    assert not is_in(fresh)
    assert actions.expire_guests() == 1
    gil.refresh_from_db()
    assert not gil.is_active


def test_an_anonymous_visitor_is_sent_to_sign_in_and_sees_nothing() -> None:
    alice = make.person("Alice Archer")
    group = make.group(alice, "Hushed plans")
    for path in (
        "/people/",
        "/settings/",
        "/groups/",
        alice.get_absolute_url(),
        group.get_absolute_url(),
        "/people/complete/?q=a",
    ):
        answer = Client().get(path)
        assert answer.status_code == 302 and answer["Location"].startswith(LOG_IN), path
        assert b"Hushed" not in answer.content


def test_an_address_elsewhere_is_no_new_address_for_a_colleague() -> None:
    alice = make.person("Alice Archer")
    browser = Client()
    log_in(browser, "alice@example.org")
    browser.post("/accounts/email/", {"action_add": "", "email": "alice@evil.example"})
    assert not EmailAddress.objects.filter(email="alice@evil.example").exists()
    alice.refresh_from_db()
    assert alice.email == "alice@example.org"


def test_letters_about_an_account_are_ours_in_the_language_of_who_has_it() -> None:
    ada = make.person("Ada Abbott", language="de")
    cases = (
        ("/accounts/login/code/", {"email": ada.email}, "Dein Code zum Anmelden", ""),
        ("/accounts/password/reset/", {"email": ada.email}, "Ein neues Passwort", "/accounts/password/reset/key/"),
        ("/accounts/password/reset/", {"email": "nobody@example.org"}, "Il n’y a pas de compte", "/accounts/signup/"),
        ("/accounts/signup/", {"email": ada.email, "name": "Ada", "password1": STRONG}, "Du hast schon", "/reset/"),
    )
    for path, data, subject, link in cases:
        letters = len(mail.outbox)
        Client(headers={"accept-language": "fr", "host": "localhost"}).post(path, data)
        (letter,) = mail.outbox[letters:]
        html = letter.alternatives[0][0]
        assert letter.subject.startswith(subject) and letter.to == [data["email"]]
        assert current().network_name in letter.body and current().network_name in html
        # Not what the request called its host, but where the network is.
        assert link in letter.body and settings.BASE_URL + "/" in letter.body and "http://localhost/" not in letter.body
    browser = Client()
    log_in(browser, ada.email)
    letters = len(mail.outbox)
    changed = {"oldpassword": make.PASSWORD, "password1": "another-long-one-7", "password2": "another-long-one-7"}
    browser.post("/accounts/password/change/", changed, headers={"user-agent": "<b>Fox</b>"})
    (letter,) = mail.outbox[letters:]
    assert letter.subject == "Dein Passwort wurde geändert" and "127.0.0.1" in letter.body
    assert "<b>Fox</b>" in letter.body and "<b>Fox</b>" not in letter.alternatives[0][0]
