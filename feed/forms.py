"""What is sent to the feed, parsed and checked; the actions decide and save."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from core import limits
from core.text import CleanCharField, CleanTextField
from feed.models import Post


class Files(forms.Field):
    """Public ids of files that were uploaded before the form was sent (`file`, as many as there are)."""

    widget = forms.MultipleHiddenInput

    def clean(self, value: object) -> list[str]:
        """The ids, without what cannot be one."""
        return [one for one in (value or []) if isinstance(one, str) and one.isascii() and one.isalnum()]  # type: ignore[attr-defined]


class PostForm(forms.Form):
    """A new post."""

    body = CleanTextField(limit=limits.POST_CHARS, required=False, strip=False, label=_("What do you want to say?"))
    kind = forms.ChoiceField(choices=Post.Kind, required=False)
    group = CleanCharField(limit=limits.NAME_CHARS, required=False)
    file = Files(required=False)

    def clean_kind(self) -> str:
        """An update unless something else was chosen."""
        return self.cleaned_data["kind"] or Post.Kind.STATUS


class ReplyForm(forms.Form):
    """An answer."""

    body = CleanTextField(limit=limits.REPLY_CHARS, required=False, strip=False, label=_("Your answer"))
    parent = CleanCharField(limit=limits.NAME_CHARS, required=False)
    file = Files(required=False)


class EditForm(forms.Form):
    """The whole new text of a post."""

    body = CleanTextField(limit=limits.POST_CHARS, required=False, strip=False, label=_("Text"))
