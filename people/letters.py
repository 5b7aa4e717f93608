"""Letters that people get by mail about coming to the network. (What happens inside it is told by the inbox.)"""

from __future__ import annotations

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from core import site
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
            "network_name": site.current().network_name,
            "link": settings.BASE_URL + reverse("people:invitation", args=[token_of(letter)]),
            "letter": letter,
        }
        subject = " ".join(render_to_string("people/letters/invitation_subject.txt", words).split())
        mail = EmailMultiAlternatives(
            subject,
            render_to_string("people/letters/invitation.txt", words),
            settings.DEFAULT_FROM_EMAIL,
            [letter.email],
        )
        mail.attach_alternative(render_to_string("people/letters/invitation.html", words), "text/html")
        mail.send()
