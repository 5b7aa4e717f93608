"""What is sent to the feed, parsed and checked; the actions decide and save."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core import limits
from core.forms import unchanging
from core.text import CleanCharField, CleanTextField
from feed.models import Post, Praise


class Files(forms.Field):
    """Public ids of files that were uploaded before the form was sent (`file`, as many as there are)."""

    widget = forms.MultipleHiddenInput

    def clean(self, value: object) -> list[str]:
        """The ids, without what cannot be one."""
        return [one for one in (value or []) if isinstance(one, str) and one.isascii() and one.isalnum()]  # type: ignore[attr-defined]


@unchanging
class PostForm(forms.Form):
    """A new post."""

    body = CleanTextField(limit=limits.POST_CHARS, required=False, strip=False, label=_("What do you want to say?"))
    kind = forms.ChoiceField(choices=Post.Kind, required=False)
    group = CleanCharField(limit=limits.NAME_CHARS, required=False)
    file = Files(required=False)
    days = forms.IntegerField(min_value=1, required=False)
    #: What the button says: "" to post now, "draft" to put it aside, "later" to post it at `at`.
    act = forms.ChoiceField(choices=[("draft", ""), ("later", "")], required=False)
    at = forms.DateTimeField(required=False)
    draft = CleanCharField(limit=limits.NAME_CHARS, required=False)
    options = CleanTextField(limit=limits.POST_CHARS, required=False)
    many = forms.BooleanField(required=False)
    anonymous = forms.BooleanField(required=False)
    hidden = forms.BooleanField(required=False)
    closes_at = forms.DateTimeField(required=False)
    badge = forms.ChoiceField(choices=Praise.Badge, required=False)
    praised = CleanCharField(limit=limits.POST_CHARS, required=False)

    def asks(self) -> dict[str, Any] | None:
        """What a poll asks, for `feed.actions.polls.asked`; None for another kind of post."""
        sent = self.cleaned_data
        if sent["kind"] != Post.Kind.POLL:
            return None
        return {"options": sent["options"].splitlines()} | {
            name: sent[name] for name in ("many", "anonymous", "hidden", "closes_at")
        }

    def praises(self) -> dict[str, str] | None:
        """Whom it praises, for `feed.actions.praise.meant`; None for another kind of post."""
        sent = self.cleaned_data
        if sent["kind"] != Post.Kind.PRAISE:
            return None
        return {"badge": sent["badge"] or Praise.Badge.THANKS, "handles": sent["praised"]}

    def clean_kind(self) -> str:
        """An update unless something else was chosen."""
        return self.cleaned_data["kind"] or Post.Kind.STATUS


@unchanging
class DraftForm(forms.Form):
    """What stands in a field while someone types."""

    body = CleanTextField(limit=limits.POST_CHARS, required=False, strip=False)
    place = CleanCharField(limit=limits.NAME_CHARS, required=False)
    kind = forms.ChoiceField(choices=Post.Kind, required=False)
    group = CleanCharField(limit=limits.NAME_CHARS, required=False)
    parent = CleanCharField(limit=limits.NAME_CHARS, required=False)
    draft = CleanCharField(limit=limits.NAME_CHARS, required=False)
    days = forms.IntegerField(min_value=1, required=False)
    file = Files(required=False)
    options = CleanTextField(limit=limits.POST_CHARS, required=False)
    many = forms.BooleanField(required=False)
    anonymous = forms.BooleanField(required=False)
    hidden = forms.BooleanField(required=False)
    closes_at = CleanCharField(limit=limits.NAME_CHARS, required=False)
    badge = forms.ChoiceField(choices=Praise.Badge, required=False)
    praised = CleanCharField(limit=limits.POST_CHARS, required=False)


@unchanging
class ReplyForm(forms.Form):
    """An answer."""

    draft = CleanCharField(limit=limits.NAME_CHARS, required=False)

    body = CleanTextField(limit=limits.REPLY_CHARS, required=False, strip=False, label=_("Your answer"))
    parent = CleanCharField(limit=limits.NAME_CHARS, required=False)
    file = Files(required=False)


@unchanging
class EditForm(forms.Form):
    """The whole new text of a post."""

    body = CleanTextField(limit=limits.POST_CHARS, required=False, strip=False, label=_("Text"))
    #: Said by the page that shows the files: then those that are named are all there are.
    arranged = forms.BooleanField(required=False)
    file = Files(required=False)
    #: Those to be taken away, for browsers without scripts.
    drop = Files(required=False)
