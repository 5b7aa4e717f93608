"""Acts on knowledge pages. The desk (Wagtail) saves through its own forms; what follows from that stands here too."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.images import ImageFile
from django.db import transaction
from django.utils import timezone
from django.utils.html import escape
from django.utils.translation import gettext as _

from core.audience import everyone
from core.events import record
from core.models import Audience
from core.refusal import Refused
from core.text import clean
from groups.models import Group
from knowledge import desk, events
from knowledge.models import Article, Figure, KnowledgeIndex, Page, Paper, Section, Use
from knowledge.permissions import groups_of

#: A part of an article: the block's name and its value as Wagtail stores it (HTML for texts, ids for media).
Part = tuple[str, Any]


@transaction.atomic
def write_section(
    *, by: Any, title: str, intro: str = "", parent: Page | None = None, group: Group | None = None
) -> Section:
    """Make a section and publish it.

    Args:
        by: the editor.
        parent: the section above; the index if left out.
        group: whose members read it; everyone if left out. Below a section it is the section's.

    Raises:
        Refused: not an editor, not a member of the group, or the section above has other readers.
    """
    section = Section(title=clean(title, multiline=False), intro=clean(intro, multiline=False), owner=by)
    return _place(section, by=by, parent=parent, group=group)


@transaction.atomic
def write_article(
    *,
    by: Any,
    title: str,
    body: str | Iterable[Part] = "",
    abstract: str = "",
    parent: Page | None = None,
    group: Group | None = None,
    publish: bool = True,
) -> Article:
    """Make an article, and publish it unless it shall stay a draft.

    Args:
        by: the editor.
        body: parts, or plain text whose empty lines part paragraphs.
        parent: the section; the index if left out.
        group: whose members read it; everyone if left out. In a section it is the section's.

    Raises:
        Refused: not an editor, not a member of the group, or the section has other readers.
        ValidationError: a text that cannot be stored.
    """
    article = Article(title=clean(title, multiline=False), abstract=clean(abstract, multiline=True), owner=by)
    article.body = _parts(body)
    article.live = False
    return _place(article, by=by, parent=parent, group=group, publish=publish)


def _place(page: Page, *, by: Any, parent: Page | None, group: Group | None, publish: bool = True) -> Any:
    parent = parent or KnowledgeIndex.objects.get()
    audience: Any = audience_for(by=by, group=group)
    if parent.depth > 2:
        if group is None:
            audience = parent.audience
        if audience.pk != parent.audience_id:
            raise Refused(_("This section has other readers. Choose a section with the same readers."), status=422)
    page.audience = audience
    if not parent.permissions_for_user(by).can_add_subpage():
        raise Refused(_("Only editors write knowledge pages, for themselves and for the groups they are in."))
    page.live = False
    page.has_unpublished_changes = True
    parent.add_child(instance=page)
    revision = page.save_revision(user=by, log_action=True)
    if publish:
        revision.publish(user=by)
        page.refresh_from_db()
    return page


def _parts(body: str | Iterable[Part]) -> Any:
    block = Article.body.field.stream_block
    if not isinstance(body, str):
        return block.to_python([{"type": name, "value": value} for name, value in body])
    paragraphs = [piece.strip() for piece in clean(body, multiline=True).split("\n\n") if piece.strip()]
    made = "".join(f"<p>{escape(piece).replace(chr(10), '<br/>')}</p>" for piece in paragraphs)
    return block.to_python([{"type": "text", "value": made}] if made else [])


def audience_for(*, by: Any, group: Group | None) -> Audience | None:
    """The audience an editor may write for: everyone's, or that of a group they are a member of.

    Raises:
        Refused: they are not a member.
    """
    if group is None:
        return everyone()
    if not groups_of(by).filter(pk=group.pk).exists():
        raise Refused(_("You can write for everyone and for groups that you are a member of."))
    return group.audience


@transaction.atomic
def change_readers(*, page: Page, by: Any, group: Group | None) -> int:
    """Give a page directly below the index, and all below it, other readers.

    Returns:
        How many pages changed.

    Raises:
        Refused: not theirs to edit, not a member of the group, or the page follows the one above it.
    """
    if not page.permissions_for_user(by).can_edit():
        raise Refused(_("You cannot edit this page."))
    if page.depth != 3:
        raise Refused(_("This page has the readers of its section. Move it out of the section first."), status=422)
    audience = audience_for(by=by, group=group)
    with desk.whole_tree():
        branch = page.get_descendants(inclusive=True)
        before = page.audience_id
        changed = list(branch.values_list("pk", flat=True))
        branch.update(audience=audience)
        page.audience = audience
        top = Page.objects.get(pk=page.pk).specific
        # A page of a group has its random id for an address; one that opens keeps it, so that links go on working.
        if top.is_private:
            for below in branch.specific():
                below.slug = below.public_id
                below.save(clean=False)
        for article in Article.objects.filter(pk__in=changed):
            article.save(clean=False)
        page.refresh_from_db()
    record(events.READERS_CHANGED, actor=by, target=page, was=before, pages=len(changed))
    return len(changed)


# --- What follows from the desk's own acts; knowledge.receivers calls these ---


def published(*, page: Page, by: Any, first: bool) -> None:
    """A version of a page went live."""
    if first:
        # What was a draft begins now: a newcomer who sees only what came after them sees it.
        page.history_at = timezone.now()
        Page.objects.filter(pk=page.pk).update(history_at=page.history_at)
        page.bring_forward(page.history_at)
    if isinstance(page, Article):
        note_live_uses(page=page)
        record(events.PUBLISHED if first else events.CHANGED, actor=by, target=page, id=page.public_id)


def unpublished(*, page: Page, by: Any) -> None:
    """A page went back into drafts."""
    if isinstance(page, Article):
        record(events.UNPUBLISHED, actor=by, target=page, heard=page.withheld_at is None, id=page.public_id)


def deleted(*, page: Page, by: Any) -> None:
    """A page was deleted on the desk."""
    if isinstance(page, Article):
        record(events.DELETED, actor=by, target=page, id=page.public_id)


def take_away(*, group: Group, audiences: Sequence[int], limit: int) -> int:
    """Delete up to `limit` pages of a group that was deleted for good, the lowest first; returns how many went.

    Pictures and papers stay with the editors who uploaded them.
    """
    with desk.whole_tree():
        found = list(Page.objects.filter(audience__in=audiences).order_by("-depth", "pk")[:limit])
        for page in found:
            # Read anew: the one before may have moved its place in the tree.
            fresh = Page.objects.filter(pk=page.pk).first()
            if fresh is not None:
                fresh.specific.delete()
    return len(found)


def _mentioned(article: Article, model: type) -> set[int]:
    """The ids of pictures or documents that a body names."""
    found = article.body.stream_block.extract_references(article.body)
    return {int(key) for named, key, *_path in found if named is model and str(key).isdigit()}


def note_uses(*, page: Article) -> None:
    """Note what the draft shows.

    Security door: a picture is seen by who sees a page that shows it, so noting a use gives access. At the desk the
    managers know only what the editor may see, and nothing else is noted, whatever ids were sent.
    """
    for model, name in ((Figure, "figure"), (Paper, "paper")):
        wanted = _mentioned(page, model)
        if wanted:
            known = model.objects.filter(pk__in=wanted).values_list("pk", flat=True)
            Use.objects.bulk_create([Use(page_id=page.pk, **{f"{name}_id": pk}) for pk in known], ignore_conflicts=True)


def note_live_uses(*, page: Article) -> None:
    """Note which of the noted uses stand in the published text."""
    for model, name in ((Figure, "figure"), (Paper, "paper")):
        own = Use.objects.filter(page_id=page.pk).exclude(**{name: None})
        wanted = _mentioned(page, model)
        own.filter(**{f"{name}__in": wanted}, live=False).update(live=True)
        own.exclude(**{f"{name}__in": wanted}).filter(live=True).update(live=False)


# --- Moderation ---


@transaction.atomic
def withhold(*, page: Article, by: Any) -> None:
    """Hide an article from everyone but the desk."""
    shown = page.is_shown
    page.withheld_at = timezone.now()
    page.save(clean=False, update_fields=["withheld_at"])
    record(events.HIDDEN, actor=by, target=page, heard=shown, id=page.public_id)


@transaction.atomic
def release(*, page: Article, by: Any) -> None:
    """Show it again."""
    page.withheld_at = None
    page.save(clean=False, update_fields=["withheld_at"])
    record(events.RELEASED, actor=by, target=page, id=page.public_id)


@transaction.atomic
def take_down(*, page: Article, by: Any) -> None:
    """Take it offline for good: it goes back into drafts and stays hidden."""
    if page.withheld_at is None:
        withhold(page=page, by=by)
    if page.live:
        # Without the desk's check: who decides on a report may take down what they may not edit.
        page.unpublish(user=None)


# --- Media ---


@transaction.atomic
def add_picture(*, by: Any, file: Any, title: str, description: str = "") -> Figure:
    """Keep a picture, written anew.

    Raises:
        files.errors.Refused: not a picture we take, or too large.
    """
    from knowledge.media import rewritten

    content = rewritten(file, by=by)
    picture = Figure(title=clean(title, multiline=False)[:255], description=clean(description, multiline=False)[:255])
    for field, value in content.word.fields().items():
        setattr(picture, field, value)
    picture.uploaded_by_user = by
    picture.file = ImageFile(ContentFile(content.read(), name=content.name), name=content.name)
    picture._set_image_file_metadata()
    picture.save()
    return picture


@transaction.atomic
def add_paper(*, by: Any, file: Any, title: str) -> Paper:
    """Keep a document.

    Raises:
        files.errors.Refused: not a kind of file we take, or too large.
    """
    from knowledge.media import recognised

    kind, name, word = recognised(file, by=by)
    said = clean(title, multiline=False)[:255]
    paper = Paper(title=said, name=name, media_type=kind.content_type, **word.fields())
    paper.uploaded_by_user = by
    paper.file.save(name, file, save=False)
    paper._set_document_file_metadata()
    paper.save()
    return paper


def guess_type(name: str) -> str:
    """The type of a stored picture, from the ending that we gave it."""
    return mimetypes.guess_type(PurePath(name).name)[0] or "application/octet-stream"


__all__: Sequence[str] = [
    "add_paper",
    "add_picture",
    "audience_for",
    "change_readers",
    "release",
    "take_down",
    "withhold",
    "write_article",
    "write_section",
]
