"""Forms of the desk: pages with their readers, pictures, documents."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms import WagtailAdminPageForm
from wagtail.documents.forms import BaseDocumentForm
from wagtail.images.fields import WagtailImageField
from wagtail.images.forms import BaseImageForm

from core.refusal import Refused
from groups.models import Group
from knowledge import media
from knowledge.actions import audience_for
from knowledge.desk import seated
from knowledge.permissions import groups_of

#: The choice that is no group.
EVERYONE = "everyone"


def reader_choices(editor: Any) -> list[tuple[str, Any]]:
    """Everyone, and the groups the editor is a member of."""
    return [(EVERYONE, gettext("Everyone in the company")), *groups_of(editor).values_list("public_id", "name")]


def chosen_group(editor: Any, value: str) -> Group | None:
    """The group behind a choice; None for everyone.

    Raises:
        ValidationError: it is none of theirs, or there is no such group: one answer for both.
    """
    if value == EVERYONE:
        return None
    group = groups_of(editor).filter(public_id=value).first()
    if group is None:
        raise ValidationError(gettext("Choose who can read it from the list."), code="invalid_choice")
    return group


class PageForm(WagtailAdminPageForm):
    """A section or an article. Directly below the front of knowledge it chooses its readers; elsewhere it has them."""

    readers = forms.ChoiceField(
        label=_("Who can read it"),
        widget=forms.RadioSelect,
        initial=EVERYONE,
        help_text=_("Everything below this page has the same readers."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        parent = self.parent_page
        if self.instance.pk is None and parent is not None and parent.depth <= 2:
            self.fields["readers"].choices = reader_choices(self.for_user)
        else:
            del self.fields["readers"]
            if parent is not None and parent.depth > 2:
                self.instance.audience_id = parent.audience_id
        if self.instance.is_private:
            self.fields.pop("slug", None)

    def clean_readers(self) -> str:
        value = self.cleaned_data["readers"]
        try:
            group = chosen_group(self.for_user, value)
            self.instance.audience = audience_for(by=self.for_user, group=group)
        except Refused as error:
            raise ValidationError(error.message) from error
        return value


class PictureField(WagtailImageField):
    """A picture, written anew before anything else looks at it.

    Security door: Wagtail's own field hands the bytes to every decoder that its library knows.
    """

    def to_python(self, data: Any) -> Any:
        sent = forms.FileField.to_python(self, data)
        if sent is None:
            return None
        try:
            made = media.rewritten(sent, by=seated())
        except Refused as error:
            raise ValidationError(error.message) from error
        kept = super().to_python(SimpleUploadedFile(str(made.name), made.read()))
        kept.word = made.word
        return kept


class ImageForm(BaseImageForm):
    """A picture of the desk: stored as we write it, never as it was sent."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "file" in self.fields:
            theirs = self.fields["file"]
            self.fields["file"] = PictureField(label=theirs.label, required=theirs.required, widget=theirs.widget)

    def clean_tags(self) -> Any:
        return self.cleaned_data.get("tags")

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        for name, value in file.word.fields().items() if hasattr(file, "word") else ():
            setattr(self.instance, name, value)
        return file


class DocumentForm(BaseDocumentForm):
    """A document of the desk: its type is read from its content."""

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if "file" in self.changed_data:
            try:
                kind, name, word = media.recognised(file, by=seated())
            except Refused as error:
                raise ValidationError(error.message) from error
            self.instance.name, self.instance.media_type = name, kind.content_type
            for field, value in word.fields().items():
                setattr(self.instance, field, value)
        return file

    def clean_tags(self) -> Any:
        return self.cleaned_data.get("tags")


class ReadersForm(forms.Form):
    """Choose other readers for a page and all below it."""

    readers = forms.ChoiceField(label=_("Who can read it"), widget=forms.RadioSelect)
    confirmed = forms.BooleanField(label=_("Yes, let them read all of it"), required=False)

    def __init__(self, *args: Any, editor: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.editor = editor
        self.fields["readers"].choices = reader_choices(editor)  # type: ignore[attr-defined]

    def clean_readers(self) -> str:
        self.group = chosen_group(self.editor, self.cleaned_data["readers"])
        return self.cleaned_data["readers"]
