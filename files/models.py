"""Files: what hangs on what people say."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.content import Content, Visible
from core.ids import new_id
from core.text import one_line
from files.registry import bounds, care, extras


class FileQuerySet(Visible):
    """Files, narrowed."""

    def on(self, thing: Any) -> FileQuerySet:
        """Those that hang on `thing`, in the order they were attached; of any state but removed."""
        return (
            self.filter(on_kind=kind_of(thing), on_pk=thing.pk)
            .exclude(state=File.State.REMOVED)
            .order_by("place", "pk")
        )

    def on_all(self, kind: str, pks: Any) -> FileQuerySet:
        """Those that hang on any of these things of one kind: one query for a whole page."""
        return (
            self.filter(on_kind=kind, on_pk__in=pks).exclude(state=File.State.REMOVED).order_by("on_pk", "place", "pk")
        )


class File(Content):
    """One file with its renditions. It belongs to exactly one thing, or to nothing yet."""

    kind = "files.file"
    card_template = "files/_file.html"

    class State(models.TextChoices):
        # Sent, and not attached yet: only its owner sees it.
        LOOSE = "loose"
        # Hangs on something that is not said yet (a draft, a scheduled post): only its owner sees it.
        WAITING = "waiting"
        # Hangs on something, and is for its audience.
        ATTACHED = "attached"
        # What it hangs on is hidden: nobody sees it.
        WITHHELD = "withheld"
        # Gone for good, with its bytes; the row stays as a mark, without words.
        REMOVED = "removed"

    # The only id outside.
    public_id = models.CharField(max_length=16, default=new_id, unique=True, editable=False)
    # Who sent it.
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    # Its name as it was typed, with an ending that agrees with its content.
    name = models.CharField(max_length=255)
    # What it is, decided from its content; one of `files.kinds`.
    content_type = models.CharField(max_length=100)
    # The family: image, video, audio, document, text, archive. (`kind` names the content itself.)
    family = models.CharField(max_length=10)
    # Bytes of the stored file.
    size = models.PositiveBigIntegerField()
    # SHA-256 of the stored file: exports and audits compare it. Never used to find an equal file.
    sha256 = models.CharField(max_length=64)
    # Width and height of a picture.
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    # A moving picture.
    animated = models.BooleanField(default=False)
    # The words that stand for a picture.
    alt = models.CharField(max_length=1000, blank=True)
    # Where its bytes lie. Random; rows that share bytes share it.
    key = models.CharField(max_length=64, blank=True, db_index=True)
    # A face or a cover: shown with its thing, and never found by itself.
    portrait = models.BooleanField(default=False)
    # Its WebP renditions: {"320": [320, 240, 9120]} is width, height, bytes; they lie under `key` + "." + name.
    renditions = models.JSONField(default=dict)
    # Where in its life it is.
    state = models.CharField(max_length=8, choices=State, default=State.LOOSE)
    # Hidden by a moderator for its own sake, whatever it hangs on does.
    hidden = models.BooleanField(default=False)
    # The kind and key of what it hangs on.
    on_kind = models.CharField(max_length=40, blank=True)
    on_pk = models.BigIntegerField(null=True)
    # Which of the files there it is, from 0.
    place = models.PositiveSmallIntegerField(default=0)
    # "yammer:127815379": where an import found it.
    origin = models.CharField(max_length=120, null=True, unique=True, editable=False)
    # When it was sent.
    created_at = models.DateTimeField(default=timezone.now)

    objects = FileQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        indexes = [
            models.Index(fields=["on_kind", "on_pk"], name="file_on"),
            models.Index(fields=["audience", "-id"], name="file_audience"),
            models.Index(fields=["owner", "created_at"], name="file_owner"),
            models.Index(fields=["created_at"], condition=Q(state="loose"), name="file_loose"),
        ]
        constraints = [
            # What is for an audience hangs on something and says for whom.
            models.CheckConstraint(
                condition=~Q(state="attached") | Q(audience__isnull=False, on_pk__isnull=False), name="file_attached"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @classmethod
    def visibility(cls, user: Any) -> Q:
        """Who may see: the audience of what it hangs on; its owner before that; nobody once hidden or removed.

        Security door: original, renditions, name and search all come through here. An owner who was removed from
        the audience sees the file no more, though it was theirs (the policy: nothing is kept there).
        """
        attached = super().visibility(user)
        for kind, extra in extras().items():
            attached |= Q(on_kind=kind) & extra.visible(user)
        for kind, rule in bounds().items():
            attached &= ~Q(on_kind=kind) | Q(rule.visible(user))
        return Q(hidden=False) & (
            (Q(state=cls.State.ATTACHED) & attached)
            | Q(state__in=(cls.State.LOOSE, cls.State.WAITING), owner_id=user.pk)
        )

    def readers(self) -> QuerySet:
        """The same rule read backwards."""
        people = get_user_model()._default_manager.filter(is_active=True)
        if self.hidden:
            return people.none()
        if self.state in (self.State.LOOSE, self.State.WAITING):
            return people.filter(pk=self.owner_id)
        if self.state != self.State.ATTACHED:
            return people.none()
        readers = super().readers()
        allowed = Q(pk__in=readers.values("pk"))
        if extra := extras().get(self.on_kind):
            allowed |= Q(pk__in=extra.readers(self).values("pk"))
        if rule := bounds().get(self.on_kind):
            allowed &= Q(pk__in=rule.readers(self).values("pk"))
        return people.filter(allowed)

    def get_absolute_url(self) -> str:
        """The file itself."""
        return reverse("files:file", args=[self.public_id])

    def summary(self) -> str:
        """Its name, and what a picture shows."""
        return one_line(f"{self.name}: {self.alt}" if self.alt else self.name, 200)

    def search_text(self) -> str:
        """Its name and the words for a picture; nothing once it is hidden or gone."""
        if self.state != self.State.ATTACHED or self.hidden or self.portrait:
            return ""
        return f"{self.name}\n{self.alt}".strip()

    def search_audience_id(self) -> int | None:
        """The audience that may find it, while it is attached and shown."""
        found = self.state == self.State.ATTACHED and not self.hidden and not self.portrait
        return self.audience_id if found else None

    def responsible(self) -> Any:
        """Its owner."""
        return self.owner

    def withhold(self, *, by: Any) -> None:
        """Hide this one file, whatever it hangs on."""
        care["hide"](file=self, by=by)

    def release(self, *, by: Any) -> None:
        """Show this one file again."""
        care["show"](file=self, by=by)

    def take_down(self, *, by: Any) -> None:
        """Remove this one file for good."""
        care["remove_one"](file=self, by=by)

    # --- For templates: no query, no decision. ---

    @property
    def is_image(self) -> bool:
        """Drawn as a picture."""
        return self.family == "image"

    @property
    def thumb_url(self) -> str:
        """The rendition for a gallery; empty for what is no picture."""
        return self.rendition_url("320")

    @property
    def picture_url(self) -> str:
        """The rendition for a feed; the file itself where it moves; empty for what is no picture."""
        if not self.is_image:
            return ""
        return self.get_absolute_url() if self.animated else self.rendition_url("960")

    def rendition_url(self, name: str) -> str:
        """The address of a rendition; empty where there is none of that name."""
        return reverse("files:rendition", args=[self.public_id, name]) if name in self.renditions else ""

    @property
    def shown_width(self) -> int | None:
        """Width of the picture at `picture_url`, so that the page does not jump."""
        return self.width if self.animated or "960" not in self.renditions else self.renditions["960"][0]

    @property
    def shown_height(self) -> int | None:
        """Height of the picture at `picture_url`."""
        return self.height if self.animated or "960" not in self.renditions else self.renditions["960"][1]

    @property
    def badge(self) -> str:
        """The few letters on the card of a document: PDF, DOCX, ZIP."""
        return self.name.rpartition(".")[2].upper()[:4]

    @property
    def family_label(self) -> str:
        """The family in the reader's words."""
        return {
            "image": _("Picture"),
            "video": _("Film"),
            "audio": _("Sound"),
            "document": _("Document"),
            "text": _("Text"),
            "archive": _("Archive"),
        }.get(self.family, _("File"))


def kind_of(thing: Any) -> str:
    """The name of a thing's kind as `on_kind` keeps it: of content its `kind`, of another row "app.model"."""
    kind = getattr(type(thing), "kind", "")
    return kind if isinstance(kind, str) and kind else thing._meta.concrete_model._meta.label_lower
