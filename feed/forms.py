"""What is sent to the feed, parsed and checked; the actions decide and save."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core import limits
from core.forms import SparseForm, unchanging
from core.text import CleanCharField, CleanTextField
from feed.models import Post, Praise


class EventFields(SparseForm):
    """What an event is and when, as days and times of a clock that is named beside them."""

    title = CleanCharField(limit=limits.TITLE_CHARS, required=False)
    from_day = forms.DateField(required=False)
    from_time = forms.TimeField(required=False)
    to_day = forms.DateField(required=False)
    to_time = forms.TimeField(required=False)
    all_day = forms.BooleanField(required=False)
    zone = CleanCharField(limit=limits.NAME_CHARS, required=False)
    where = CleanCharField(limit=limits.EVENT_PLACE_CHARS, required=False)
    link = CleanCharField(limit=limits.EVENT_LINK_CHARS, required=False)

    def happens(self) -> dict[str, Any]:
        """What was sent, for `feed.actions.calendar.planned`: moments without a zone, which stands beside them.

        Raises:
            ValidationError: a time is missing.
        """
        sent = self.cleaned_data
        first, last, all_day = sent["from_day"], sent["to_day"], sent["all_day"]
        begins, ends = sent["from_time"], sent["to_time"]
        if first and not begins and not all_day:
            raise ValidationError({"from_time": gettext("Say at what time it begins, or that it takes the whole day.")})
        end = None
        if all_day and last:
            end = datetime.combine(last, time.min)
        elif not all_day and ends and (last or first):
            end = datetime.combine(last or first, ends)
        elif not all_day and last and first and last != first:
            raise ValidationError({"to_time": gettext("Say at what time it ends.")})
        return {
            "title": sent["title"],
            "starts_at": datetime.combine(first, time.min if all_day else begins) if first else None,
            "ends_at": end,
            "all_day": all_day,
            "time_zone": sent["zone"],
            "place": sent["where"],
            "link": sent["link"],
        }


@unchanging
class EventForm(EventFields):
    """The same by itself: an event that is changed."""


class Files(forms.Field):
    """Public ids of files that were uploaded before the form was sent (`file`, as many as there are)."""

    widget = forms.MultipleHiddenInput

    def clean(self, value: object) -> list[str]:
        """The ids, without what cannot be one."""
        return [one for one in (value or []) if isinstance(one, str) and one.isascii() and one.isalnum()]  # type: ignore[attr-defined]


@unchanging
class PostForm(EventFields):
    """A new post."""

    body = CleanTextField(limit=limits.POST_CHARS, required=False, strip=False, label=_("What do you want to say?"))
    kind = forms.ChoiceField(choices=Post.Kind, required=False)
    group = CleanCharField(limit=limits.NAME_CHARS, required=False)
    file = Files(required=False)
    days = forms.IntegerField(min_value=1, required=False)
    #: Whether an announcement goes out by mail too: "1", or "0" for no; nothing is yes.
    mail = forms.ChoiceField(choices=[("1", ""), ("0", "")], required=False)
    #: What the button says: "" to post now, "draft" to put it aside, "later" to post it at `at`.
    act = forms.ChoiceField(choices=[("draft", ""), ("later", "")], required=False)
    at = forms.DateTimeField(required=False)
    draft = CleanCharField(limit=limits.NAME_CHARS, required=False)
    on_behalf_of = CleanCharField(limit=limits.NAME_CHARS, required=False)
    options = CleanTextField(limit=limits.POST_CHARS, required=False)
    many = forms.BooleanField(required=False)
    anonymous = forms.BooleanField(required=False)
    hidden = forms.BooleanField(required=False)
    closes_at = forms.DateTimeField(required=False)
    badge = forms.ChoiceField(choices=Praise.Badge, required=False)
    praised = CleanCharField(limit=limits.POST_CHARS, required=False)

    def meets(self) -> dict[str, Any] | None:
        """What an event is, for `feed.actions.calendar.planned`; None for another kind of post.

        Raises:
            ValidationError: a time is missing.
        """
        return self.happens() if self.cleaned_data["kind"] == Post.Kind.EVENT else None

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
class DraftForm(SparseForm):
    """What stands in a field while someone types."""

    body = CleanTextField(limit=limits.POST_CHARS, required=False, strip=False)
    place = CleanCharField(limit=limits.NAME_CHARS, required=False)
    kind = forms.ChoiceField(choices=Post.Kind, required=False)
    group = CleanCharField(limit=limits.NAME_CHARS, required=False)
    parent = CleanCharField(limit=limits.NAME_CHARS, required=False)
    draft = CleanCharField(limit=limits.NAME_CHARS, required=False)
    on_behalf_of = CleanCharField(limit=limits.NAME_CHARS, required=False)
    days = forms.IntegerField(min_value=1, required=False)
    #: Whether an announcement goes out by mail too: "1", or "0" for no; nothing is yes.
    mail = forms.ChoiceField(choices=[("1", ""), ("0", "")], required=False)
    file = Files(required=False)
    options = CleanTextField(limit=limits.POST_CHARS, required=False)
    many = forms.BooleanField(required=False)
    anonymous = forms.BooleanField(required=False)
    hidden = forms.BooleanField(required=False)
    closes_at = CleanCharField(limit=limits.NAME_CHARS, required=False)
    badge = forms.ChoiceField(choices=Praise.Badge, required=False)
    praised = CleanCharField(limit=limits.POST_CHARS, required=False)
    title = CleanCharField(limit=limits.TITLE_CHARS, required=False)
    from_day = CleanCharField(limit=limits.NAME_CHARS, required=False)
    from_time = CleanCharField(limit=limits.NAME_CHARS, required=False)
    to_day = CleanCharField(limit=limits.NAME_CHARS, required=False)
    to_time = CleanCharField(limit=limits.NAME_CHARS, required=False)
    all_day = forms.BooleanField(required=False)
    zone = CleanCharField(limit=limits.NAME_CHARS, required=False)
    where = CleanCharField(limit=limits.EVENT_PLACE_CHARS, required=False)
    link = CleanCharField(limit=limits.EVENT_LINK_CHARS, required=False)


@unchanging
class ReplyForm(forms.Form):
    """An answer."""

    draft = CleanCharField(limit=limits.NAME_CHARS, required=False)
    on_behalf_of = CleanCharField(limit=limits.NAME_CHARS, required=False)

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
    #: Of praise: whom it is for, and its badge.
    badge = forms.ChoiceField(choices=Praise.Badge, required=False)
    praised = CleanCharField(limit=limits.POST_CHARS, required=False)
