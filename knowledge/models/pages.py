"""The tree: one index, sections, articles. Every page names the one audience that reads it.

A page has the readers of the page above it; only what stands directly below the index chooses its own. So below a page
that somebody may see there is nothing they may not know of: no count, no path, no slug and no deletion of a branch can
tell of anything hidden. The index alone holds pages of many audiences, and it cannot be moved, copied or deleted.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.fields import StreamField
from wagtail.models import AbstractPage, PageManager, Site
from wagtail.models.pages import AbstractPageMeta
from wagtail.models.panels import PanelPlaceholder
from wagtail.query import PageQuerySet
from wagtail.search import index

from core.audience import everyone, readable
from core.content import Content, Visible
from core.ids import new_id
from core.models import Audience
from core.refusal import Refused
from core.text import one_line, validate_line, validate_text
from knowledge import desk
from knowledge.blocks import Body

#: What stands at these addresses below /knowledge/ is no page.
RESERVED = frozenset({"images", "documents"})

#: The choice of readers, which is a field of the form and none of the row.
READERS = PanelPlaceholder("wagtail.admin.panels.FieldPanel", ["readers"], {})
#: The title in large letters. Wagtail's own panel also writes the address, which is none of the fields here.
TITLE = PanelPlaceholder("wagtail.admin.panels.FieldPanel", ["title"], {"classname": "title", "help_text": " "})


class KnowledgeQuerySet(Visible, PageQuerySet):
    """Pages, narrowed."""


class Manager(PageManager.from_queryset(KnowledgeQuerySet)):  # type: ignore[misc]
    """Pages; inside Wagtail's admin only those of the person at the desk."""

    def get_queryset(self) -> QuerySet:
        """Security door: see `knowledge.desk`."""
        return desk.narrowed(super().get_queryset())


