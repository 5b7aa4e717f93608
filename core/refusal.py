"""How an action says no."""

from __future__ import annotations

from django.forms import BaseForm


def sentences(form: BaseForm) -> list[str]:
    """What a form has to say of all its fields, translated, in their order."""
    return [str(sentence) for errors in form.errors.values() for sentence in errors]


class Refused(Exception):
    """The act is not allowed or not possible now; `message` is a sentence for the person who tried.

    Args:
        message: what to do about it, translated.
        status: HTTP status: 403 not allowed, 409 the thing has changed meanwhile, 422 cannot be done.
    """

    def __init__(self, message: str, *, status: int = 403) -> None:
        super().__init__(str(message))
        self.message = str(message)
        self.status = status
