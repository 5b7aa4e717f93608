"""What an article is made of."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.documents.blocks import DocumentChooserBlock
from wagtail.images.blocks import ImageBlock

from core.text import validate_line, validate_text

#: What the editor of a text offers. Pictures and documents have blocks of their own.
TEXT = ["h2", "h3", "bold", "italic", "strikethrough", "code", "ol", "ul", "hr", "link", "document-link"]
PLAIN = ["bold", "italic", "code", "link"]

LANGUAGES = [
    ("", _("Plain text")),
    ("bash", "Shell"),
    ("css", "CSS"),
    ("go", "Go"),
    ("html", "HTML"),
    ("java", "Java"),
    ("javascript", "JavaScript"),
    ("json", "JSON"),
    ("python", "Python"),
    ("sql", "SQL"),
    ("xml", "XML"),
    ("yaml", "YAML"),
]


class Quote(blocks.StructBlock):
    """Somebody's words."""

    text = blocks.TextBlock(label=_("Quote"), rows=3, max_length=2_000, validators=[validate_text])
    by = blocks.CharBlock(label=_("Who said it"), required=False, max_length=120, validators=[validate_line])

    class Meta:
        icon = "openquote"
        label = _("Quote")


class Code(blocks.StructBlock):
    """Something to copy as it stands."""

    language = blocks.ChoiceBlock(label=_("Language"), choices=LANGUAGES, required=False, search_index=False)
    code = blocks.TextBlock(label=_("Code"), rows=8, max_length=20_000, validators=[validate_text])

    class Meta:
        icon = "code"
        label = _("Code")


class Table(blocks.StructBlock):
    """Rows and cells as text: what is copied from a spreadsheet can be pasted."""

    caption = blocks.CharBlock(label=_("Title"), required=False, max_length=160, validators=[validate_line])
    rows = blocks.TextBlock(
        label=_("Rows"),
        rows=6,
        max_length=20_000,
        validators=[validate_text],
        help_text=_("One row a line, cells parted by | or by tabs. Rows copied from a spreadsheet can be pasted."),
    )
    has_head = blocks.BooleanBlock(label=_("The first row names the columns"), required=False, default=True)

    class Meta:
        icon = "table"
        label = _("Table")


class Picture(blocks.StructBlock):
    """A picture with a description for those who do not see it."""

    image = ImageBlock(label=_("Picture"))
    caption = blocks.CharBlock(label=_("Caption"), required=False, max_length=250, validators=[validate_line])

    class Meta:
        icon = "image"
        label = _("Picture")


class Callout(blocks.StructBlock):
    """A box that stands out."""

    tone = blocks.ChoiceBlock(
        label=_("Kind"),
        choices=[("info", _("Good to know")), ("ok", _("Tip")), ("warn", _("Careful"))],
        default="info",
        search_index=False,
    )
    text = blocks.RichTextBlock(label=_("Text"), features=PLAIN)

    class Meta:
        icon = "info-circle"
        label = _("Box")


class Body(blocks.StreamBlock):
    """An article's parts, in the order an editor reaches for them."""

    text = blocks.RichTextBlock(label=_("Text"), features=TEXT, icon="pilcrow")
    picture = Picture()
    document = DocumentChooserBlock(label=_("Document"))
    callout = Callout()
    table = Table()
    quote = Quote()
    code = Code()

    class Meta:
        max_num = 300


def prepare(block: Any) -> None:
    """Make the form fields of choosers now, while nobody sits at the desk.

    Wagtail makes such a field once and keeps it; made in a request, it would keep the queryset of the person who came
    first. What a person may choose is checked where their choice is read: an id beyond their desk is no choice.
    """
    for child in getattr(block, "child_blocks", {}).values():
        if isinstance(child, blocks.ChooserBlock):
            _made = child.field
        prepare(child)
