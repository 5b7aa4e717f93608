"""What all forms share."""

from __future__ import annotations

from typing import Any, Self, TypeVar

from django import forms

Form = TypeVar("Form", bound=type[forms.Form])


def unchanging(form: Form) -> Form:
    """A form whose fields no request changes (as a class decorator).

    Django gives each form a copy of all its fields in case a view changes them, which costs more than checking what was
    sent.
    """
    form.base_fields = _Unchanging(form.base_fields)
    return form


class _Unchanging(dict):
    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self
