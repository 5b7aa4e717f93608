"""Pictures and documents. They have no readers of their own: they are seen by who sees a page that shows them."""

from __future__ import annotations

import os
from typing import Any

from django.db import models
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail.documents.models import AbstractDocument, DocumentQuerySet
from wagtail.images.models import AbstractImage, AbstractRendition, ImageQuerySet
from wagtail.models import CollectionMember
from wagtail.search import index

from core.audience import readable
from core.ids import new_id
from core.text import validate_line
from files.models import Scanned
from knowledge import desk
from knowledge.models.pages import Page


class Use(models.Model):
    """A page shows a picture or offers a document. Kept as long as the page, for its earlier revisions."""

    # Where.
    page = models.ForeignKey(Page, on_delete=models.CASCADE, related_name="uses")
    # What: one of the two.
    figure = models.ForeignKey("knowledge.Figure", on_delete=models.CASCADE, null=True, related_name="uses")
    paper = models.ForeignKey("knowledge.Paper", on_delete=models.CASCADE, null=True, related_name="uses")
    # In the text as it is published, not only in a draft.
    live = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["page", "figure"], name="one_use_of_figure"),
            models.UniqueConstraint(fields=["page", "paper"], name="one_use_of_paper"),
            models.CheckConstraint(condition=Q(figure=None) ^ Q(paper=None), name="use_of_one_thing"),
        ]

    def __str__(self) -> str:
        return f"{self.figure_id or self.paper_id} on {self.page_id}"


class MediaQuerySet(models.QuerySet):
    """The rule of pictures and documents."""

    def visible_to(self, user: Any) -> QuerySet:
        """What stands on a page that `user` reads; for editors also what is on their desk.

        Security door: the views that serve bytes start here.
        """
        if not (user.is_authenticated and user.is_active):
            return self.none()
        shown = Use.objects.filter(live=True, page__in=Page.objects.visible_to(user).values("pk"))
        seen = Q(pk__in=_things(self.model, shown))
        model: Any = self.model
        return self.filter(seen | model.on_desk_of(user) if desk.edits(user) else seen)


def _things(model: Any, uses: QuerySet) -> QuerySet:
    name = str(model._meta.model_name)
    return uses.exclude(**{name: None}).values(name)


class Medium:
    """What pictures and documents share."""

    @classmethod
    def on_desk_of(cls, person: Any) -> Q:
        """An editor's own uploads, and what stands on the pages of their audiences, drafts included."""
        if not desk.edits(person):
            return Q(pk=None)
        pages = Page._base_manager.filter(readable(person)).values("pk")
        return Q(uploaded_by_user_id=person.pk) | Q(pk__in=_things(cls, Use.objects.filter(page__in=pages)))

    def get_usage(self) -> QuerySet:
        """Wagtail asks where it is used. The answer would differ from person to person, so it has none."""
        from wagtail.models import ReferenceIndex

        return ReferenceIndex.objects.none()

    def _place(self, name: str) -> str:
        """A file name that says nothing: random, with the ending alone kept."""
        return f"{new_id()}{os.path.splitext(name)[1].lower()}"


class FigureManager(models.Manager.from_queryset(type("Pictures", (MediaQuerySet, ImageQuerySet), {}))):  # type: ignore[misc]
    """Pictures; inside Wagtail's admin only those of the person at the desk."""

    def get_queryset(self) -> QuerySet:
        """Security door: see `knowledge.desk`."""
        return desk.narrowed(super().get_queryset())


class PaperManager(models.Manager.from_queryset(type("Papers", (MediaQuerySet, DocumentQuerySet), {}))):  # type: ignore[misc]
    """Documents; inside Wagtail's admin only those of the person at the desk."""

    def get_queryset(self) -> QuerySet:
        """Security door: see `knowledge.desk`."""
        return desk.narrowed(super().get_queryset())


class Figure(Medium, AbstractImage, Scanned):  # type: ignore[django-manager-missing]
    """A picture."""

    # The only id outside.
    public_id = models.CharField(max_length=16, default=new_id, unique=True, editable=False)

    objects = FigureManager()

    admin_form_fields = (
        "title",
        "file",
        "description",
        "focal_point_x",
        "focal_point_y",
        "focal_point_width",
        "focal_point_height",
    )
    search_fields = [
        *CollectionMember.search_fields,
        index.SearchField("title", boost=10),
        index.AutocompleteField("title"),
        index.FilterField("title"),
        index.SearchField("description"),
        index.AutocompleteField("description"),
        index.FilterField("uploaded_by_user"),
        index.FilterField("created_at"),
        index.FilterField("id"),
    ]

    class Meta(AbstractImage.Meta):
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        permissions = [("choose_image", "Can choose image")]

    def get_upload_to(self, filename: str) -> str:
        return f"knowledge/pictures/{self._place(filename)}"

    def clean(self) -> None:
        super().clean()
        validate_line(self.title)
        validate_line(self.description)

    def src(self, spec: str) -> str:
        """The address of one of its sizes."""
        return reverse("knowledge:image", args=[self.public_id, spec])


class Rendition(AbstractRendition):
    """A picture in one size."""

    # Of which picture.
    image = models.ForeignKey(Figure, on_delete=models.CASCADE, related_name="renditions")

    class Meta:
        unique_together = (("image", "filter_spec", "focal_point_key"),)

    def get_upload_to(self, filename: str) -> str:
        return f"knowledge/sizes/{self.image._place(filename)}"

    @property
    def url(self) -> str:
        """Our own address, with its permission check; never the file's."""
        return self.image.src(self.filter_spec)


def place_paper(paper: Paper, name: str) -> str:
    """Where a document is kept."""
    return f"knowledge/documents/{paper._place(name)}"


class Paper(Medium, AbstractDocument, Scanned):
    """A document to download."""

    # The bytes.
    file = models.FileField(_("file"), upload_to=place_paper)

    # The only id outside.
    public_id = models.CharField(max_length=16, default=new_id, unique=True, editable=False)
    # What it was called when it was uploaded.
    name = models.CharField(max_length=200, blank=True, editable=False)
    # What it is, decided from its content.
    media_type = models.CharField(max_length=120, blank=True, editable=False)

    objects = PaperManager()

    admin_form_fields = ("title", "file")
    search_fields = [
        *CollectionMember.search_fields,
        index.SearchField("title", boost=10),
        index.AutocompleteField("title"),
        index.FilterField("id"),
        index.FilterField("title"),
        index.FilterField("uploaded_by_user"),
        index.FilterField("created_at"),
    ]

    class Meta(AbstractDocument.Meta):
        verbose_name = _("document")
        verbose_name_plural = _("documents")
        permissions = [("choose_document", "Can choose document")]

    def clean(self) -> None:
        super().clean()
        validate_line(self.title)

    @property
    def filename(self) -> str:
        """The name it is downloaded under."""
        return self.name or os.path.basename(self.file.name or "")

    @property
    def url(self) -> str:
        """Our own address, with its permission check."""
        return reverse("knowledge:document", args=[self.public_id])
