"""What all forms share."""

from __future__ import annotations

from copy import copy
from datetime import date, datetime, time
from functools import cache
from typing import Any, Self, TypeVar

from django import forms
from django.http import QueryDict
from django.utils import timezone

Form = TypeVar("Form", bound=type[forms.Form])


def unchanging(form: Form) -> Form:
    """A form whose fields no request changes (as a class decorator).

    Django gives each form a copy of all its fields in case a view changes them, which costs more than checking what was
    sent.
    """
    form.base_fields = _Unchanging(form.base_fields)
    return form


def end_of(day: date) -> datetime:
    """The last second of a day, in the time zone of who says it."""
    return timezone.make_aware(datetime.combine(day, time(23, 59, 59)))


class SparseForm(forms.Form):
    """A form of many fields of which few are filled in: those are checked, and the others are empty.

    A field that is required, or has a `clean_<name>` of its own, is always checked. The fields of such a form have no
    initial values, and what a field makes of nothing is the same each time.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        values = self.data.getlist if isinstance(self.data, QueryDict) else lambda name: [self.data.get(name)]
        empty = _empty(type(self))
        self.fields = {
            name: field
            for name, field in self.fields.items()
            if name not in empty or any(values(name)) or name in self.files
        }

    def clean(self) -> dict[str, Any]:
        """What was sent, and what the fields that were left empty stand for."""
        sent = super().clean() or self.cleaned_data
        for name, value in _empty(type(self)).items():
            if name not in self.fields:
                sent[name] = copy(value)
        return sent


@cache
def _empty(form: type[forms.Form]) -> dict[str, Any]:
    """What the fields of a form that may be left empty are then, by name."""
    return {
        name: field.clean(field.widget.value_from_datadict({}, {}, name))  # type: ignore[arg-type]
        for name, field in form.base_fields.items()
        if not field.required and not hasattr(form, f"clean_{name}")
    }


class _Unchanging(dict):
    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self
