"""One request each, parsed and checked; nothing is saved here."""

from __future__ import annotations

import zoneinfo
from datetime import datetime, time
from typing import Any, cast

from allauth.account import forms as allauth
from allauth.core import context
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from core import limits
from core.text import CleanCharField, CleanTextField
from people import actions
from people.adapter import invitation_in
from people.models import User
from people.permissions import is_company_address


def _password_length(form: Any, field: str = "password1") -> None:
    """A password of a megabyte is refused before it is hashed."""
    value = form.data.get(form.add_prefix(field), "")
    if isinstance(value, str):
        limits.check(limits.PASSWORD_CHARS, value)


class SignUp(allauth.SignupForm):
    """Name, address and password of a newcomer.

    `invitation` is the one they came with, `password_hash` what to keep of the password. The hash is made for every
    valid form, so that an address that is known takes as long as one that is not.
    """

    name = CleanCharField(
        label=_("Your name"), limit=limits.NAME_CHARS, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    field_order = ("name", "email", "password1")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.invitation = invitation_in(context.request)
        self.password_hash = ""
        if self.invitation is not None:
            self.fields["email"].initial = self.invitation.email
            self.fields["email"].disabled = True

    def clean_email(self) -> str:
        """The invited address, or one of the company's domains.

        Raises:
            ValidationError: neither; it says nothing about who has an account.
        """
        if self.invitation is not None:
            self.account_already_exists = actions.is_taken(self.invitation.email)
            return self.invitation.email
        return super().clean_email()

    def validate_unique_email(self, value: str) -> str:
        """Whether the address has an account is kept for a letter to it; the page never tells."""
        try:
            address = actions.clean_address(value)
        except ValidationError as error:
            raise ValidationError(error.messages) from error
        if not is_company_address(address):
            raise ValidationError(
                _t("Sign up with your company's e-mail address, or ask a colleague for an invitation.")
            )
        self.account_already_exists = actions.is_taken(address)
        return address

    def clean(self) -> dict[str, Any]:
        """Hash the password once everything is in order."""
        _password_length(self)
        data = super().clean()
        if not self.errors and data.get("password1"):
            self.password_hash = actions.hash_password(data["password1"])
        return data


class LogIn(allauth.LoginForm):
    """Address and password."""

    def clean(self) -> dict[str, Any]:
        _password_length(self, "password")
        return super().clean()


class NewAddress(allauth.AddEmailForm):
    """Another address for oneself."""

    def clean_email(self) -> str:
        """An address of the company, or of the domain one has already.

        Raises:
            ValidationError: another domain, or one's own address already.
        """
        address = super().clean_email()
        if not actions.may_have_address(person=self.user, email=address):
            raise ValidationError(_t("Use an address of your company."))
        return address


class Profile(forms.Form):
    """What a profile says."""

    name = CleanCharField(
        label=_("Name"), limit=limits.NAME_CHARS, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    job_title = CleanCharField(label=_("Job title"), limit=limits.PROFILE_CHARS, required=False)
    department = CleanCharField(label=_("Department"), limit=limits.PROFILE_CHARS, required=False)
    location = CleanCharField(label=_("Place"), limit=limits.PROFILE_CHARS, required=False)
    phone = CleanCharField(
        label=_("Phone"),
        limit=limits.PROFILE_CHARS,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "tel"}),
    )
    pronouns = CleanCharField(
        label=_("Pronouns"),
        limit=limits.PROFILE_CHARS,
        required=False,
        help_text=_("How colleagues should speak of you."),
    )
    manager = CleanCharField(
        label=_("Manager"),
        limit=limits.EMAIL_CHARS,
        required=False,
        help_text=_("The @handle or e-mail address of the person you report to."),
    )
    bio = CleanTextField(
        label=_("About me"), limit=limits.BIO_CHARS, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        """Args: `person` is who fills it in: themselves, or an administrator."""
        super().__init__(*args, **kwargs)
        self.person = person

    def clean_manager(self) -> User | None:
        """The person behind a handle or an address.

        Raises:
            ValidationError: there is none.
        """
        value = self.cleaned_data["manager"].strip().lstrip("@").lower()
        if not value:
            return None
        # Security door: whoever may not know a person does not learn of them by naming them here.
        people = User.objects.visible_to(self.person).employees()
        person = people.filter(handle=value).first() or people.filter(email=value).first()
        if person is None:
            raise ValidationError(_t("Nobody here has this handle or address."))
        return person

    @staticmethod
    def initial_of(person: User) -> dict[str, Any]:
        """What the form shows of a person at first."""
        values = {field: getattr(person, field) for field in (*actions.LINES, "bio")}
        return {**values, "manager": f"@{person.manager.handle}" if person.manager else ""}


class Photo(forms.Form):
    """A picture of oneself."""

    photo = forms.FileField(
        label=_("Picture"), widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/gif,image/webp"})
    )


def _zones() -> list[tuple[str, str]]:
    return [("", _t("As the network"))] + [
        (zone, zone.replace("_", " ")) for zone in sorted(zoneinfo.available_timezones()) if "/" in zone
    ]


class Reading(forms.Form):
    """How one reads the network: language, clock, light."""

    language = forms.ChoiceField(label=_("Language"), required=False)
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=_zones, required=False)
    theme = forms.ChoiceField(label=_("Appearance"), choices=User.Theme.choices, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = cast(forms.ChoiceField, self.fields["language"])
        language.choices = [("", _t("As my browser")), *settings.LANGUAGES]


class Invite(forms.Form):
    """Addresses to invite to the network."""

    emails = CleanTextField(
        label=_("E-mail addresses"),
        limit=limits.POST_CHARS,
        help_text=_("One a line, or with commas between them."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    as_guest = forms.BooleanField(label=_("As guests: they see only the groups they are added to"), required=False)
    guest_until = forms.DateField(
        label=_("Guests may stay until"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def clean_emails(self) -> list[str]:
        """The addresses, each once.

        Raises:
            ValidationError: one is no address, or there are too many.
        """
        found = self.cleaned_data["emails"].replace(",", " ").replace(";", " ").split()
        limits.check(limits.INVITATIONS_AT_ONCE, found)
        try:
            return list(dict.fromkeys(actions.clean_address(one) for one in found))
        except ValidationError as error:
            raise ValidationError(error.messages) from error

    def clean_guest_until(self) -> Any:
        """The end of that day, in the inviter's own time."""
        day = self.cleaned_data["guest_until"]
        if day is None:
            return None
        if day <= timezone.localdate():
            raise ValidationError(_t("Choose a day in the future."))
        return timezone.make_aware(datetime.combine(day, time(23, 59, 59)))