class Page(AbstractPage, Content):
    """What all pages have. It takes the place of Wagtail's own page, so that one column says who reads."""

    # The only id outside.
    public_id = models.CharField(max_length=16, default=new_id, unique=True, editable=False)
    # Hidden by moderation since then.
    withheld_at = models.DateTimeField(null=True, editable=False)

    objects = Manager()  # type: ignore[misc]

    # The desk's search box asks titles alone; the text is found through the site's search.
    search_fields = [*AbstractPage.search_fields, index.FilterField("audience_id")]
    # Publishing by the clock; comments stay within the room of each group, in its posts.
    settings_panels = AbstractPage.settings_panels[:1]
    is_creatable = False
    show_in_menus_default = False

    class Meta(AbstractPageMeta):
        verbose_name = _("page")
        verbose_name_plural = _("pages")
        indexes = [
            models.Index(fields=["audience", "path"], name="page_audience"),
            models.Index(fields=["url_path"], name="page_url_path"),
        ]

    # --- Who may see ---

    @classmethod
    def visibility(cls, user: Any) -> Q:
        """Published pages of the audiences that `user` reads. Drafts are seen on the desk alone."""
        return readable(user) & Q(live=True, withheld_at=None)

    @classmethod
    def on_desk_of(cls, person: Any) -> Q:
        """What an editor works on: every page, draft or live, of the audiences they read.

        The root and the index (the first two levels) hold no secret and carry the tree.
        """
        ground = Q(depth__lte=2)
        return ground | readable(person) if desk.edits(person) else ground

    def readers(self) -> QuerySet:
        return super().readers() if self.live and self.withheld_at is None else super().readers().none()

    @property
    def is_private(self) -> bool:
        """Whether it is for a group rather than for everyone."""
        return self.audience is not None and self.audience.kind != Audience.Kind.EVERYONE

    # --- What it is called and where it stands ---

    def get_url_parts(self, request: Any = None) -> tuple:
        return (None, settings.WAGTAILADMIN_BASE_URL, self.url_path)

    def get_url(self, request: Any = None, current_site: Any = None) -> str:
        return self.url_path

    url = property(get_url)

    def get_full_url(self, request: Any = None) -> str:
        return settings.WAGTAILADMIN_BASE_URL + self.url_path

    full_url = property(get_full_url)

    def get_site(self) -> Any:
        """There is one site."""
        return Site.objects.filter(is_default_site=True).first()

    def get_absolute_url(self) -> str:
        return self.url_path

    def summary(self) -> str:
        return one_line(self.title, 200)

    @property
    def is_shown(self) -> bool:
        return self.live and self.withheld_at is None

    def responsible(self) -> Any:
        return self.owner

    @property
    def author(self) -> Any:
        """Who answers for it."""
        return self.owner

    @property
    def author_id(self) -> int | None:
        """Who answers for it."""
        return self.owner_id

    @property
    def group(self) -> Any:
        """The group it is for; None where it is for everyone. Only for readers of the page, who may know the group."""
        link = getattr(self.audience, "group_audience", None)
        return link.group if link is not None else None

    @property
    def group_id(self) -> int | None:
        """Key of the group it is for."""
        return self.group.pk if self.group is not None else None

    @property
    def created_at(self) -> Any:
        """When it was first published."""
        return self.first_published_at or self.latest_revision_created_at

    # --- Its place in the tree ---

    def permissions_for_user(self, user: Any) -> Any:
        """Wagtail asks this for every button and before every act."""
        from knowledge.permissions import Tester

        return Tester(user, self)

    def has_readers_of(self, parent: Any) -> bool:
        """Whether it may stand below `parent`: directly below the index, or among pages with the same readers."""
        return parent.depth <= 2 or parent.audience_id == self.audience_id

    def can_move_to(self, parent: Any) -> bool:
        return super().can_move_to(parent) and self.has_readers_of(parent)

    def move(self, target: Any, pos: str | None = None, user: Any = None) -> None:
        """Move the branch.

        Raises:
            Refused: it would come among pages with other readers.
        """
        beside = pos is not None and "sibling" in pos
        with desk.whole_tree():
            if not self.has_readers_of(target.get_parent() if beside else target):
                raise Refused(gettext("These pages have other readers. Change who reads it first, then move it."))
            super().move(target, pos=pos, user=user)

    def copy(self, *args: Any, **kwargs: Any) -> Any:
        """Copies would carry a text out of its audience.

        Raises:
            Refused: always.
        """
        raise Refused(gettext("Pages cannot be copied."))

    def create_alias(self, *args: Any, **kwargs: Any) -> Any:
        """An alias would show one text to two audiences.

        Raises:
            Refused: always.
        """
        raise Refused(gettext("Pages cannot be copied."))

    def add_child(self, **kwargs: Any) -> Any:
        with desk.whole_tree():
            return super().add_child(**kwargs)

    def add_sibling(self, pos: str | None = None, **kwargs: Any) -> Any:
        with desk.whole_tree():
            return super().add_sibling(pos, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        with desk.whole_tree():
            return super().delete(*args, **kwargs)

    def _settle(self) -> None:
        """A new page takes the readers of the page above it."""
        parent = self.get_parent() if self.path else None
        if parent is not None and parent.depth > 2:
            self.audience_id = parent.audience_id
        elif self.audience_id is None and parent is not None:
            self.audience = everyone()
        if self.history_at is None:
            self.history_at = timezone.now()

    def _set_core_field_defaults(self) -> None:
        """The address of a page for a group is its random id: titles of others are guessed from addresses."""
        if self.path and self._state.adding:
            self._settle()
        if self.is_private:
            self.slug = self.public_id
        super()._set_core_field_defaults()

    def clean(self) -> None:
        super().clean()
        if self.slug in RESERVED and self.depth in (None, 3):
            raise ValidationError({"slug": _("This address is taken. Choose another.")})

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> Any:
        adding = self._state.adding
        with desk.whole_tree():
            if adding:
                self._settle()
            done = super().save(*args, **kwargs)
            if adding:
                self.bring_forward(self.history_at)
        return done

    def bring_forward(self, moment: Any) -> None:
        """Something new below a section: newcomers who see only what came after them see the section too."""
        with desk.whole_tree():
            self.get_ancestors().filter(depth__gt=2, history_at__lt=moment).update(history_at=moment)

    def with_content_json(self, content: Any) -> Any:
        """A revision brings back words, never readers.

        Security door: who reads, the id and what moderation decided belong to the page as it stands now.
        """
        page = super().with_content_json(content)
        page.audience_id = self.audience_id
        page.history_at = self.history_at
        page.public_id = self.public_id
        page.withheld_at = self.withheld_at
        if self.is_private:
            page.slug = self.slug
            page.set_url_path(self.get_parent())
        return page


class KnowledgeIndex(Page):
    """The front of the tree, at /knowledge/. There is one."""

    max_count = 1
    is_creatable = False
    parent_page_types: list[str] = []
    subpage_types = ["knowledge.Section", "knowledge.Article"]
    preview_modes: list = []

    class Meta:
        verbose_name = _("knowledge")
        verbose_name_plural = _("knowledge")


class Section(Page):
    """A shelf: articles and further sections with the same readers."""

    # What is to be found here, in a sentence or two.
    intro = models.CharField(_("introduction"), max_length=300, blank=True, validators=[validate_line])

    content_panels = [TITLE, READERS, "intro"]
    is_creatable = True
    parent_page_types = ["knowledge.KnowledgeIndex", "knowledge.Section"]
    subpage_types = ["knowledge.Section", "knowledge.Article"]
    template = "knowledge/section.html"

    class Meta:
        verbose_name = _("section")
        verbose_name_plural = _("sections")

    def serve_preview(self, request: Any, mode_name: str) -> Any:
        from knowledge.views import preview

        return preview(request, self)


class Article(Page):
    """A page to read."""

    kind = "knowledge.article"
    card_template = "knowledge/_article.html"

    # What it says, in a sentence or two: lists and results show it.
    abstract = models.CharField(
        _("summary"), max_length=300, blank=True, validators=[validate_text], help_text=_("Shown in lists and results.")
    )
    # The text.
    body = StreamField(Body(), verbose_name=_("text"), blank=True)

    content_panels = [TITLE, READERS, "abstract", "body"]
    is_creatable = True
    parent_page_types = ["knowledge.KnowledgeIndex", "knowledge.Section"]
    subpage_types: list[str] = []
    template = "knowledge/article.html"

    class Meta:
        verbose_name = _("article")
        verbose_name_plural = _("articles")

    # Wagtail's list of what refers to what counts for every editor alike; ours (`Use`) belongs to the page's audience.
    body.wagtail_reference_index_ignore = True

    def serve_preview(self, request: Any, mode_name: str) -> Any:
        from knowledge.views import preview

        return preview(request, self)

    def summary(self) -> str:
        return one_line(f"{self.title}: {self.abstract}" if self.abstract else self.title, 200)

    def search_text(self) -> str:
        """Title, summary and text of what is published."""
        if not self.live or self.withheld_at is not None:
            return ""
        from knowledge.drawing import plain

        return "\n".join(part for part in (self.title, self.abstract, plain(self.body)) if part)

    def search_audience_id(self) -> int | None:
        return self.audience_id if self.live and self.withheld_at is None else None

    def save_revision(self, *args: Any, **kwargs: Any) -> Any:
        """Keep the draft, and note the pictures and documents in it."""
        from knowledge.actions import note_uses

        revision = super().save_revision(*args, **kwargs)
        note_uses(page=self)
        return revision

    def withhold(self, *, by: Any) -> None:
        from knowledge.actions import withhold

        withhold(page=self, by=by)

    def release(self, *, by: Any) -> None:
        from knowledge.actions import release

        release(page=self, by=by)

    def take_down(self, *, by: Any) -> None:
        from knowledge.actions import take_down

        take_down(page=self, by=by)
