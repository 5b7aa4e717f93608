"""One request each, parsed and checked; nothing is saved here."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from core import limits
from core.text import CleanCharField, CleanTextField
from groups.models import Group, Membership


class GroupForm(forms.Form):
    """Name, purpose and rules of a group."""

    name = CleanCharField(label=_("Name"), limit=limits.GROUP_NAME_CHARS)
    description = CleanTextField(
        label=_("What it is for"),
        limit=limits.DESCRIPTION_CHARS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    privacy = forms.ChoiceField(label=_("Who can read it"), choices=Group.Privacy.choices, widget=forms.RadioSelect)
    join = forms.ChoiceField(label=_("How people join"), choices=Group.Join.choices, widget=forms.RadioSelect)
    history = forms.ChoiceField(label=_("Earlier posts"), choices=Group.History.choices, widget=forms.RadioSelect)

    def clean(self) -> dict[str, Any]:
        """A secret group is by invitation.

        Raises:
            ValidationError: another way to join was chosen for it.
        """
        data = super().clean() or {}
        if data.get("privacy") == Group.Privacy.SECRET and data.get("join") not in (None, Group.Join.INVITE):
            self.add_error("join", _t("A secret group is joined by invitation only."))
        return data


class Opening(forms.Form):
    """What happens with earlier posts when a private group becomes public."""

    history_choice = forms.ChoiceField(choices=[("closed", ""), ("open", "")])
    seen_count = forms.IntegerField(min_value=0)


class Cover(forms.Form):
    """A picture for a group."""

    cover = forms.FileField(
        label=_("Cover picture"), widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/gif,image/webp"})
    )


class Asking(forms.Form):
    """A word with a request to join."""

    message = CleanTextField(
        label=_("Why you would like to join"),
        limit=limits.REQUEST_CHARS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class Deciding(forms.Form):
    """Yes or no to a request, with a word."""

    accept = forms.ChoiceField(choices=[("1", ""), ("0", "")])
    answer = CleanTextField(limit=limits.REQUEST_CHARS, required=False)


class Role(forms.Form):
    """A role for a member."""

    role = forms.ChoiceField(choices=Membership.Role.choices)


class Invite(forms.Form):
    """People to ask into a group."""

    people = CleanTextField(
        label=_("People"),
        limit=limits.POST_CHARS,
        help_text=_("@handles or e-mail addresses, with commas or lines between them."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    guest_until = forms.DateField(
        label=_("Guests may stay until"),
        required=False,
        help_text=_("People from outside the company come as guests. Empty for no end."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def clean_people(self) -> list[str]:
        """Handles and addresses, each once.

        Raises:
            ValidationError: too many.
        """
        found = list(dict.fromkeys(self.cleaned_data["people"].replace(",", " ").replace(";", " ").lower().split()))
        limits.check(limits.INVITATIONS_AT_ONCE, found)
        return found

    def clean_guest_until(self) -> datetime | None:
        """The end of that day, in the inviter's own time."""
        day = self.cleaned_data["guest_until"]
        if day is None:
            return None
        if day <= timezone.localdate():
            raise ValidationError(_t("Choose a day in the future."))
        return timezone.make_aware(datetime.combine(day, time(23, 59, 59)))
