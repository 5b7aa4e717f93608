"""Our answers to what allauth asks while someone signs up, confirms an address or signs in."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.core.mail import EmailMessage
from django.http import HttpRequest, HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme

from core import site
from people import actions, letters
from people.models import Invitation, User

#: Where the session keeps the secret of the invitation that someone came with …
INVITATION = "people.invitation"
#: … and what they typed at sign-up, until the code from the mail proves whose address it is.
SIGN_UP = "people.sign_up"


def invitation_in(request: HttpRequest) -> Invitation | None:
    """The invitation that this visitor came with, if it can still be used."""
    token = request.session.get(INVITATION)
    return actions.open_invitation(token) if isinstance(token, str) else None


class Adapter(DefaultAccountAdapter):
    """allauth's adapter with our rules."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Whether this visitor may sign up at all: the company named domains, or they came with an invitation."""
        return bool(site.current().allowed_domains) or invitation_in(request) is not None

    def save_user(self, request: HttpRequest, user: Any, form: Any, commit: bool = True) -> User:
        """Write the account: in use at once with an invitation, else pending until the address is confirmed."""
        data = form.cleaned_data
        if form.invitation is not None:
            person = actions.join_by_invitation(
                token=request.session.pop(INVITATION), name=data["name"], password_hash=form.password_hash
            )
            self.stash_verified_email(request, person.email)
            return person
        person = actions.begin_sign_up(email=data["email"], name=data["name"])
        request.session[SIGN_UP] = {"pk": person.pk, "name": data["name"], "password": form.password_hash}
        return person

    def pre_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse | None:
        """A pending account may go on to the step that asks for the code; nobody else who is inactive may."""
        if kwargs.get("signup") and actions.is_claimable(user):
            return None
        if user.is_expired:
            return self.respond_user_inactive(request, user)
        return super().pre_login(request, user, **kwargs)

    def confirm_email(self, request: HttpRequest, email_address: Any) -> bool:
        """The address is theirs: open the account that waited for it.

        Security door: only the browser that signed up holds what was typed then, and only with it the account opens.
        Whoever merely has the code, or merely signed up, gets nowhere.
        """
        person = email_address.user
        if not person.is_active:
            typed = request.session.pop(SIGN_UP, None)
            if not isinstance(typed, dict) or typed.get("pk") != person.pk or not actions.is_claimable(person):
                return False
            email_address.user = actions.finish_sign_up(
                person=person, name=typed["name"], password_hash=typed["password"]
            )
        return super().confirm_email(request, email_address)

    def login(self, request: HttpRequest, user: Any) -> None:
        """Sign in with the account as it is now, not as it was when the first step began.

        Security door: a person deactivated between the steps is not signed in.
        """
        now = User.objects.get(pk=user.pk)
        if not now.is_active or now.is_expired:
            from allauth.core.exceptions import ImmediateHttpResponse

            raise ImmediateHttpResponse(self.respond_user_inactive(request, now))
        if hasattr(user, "backend"):
            now.backend = user.backend
        super().login(request, now)
        request.session.pop(SIGN_UP, None)
        actions.signed_in(person=now)

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        """On a device that has no choice of its own, pages come in the light that the person chose."""
        answer = super().post_login(request, user, **kwargs)
        if getattr(user, "theme", "") and "theme" not in request.COOKIES:
            set_theme(answer, user.theme)
        return answer

    def is_safe_url(self, url: str | None) -> bool:
        """Whether we send someone on to this address: a path of ours, nothing else."""
        return is_own_path(self.request, url)

    def render_mail(
        self,
        template_prefix: str,
        email: str | list[str],
        context: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> EmailMessage:
        """The mails about an account, in our own words and look.

        Raises:
            LookupError: allauth has a letter that we have no words for.
        """
        (to,) = [email] if isinstance(email, str) else email
        letter = letters.account(template_prefix.rpartition("/")[2], to=to, context=context)
        letter.extra_headers.update(headers or {})
        return letter


def set_theme(answer: HttpResponse, theme: str) -> None:
    """Keep light or dark in the cookie that the first paint reads; empty for as the device."""
    if not theme:
        answer.delete_cookie("theme", samesite="Lax")
        return
    answer.set_cookie(
        "theme", theme, max_age=60 * 60 * 24 * 365, secure=settings.LANGUAGE_COOKIE_SECURE, samesite="Lax"
    )


def is_own_path(request: HttpRequest | None, url: str | None) -> bool:
    """Whether `url` is a plain path of this site.

    Security door: no scheme, no host, no second slash, no backslash, no control character.
    """
    if not url or not url.startswith("/") or any(ord(character) < 33 or character == "\\" for character in url):
        return False
    return url_has_allowed_host_and_scheme(url, allowed_hosts=set())
