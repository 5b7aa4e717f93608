"""What is told by mail: the letter itself, and the way to have no more of its kind.

Security door: a letter lies in a mailbox that is not ours. Its headers name the kind of notice and never a place; what
it says of a secret group, the room of the row decides (`registry.Kind.mail`), and by default that is nothing.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from core import letters, site
from core.content import Content
from inbox import registry
from inbox.models import Delivery, Preference

#: Signs addresses that end one kind of mail for one person, and serve for nothing else.
_SALT = "inbox.letters.stop"


def write(*, delivery: Delivery, person: Any, kind: registry.Kind, about: Content) -> EmailMultiAlternatives:
    """The letter of one delivery, in the language of who gets it.

    Raises:
        LookupError: its kind is not told by mail.
    """
    if kind.mail is None:
        raise LookupError(kind.verb)
    stop = settings.BASE_URL + reverse("inbox:stop", args=[token(person, kind)])
    with translation.override(person.language or settings.LANGUAGE_CODE):
        words = kind.mail(about) or registry.Words(
            _("There is something new in %(network)s") % {"network": site.current().network_name}, "inbox/mail/bare", {}
        )
        return letters.compose(
            to=person.email,
            subject=words.subject,
            template=words.template,
            context={
                "link": settings.BASE_URL + about.get_absolute_url(),
                "stop": stop,
                "choices": settings.BASE_URL + reverse("inbox:preferences"),
                **words.context,
            },
            headers={
                # The same each time it is sent: a program that has it already knows it again.
                "Message-ID": f"<{delivery.public_id}@{letters.host()}>",
                "List-ID": f"<{kind.verb.replace('.', '-')}.{letters.host()}>",
                # One press in the program for mail, without signing in (RFC 8058).
                "List-Unsubscribe": f"<{stop}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
                # So that nobody's absence is answered to us (RFC 3834).
                "Auto-Submitted": "auto-generated",
                "X-Auto-Response-Suppress": "All",
            },
        )


def token(person: Any, kind: registry.Kind) -> str:
    """A secret with which that person's mails of that kind end; good for nothing else, and for ever."""
    return signing.dumps([person.public_id, kind.verb], salt=_SALT, compress=False)


def behind(text: str) -> tuple[Any, registry.Kind] | None:
    """Whose mails of which kind a secret ends; None whatever is the matter with it."""
    try:
        public_id, verb = signing.loads(text, salt=_SALT)
    except (signing.BadSignature, TypeError, ValueError):
        return None
    kind = registry.get(verb)
    person = get_user_model()._default_manager.filter(public_id=public_id, is_active=True).first()
    if kind is None or person is None or Preference.Channel.MAIL not in kind.channels:
        return None
    return person, kind
