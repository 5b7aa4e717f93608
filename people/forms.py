"""One request each, parsed and checked; nothing is saved here."""

from __future__ import annotations

import zoneinfo
from typing import Any, cast

from allauth.account import forms as allauth
from allauth.core import context
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.dates import MONTHS
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from core import limits, site
from core.forms import end_of
from core.text import CleanCharField, CleanTextField
from people import actions
from people.adapter import invitation_in
from people.models import SEEN, ProfileField, ProfileValue, User
from people.permissions import is_company_address, may_fill

#: A field for one colleague, whose names are offered while one types.
COLLEAGUE = {"autocomplete": "off", "spellcheck": "false", "data-colleague": _("People")}


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


def _colleague(value: str, *, reader: User) -> User | None:
    """The colleague behind a handle or an address; None for an empty text.

    Raises:
        ValidationError: there is none.
    """
    value = value.strip().lstrip("@").lower()
    if not value:
        return None
    # Security door: whoever may not know a person does not learn of them by naming them here.
    people = User.objects.visible_to(reader).employees()
    person = people.filter(handle=value).first() or people.filter(email=value).first()
    if person is None:
        raise ValidationError(_t("Nobody here has this handle or address."))
    return person


def _control(field: ProfileField) -> forms.Field:
    """The control for what may stand in a field of the company's own."""
    kinds = ProfileField.Kind
    if field.kind == kinds.CHOICE:
        return forms.ChoiceField(
            label=field.name, required=False, choices=[("", "—"), *((one, one) for one in field.listed)]
        )
    if field.kind == kinds.DATE:
        return forms.DateField(
            label=field.name, required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        )
    if field.kind == kinds.LONG:
        return CleanTextField(
            label=field.name, limit=limits.BIO_CHARS, required=False, widget=forms.Textarea(attrs={"rows": 3})
        )
    return CleanCharField(label=field.name, limit=limits.PROFILE_CHARS, required=False)


def _seen(field: ProfileField) -> str:
    """Who sees what stands in a field, for whom it is about."""
    return {
        "all": _t("Whoever sees you sees it, guests too."),
        "colleagues": _t("Colleagues see it."),
        "admins": _t("You and administrators see it."),
    }[field.seen]


def _said(field: ProfileField, *, free: bool) -> str:
    """What to know of a field of the company's own: who sees it, and whether others fill it in."""
    return _seen(field) if free else f"{_t('Filled in by your company.')} {_seen(field)}"


