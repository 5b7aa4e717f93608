"""Letters that people get by mail about coming to the network and about their account. (What happens inside it is told
by the inbox.)"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from core import letters
from core.text import one_line
from people.actions import token_of
from people.models import Invitation, User

#: Characters of what a browser says of itself that a letter repeats.
_BROWSER_CHARS = 120


def invitation(letter: Invitation) -> None:
    """Write to an invited address, in the inviter's language.

    Raises:
        OSError: the mail server does not take it now.
    """
    with translation.override(letter.invited_by.language or settings.LANGUAGE_CODE):
        words = {
            "inviter": letter.invited_by,
            "link": settings.BASE_URL + reverse("people:invitation", args=[token_of(letter)]),
            "letter": letter,
        }
        mail = letters.compose(to=letter.email, template="people/letters/invitation", context=words)
    mail.send()


class _Said(NamedTuple):
    """What a letter about an account says."""

    subject: str
    #: What happened, or what to do.
    lead: str
    #: What the button says, and what it opens: an address of the context by its name there, or a page of ours.
    label: str = ""
    link: str = ""
    #: What if it was somebody else.
    note: str = ""


def account(name: str, *, to: str, context: Mapping[str, Any]) -> EmailMultiAlternatives:
    """A letter about somebody's account, in the language of the person, or of the page where nobody has the address.

    Args:
        name: which one, as allauth calls it: `login_code`, `password_changed` …
        to: the address.
        context: what allauth hands over: `code`, or an address, or what was changed and from where.

    Raises:
        LookupError: there is no such letter.

    Security door: an address in it begins with that of the network as its administrator wrote it down, not as the
    request named its host.
    """
    person = context.get("user") or User.objects.filter(email__iexact=to).first()
    language = (person.language if person else "") or translation.get_language() or settings.LANGUAGE_CODE
    with translation.override(language):
        said = _said(name, context)
        link = context.get(said.link) or (said.link and reverse(said.link))
        path = urlsplit(str(link))._replace(scheme="", netloc="").geturl()
        return letters.compose(
            to=to,
            subject=said.subject,
            template="people/letters/account",
            context={
                "said": said,
                "code": context.get("code", ""),
                "link": settings.BASE_URL + path if path else "",
                "at": context.get("timestamp"),
                "ip": context.get("ip", ""),
                "browser": one_line(str(context.get("user_agent", "")), _BROWSER_CHARS),
            },
            headers={"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"},
        )


def _said(name: str, context: Mapping[str, Any]) -> _Said:
    leave = _("If you did not ask for it, leave this mail: nothing happens.")
    # What was done cannot be undone by leaving it.
    renew = (
        _("Choose a new password"),
        "account_reset_password",
        _("If it was not you, choose a new password at once, and tell your administrators."),
    )
    match name:
        case "login_code":
            return _Said(
                _("Your code to log in"),
                _("Type this code where you are logging in:"),
                note=_("If you are not logging in, leave this mail: nobody gets in without the code."),
            )
        case "email_confirmation" | "email_confirmation_signup":
            return _Said(
                _("Your code to confirm this address"), _("Type this code where you were asked for it:"), note=leave
            )
        case "password_reset_key":
            return _Said(
                _("A new password"),
                _("Somebody, most likely you, asked for a new password for your account."),
                _("Choose a new password"),
                "password_reset_url",
                _("If it was not you, leave this mail: your password stays as it is."),
            )
        case "account_already_exists":
            return _Said(
                _("You have an account already"),
                _("Somebody, most likely you, wanted to make an account with this address. There is one already."),
                _("Choose a new password"),
                "password_reset_url",
                leave,
            )
        case "unknown_account":
            return _Said(
                _("There is no account with this address"),
                _("Somebody, most likely you, wanted to log in with this address, and no account has it."),
                _("Make an account"),
                "signup_url",
                leave,
            )
        case "password_reset" | "password_changed" | "password_set":
            return _Said(_("Your password was changed"), _("Your account has a new password."), *renew)
        case "email_changed":
            moved = {"old": context["from_email"], "new": context["to_email"]}
            return _Said(
                _("Your address was changed"),
                _("Your account had the address %(old)s and now has %(new)s.") % moved,
                *renew,
            )
        case "email_confirm":
            return _Said(
                _("Your address is confirmed"), _("An address of your account has been confirmed by a code."), *renew
            )
        case "email_deleted":
            return _Said(
                _("An address was taken off your account"),
                _("Your account no longer has the address %(address)s.") % {"address": context["deleted_email"]},
                *renew,
            )
    raise LookupError(name)
