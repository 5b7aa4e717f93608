"""Letters that people get by mail about coming to the network. (What happens inside it is told by the inbox.)"""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from core import letters
from people.actions import token_of
from people.models import Invitation


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