def _months() -> list[tuple[str, Any]]:
    return [("", "—"), *((f"{number:02d}", name) for number, name in MONTHS.items())]


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
        widget=forms.TextInput(attrs=COLLEAGUE),
        help_text=_("The @handle or e-mail address of the person you report to."),
    )
    birth_day = forms.IntegerField(
        label=_("Birthday: day"),
        required=False,
        min_value=1,
        max_value=31,
        help_text=_("Only if you want colleagues to know it. The year is not asked."),
    )
    birth_month = forms.ChoiceField(label=_("Birthday: month"), required=False, choices=_months)
    started_on = forms.DateField(
        label=_("At the company since"),
        required=False,
        help_text=_("Only if you want colleagues to mark the day."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    bio = CleanTextField(
        label=_("About me"), limit=limits.BIO_CHARS, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, *args: Any, person: User, of: User | None = None, **kwargs: Any) -> None:
        """Args: `person` is who fills it in, `of` whose it is: themselves, or someone an administrator looks after."""
        super().__init__(*args, **kwargs)
        self.person = person
        self.of = of or person
        self.more: dict[str, ProfileField] = {}
        said = self.initial_of(self.of)
        filled = dict(ProfileValue.objects.filter(person=self.of).values_list("field_id", "text"))
        rules: dict[str, ProfileField] = {}
        for field in ProfileField.objects.all():
            free = may_fill(person, self.of, field)
            if field.builtin:
                rules[field.builtin] = field
                if not free and field.builtin in self.fields:
                    # What is disabled keeps what it says, whatever was sent.
                    self.fields[field.builtin].disabled = True
                    self.initial[field.builtin] = said[field.builtin]
                    self.fields[field.builtin].help_text = _t("Filled in by your company.")
                continue
            if not field.shows_to(person, self.of):
                continue
            name = f"field_{field.public_id}"
            self.more[name] = field
            self.fields[name] = _control(field)
            self.initial[name] = filled.get(field.pk, "")
            if not free:
                self.fields[name].disabled = True
            self.fields[name].help_text = _said(field, free=free)
        for name, usual in SEEN.items():
            rule = rules.get(name) or ProfileField(builtin=name, seen=usual)
            hints = (self.fields[name].help_text, _seen(rule))
            self.fields[name].help_text = " ".join(str(one) for one in hints if one)

    def profile(self) -> dict[str, Any]:
        """What is written in the lines that every profile has."""
        return {name: value for name, value in self.cleaned_data.items() if name not in self.more}

    def values(self) -> dict[ProfileField, str]:
        """What is written in the company's own fields, of those the person may fill in."""
        chosen = {name: field for name, field in self.more.items() if not self.fields[name].disabled}
        return {field: str(self.cleaned_data.get(name) or "") for name, field in chosen.items()}

    def clean_manager(self) -> User | None:
        """The person behind a handle or an address."""
        return _colleague(self.cleaned_data["manager"], reader=self.person)

    def clean(self) -> dict[str, Any]:
        """The birthday is one day of two fields."""
        data = super().clean() or self.cleaned_data
        day, month = data.pop("birth_day", None), data.pop("birth_month", "")
        data["birthday"] = f"{month}-{day:02d}" if day and month else ""
        if bool(day) != bool(month):
            self.add_error("birth_day", _t("Choose a day and a month."))
        return data

    @staticmethod
    def initial_of(person: User) -> dict[str, Any]:
        """What the form shows of a person at first."""
        values = {field: getattr(person, field) for field in (*actions.LINES, "bio")}
        month, _dash, day = person.birthday.partition("-")
        return {
            **values,
            "manager": f"@{person.manager.handle}" if person.manager else "",
            "birth_day": int(day) if day else None,
            "birth_month": month,
            "started_on": person.started_on,
        }


class Away(forms.Form):
    """Out of the office, and who stands in."""

    since = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("Until and with"), widget=forms.DateInput(attrs={"type": "date"}))
    note = CleanCharField(label=_("Note"), limit=limits.AWAY_CHARS, required=False)
    deputy = CleanCharField(
        label=_("Who stands in"),
        limit=limits.EMAIL_CHARS,
        required=False,
        help_text=_("The @handle or e-mail address of a colleague. They are told."),
        widget=forms.TextInput(attrs=COLLEAGUE),
    )

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        """Args: `person` is who fills it in."""
        super().__init__(*args, **kwargs)
        self.person = person

    def clean_deputy(self) -> User | None:
        """The person behind a handle or an address."""
        return _colleague(self.cleaned_data["deputy"], reader=self.person)

    @staticmethod
    def initial_of(person: User) -> dict[str, Any]:
        """What the form shows of a person at first."""
        return {
            "since": person.away_from,
            "until": person.away_until,
            "note": person.away_note,
            "deputy": f"@{person.deputy.handle}" if person.deputy else "",
        }


class Delegate(forms.Form):
    """Who may post in one's name, and until when."""

    person = CleanCharField(
        label=_("Who"),
        limit=limits.EMAIL_CHARS,
        help_text=_("The @handle or e-mail address of a colleague. They are told."),
        widget=forms.TextInput(attrs=COLLEAGUE),
    )
    until = forms.DateField(label=_("Until and with"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        """Args: `person` is in whose name it is."""
        super().__init__(*args, **kwargs)
        self.reader = person

    def clean_person(self) -> User | None:
        """The person behind a handle or an address."""
        return _colleague(self.cleaned_data["person"], reader=self.reader)


class Photo(forms.Form):
    """A picture of oneself."""

    photo = forms.FileField(
        label=_("Picture"),
        widget=forms.FileInput(
            attrs={"accept": "image/png,image/jpeg,image/gif,image/webp,image/heic,image/heif,image/avif,image/tiff"}
        ),
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
    shows_presence = forms.BooleanField(
        label=_("Show others that I am here"),
        required=False,
        help_text=_("Those whom you have blocked never see it."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not site.current().shows_presence:
            del self.fields["shows_presence"]
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
        return end_of(day)
