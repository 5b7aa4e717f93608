"""Fields of profiles: the administrators define them, whoever may fills them in."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from core import limits
from core.events import record
from core.refusal import Refused
from core.text import clean
from people.models import SEEN, ProfileField, ProfileValue, User
from people.permissions import may_fill
from search.actions import changed

#: Columns of every profile for which there may be a rule who fills them in.
COLUMNS = ("job_title", "department", "location", "phone", "pronouns", "manager")


@transaction.atomic
def define_field(*, by: User, field: ProfileField | None = None, **values: Any) -> ProfileField:
    """Add a field to every profile, or change one (`field`).

    Args:
        values: name, kind, choices, seen, edit, place; of a rule for a column only `edit` and `seen`.

    Raises:
        Refused: `by` is no administrator.
        ValidationError: something is not as it should be, by field name.
    """
    if not by.is_admin:
        raise Refused(_("Only an administrator can do this."))
    if field is None:
        limits.check(limits.PROFILE_FIELDS, ProfileField.objects.filter(builtin="").count() + 1)
    made = field or ProfileField()
    for name in ("edit", "seen") if made.builtin else ("name", "kind", "choices", "seen", "edit", "place"):
        if name in values:
            setattr(made, name, values[name])
    made.name = " ".join(clean(made.name, multiline=False).split())
    made.choices = clean(made.choices, multiline=True).strip()
    wrong: dict[str, Any] = {}
    if not made.name:
        wrong["name"] = _("A name is needed.")
    if made.kind == ProfileField.Kind.CHOICE and len(made.listed) < 2:
        wrong["choices"] = _("Write at least two lines to choose from.")
    if wrong:
        raise ValidationError(wrong)
    limits.check(limits.LIST_NAME_CHARS, made.name)
    limits.check(limits.BIO_CHARS, made.choices)
    made.full_clean(exclude=["builtin"])
    made.save()
    record("people.field.defined", actor=by, target=made)
    return made


@transaction.atomic
def set_rule(*, by: User, column: str, edit: str, seen: str | None = None) -> ProfileField:
    """Say who fills in a line that every profile has (person, administrators, the directory), and who sees it.

    Args:
        seen: for the lines of `SEEN` alone; None leaves it as it is.

    Raises:
        Refused: `by` is no administrator.
        ValidationError: there is no such line, or no such choice.
    """
    if column not in COLUMNS:
        raise ValidationError(_("Choose one of the list."))
    if seen is not None and column not in SEEN:
        raise ValidationError({"seen": _("Whoever sees the person sees this.")})
    rule = ProfileField.objects.filter(builtin=column).first()
    if rule is None:
        rule = ProfileField(builtin=column, name=column, seen=SEEN.get(column, ProfileField.Seen.ALL))
    chosen = {"edit": edit} if seen is None else {"edit": edit, "seen": seen}
    return define_field(by=by, field=rule, **chosen)


@transaction.atomic
def delete_field(*, field: ProfileField, by: User) -> None:
    """Take a field away, with what stands in it on every profile.

    Raises:
        Refused: `by` is no administrator.
    """
    if not by.is_admin:
        raise Refused(_("Only an administrator can do this."))
    people = list(User.objects.filter(values__field=field))
    key = field.pk
    field.delete()
    changed(people)
    record("people.field.deleted", actor=by, field=key)


@transaction.atomic
def fill_in(*, person: User, by: User, values: dict[ProfileField, str], synced: bool = False) -> None:
    """Write what stands in fields of a profile; an empty text empties one.

    Args:
        synced: the company's directory writes it: an administrator's token through the API.

    Raises:
        Refused: someone else fills in one of them.
        ValidationError: a text is not as its field asks, by the public id of the field.
    """
    wrong: dict[str, Any] = {}
    filled = dict(ProfileValue.objects.filter(person=person).values_list("field_id", "text"))
    touched = []
    for field, value in values.items():
        try:
            text = _checked(field, value)
        except ValidationError as error:
            wrong[field.public_id] = error.messages
            continue
        if text == filled.get(field.pk, ""):
            continue
        if field.builtin or not may_fill(by, person, field, synced=synced):
            raise Refused(_("“%(field)s” is filled in by someone else.") % {"field": field.name})
        touched.append(field.pk)
        if text:
            ProfileValue.objects.update_or_create(person=person, field=field, defaults={"text": text})
        else:
            ProfileValue.objects.filter(person=person, field=field).delete()
    if wrong:
        raise ValidationError(wrong)
    if touched:
        changed(person)
        record("people.field.filled", actor=by, target=person, id=person.public_id, fields=touched)


def _checked(field: ProfileField, value: str) -> str:
    """The text as it is kept.

    Raises:
        ValidationError: it is not of the field's kind.
    """
    text = clean(str(value or ""), multiline=field.kind == ProfileField.Kind.LONG).strip()
    if not text:
        return ""
    limits.check(limits.BIO_CHARS if field.kind == ProfileField.Kind.LONG else limits.PROFILE_CHARS, text)
    if field.kind == ProfileField.Kind.CHOICE and text not in field.listed:
        raise ValidationError(_("Choose one of the list."))
    if field.kind == ProfileField.Kind.DATE:
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError as error:
            raise ValidationError(_("There is no such day.")) from error
    if field.kind == ProfileField.Kind.LINK:
        try:
            parts = urlsplit(text)
        except ValueError:
            parts = None
        if (
            parts is None
            or parts.scheme not in ("http", "https")
            or not parts.hostname
            or any(c.isspace() for c in text)
        ):
            raise ValidationError(_("Write an address that begins with https://."))
    return text
