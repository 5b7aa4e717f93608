"""One request each, parsed and checked; nothing is saved here."""

from __future__ import annotations

import csv
import io
import re
from datetime import datetime
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from core import limits
from core.forms import end_of
from core.text import CleanCharField, CleanTextField, clean
from groups.models import Category, Group, Membership
from people.models import User


class GroupForm(forms.Form):
    """Name, purpose and rules of a group."""

    name = CleanCharField(label=_("Name"), limit=limits.GROUP_NAME_CHARS)
    description = CleanTextField(
        label=_("What it is for"),
        limit=limits.DESCRIPTION_CHARS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    handle = CleanCharField(
        label=_("Name behind the @"),
        limit=limits.HANDLE_CHARS,
        required=False,
        help_text=_("Whoever writes it after an @ mentions everyone in the group. Empty for one made of its name."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}),
    )
    privacy = forms.ChoiceField(label=_("Who can read it"), choices=Group.Privacy.choices, widget=forms.RadioSelect)
    join = forms.ChoiceField(
        label=_("How people join"),
        choices=Group.Join.choices,
        widget=forms.RadioSelect,
        help_text=_("A secret group is joined by invitation, whatever is chosen here."),
    )
    history = forms.ChoiceField(label=_("Earlier posts"), choices=Group.History.choices, widget=forms.RadioSelect)
    posting = forms.ChoiceField(
        label=_("Who begins discussions"),
        choices=Group.Posting.choices,
        required=False,
        initial=Group.Posting.ALL,
        widget=forms.RadioSelect,
    )
    category = forms.ModelChoiceField(
        label=_("Category"), queryset=Category.objects.none(), required=False, empty_label=_("None")
    )
    rules = CleanTextField(
        label=_("Rules"), limit=limits.RULES_CHARS, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    successor = CleanCharField(
        label=_("Who comes after the owners"),
        limit=limits.EMAIL_CHARS,
        required=False,
        help_text=_("The @handle or e-mail address of a colleague, who owns the group when its last owner has left."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "data-colleague": _("People")}),
    )

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        """Args: `person` is who fills it in."""
        super().__init__(*args, **kwargs)
        self.person = person
        shelves = Category.objects.all()
        category = cast(forms.ModelChoiceField, self.fields["category"])
        category.queryset, category.to_field_name = shelves, "public_id"
        if not shelves.exists():
            # Nothing to choose from: the field would only ask what it means.
            del self.fields["category"]
        if "handle" not in self.initial:
            # A new group is called by its name; its settings can say otherwise.
            del self.fields["handle"]

    def clean_posting(self) -> str:
        """All members, where nothing is said."""
        return self.cleaned_data["posting"] or Group.Posting.ALL

    def clean_successor(self) -> User | None:
        """The colleague behind a handle or an address.

        Raises:
            ValidationError: there is none.
        """
        value = self.cleaned_data["successor"].strip().lstrip("@").lower()
        if not value:
            return None
        # Security door: whoever may not know a person does not learn of them by naming them here.
        people = User.objects.visible_to(self.person).employees()
        found = people.filter(handle=value).first() or people.filter(email=value).first()
        if found is None:
            raise ValidationError(_t("Nobody here has this handle or address."))
        return found

    def clean(self) -> dict[str, Any]:
        """A secret group is by invitation: the form says so and sets it, since nobody could ask to be let in."""
        data = super().clean() or {}
        if data.get("privacy") == Group.Privacy.SECRET and "join" in data:
            data["join"] = Group.Join.INVITE
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


class Picture(forms.Form):
    """A sign for a group."""

    picture = forms.FileField(
        label=_("Small picture"),
        help_text=_("Square, in the place of the initial."),
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/gif,image/webp"}),
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


class Link(forms.Form):
    """A link that lets colleagues in."""

    days = forms.TypedChoiceField(
        label=_("Good for"),
        coerce=int,
        initial=7,
        choices=[(1, _("One day")), (7, _("A week")), (30, _("A month")), (90, _("Three months"))],
    )
    most = forms.IntegerField(label=_("People who may come with it"), min_value=1, initial=100)


class Deleting(forms.Form):
    """The name of the group that is to be deleted, typed as a sign that it is meant."""

    name = CleanCharField(
        label=_("Type the name of the group"),
        limit=limits.GROUP_NAME_CHARS,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class Invite(forms.Form):
    """People to ask into a group."""

    people = CleanTextField(
        label=_("People"),
        limit=limits.POST_CHARS,
        required=False,
        help_text=_("Names, @handles or e-mail addresses, with commas or lines between them."),
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "data-colleague": _("People")}),
    )
    table = forms.FileField(
        label=_("Or a table"),
        required=False,
        help_text=_("A CSV file with a column “email” or “handle”; other columns are left alone."),
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
    )
    guest_until = forms.DateField(
        label=_("Guests may stay until"),
        required=False,
        help_text=_("People from outside the company come as guests. Empty for no end."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    at_once = forms.BooleanField(
        label=_("Take colleagues in at once, without asking them"),
        required=False,
        help_text=_("They are told. Guests and people who are not here yet are invited all the same."),
    )

    def clean_people(self) -> list[str]:
        """Names, handles and addresses, each once."""
        found: list[str] = []
        for part in re.split(r"[,;\n]", self.cleaned_data["people"].lower()):
            words = part.split()
            # Handles and addresses may also have blanks between them; a name has some inside.
            found += words if all("@" in word for word in words) else [" ".join(words)]
        return list(dict.fromkeys(found))

    def clean_table(self) -> list[str]:
        """Handles and addresses of a table.

        Raises:
            ValidationError: it is no such table, or too large.
        """
        file = self.cleaned_data["table"]
        if not file:
            return []
        limits.check(limits.TABLE_BYTES, file.size)
        try:
            text = file.read().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise ValidationError(_t("Save the table as CSV in UTF-8.")) from error
        lines = io.StringIO(text, newline="")
        delimiter = ";" if text.partition("\n")[0].count(";") > text.partition("\n")[0].count(",") else ","
        try:
            rows = list(csv.DictReader(lines, delimiter=delimiter))
        except csv.Error as error:
            raise ValidationError(_t("This is not a CSV file.")) from error
        columns = {(name or "").strip().lower(): name for name in (rows[0] if rows else {})}
        chosen = next((columns[name] for name in ("email", "e-mail", "mail", "handle") if name in columns), None)
        if chosen is None:
            raise ValidationError(_t("The table needs a column “email” or “handle” and at least one row."))
        found = [clean(str(row.get(chosen) or ""), multiline=False).strip().lower() for row in rows]
        return [one for one in found if one and " " not in one]

    def clean(self) -> dict[str, Any]:
        """Whoever was named in either way, each once.

        Raises:
            ValidationError: nobody, or too many.
        """
        data = super().clean() or self.cleaned_data
        if not self.errors:
            everyone = data["people"] = list(dict.fromkeys([*data["people"], *data["table"]]))
            limits.check(limits.INVITATIONS_AT_ONCE, everyone)
            if not everyone:
                self.add_error("people", _t("Name someone."))
        return data

    def clean_guest_until(self) -> datetime | None:
        """The end of that day, in the inviter's own time."""
        day = self.cleaned_data["guest_until"]
        if day is None:
            return None
        if day <= timezone.localdate():
            raise ValidationError(_t("Choose a day in the future."))
        return end_of(day)
