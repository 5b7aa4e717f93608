"""Files: what hangs on what people say."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core.content import Content, Visible
from core.ids import new_id
from core.text import one_line
from files.registry import bounds, care, extras


class FileQuerySet(Visible):
    """Files, narrowed."""

    def on(self, thing: Any) -> FileQuerySet:
        """Those that hang on `thing`, in the order they were attached; of any state but removed."""
        return self.all_on(thing).filter(newer=None).order_by("place", "pk")

    def all_on(self, thing: Any) -> FileQuerySet:
        """The same with their earlier versions: what becomes of the thing becomes of them."""
        return self.filter(on_kind=kind_of(thing), on_pk=thing.pk).exclude(state=File.State.REMOVED)

    def quarantined(self) -> FileQuerySet:
        """Those with a virus, newest first: for administrators, who learn nothing of their names and places."""
        return self.filter(scan=File.Scan.INFECTED).exclude(state=File.State.REMOVED)

    def on_all(self, kind: str, pks: Any) -> FileQuerySet:
        """Those that hang on any of these things of one kind: one query for a whole page."""
        return (
            self.filter(on_kind=kind, on_pk__in=pks, newer=None)
            .exclude(state=File.State.REMOVED)
            .order_by("on_pk", "place", "pk")
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

    class Scan(models.TextChoices):
        # There was no scanner when it came.
        NONE = ""
        # The scanner has not said anything yet.
        WAITING = "waiting"
        # No virus known to the scanner.
        CLEAN = "clean"
        # A virus: in quarantine, given to nobody.
        INFECTED = "infected"
        # The scanner cannot look into it: a password, or too large for it.
        CLOSED = "closed"
        # The scanner does not answer, and the administrators chose to mark instead of to hold.
        UNCHECKED = "unchecked"

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
    # SHA-256 of the stored file: exports and audits compare it. Never used to find an equal file, but a virus.
    sha256 = models.CharField(max_length=64)
    # Width and height of a picture.
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    # A few points of a picture as a WebP in base64, drawn until it has come.
    blur = models.CharField(max_length=600, blank=True)
    # A moving picture.
    animated = models.BooleanField(default=False)
    # The words that stand for a picture.
    alt = models.CharField(max_length=1000, blank=True)
    # Where its bytes lie. Random; rows that share bytes share it.
    key = models.CharField(max_length=64, blank=True, db_index=True)
    # The name under which its bytes lie as they were sent, until the worker has made of them what is kept under `key`;
    # empty otherwise. They are given to nobody: they still say where and with what a picture was taken.
    raw = models.CharField(max_length=64, blank=True)
    # How often that was begun, and when it may be begun again.
    raw_tries = models.PositiveSmallIntegerField(default=0)
    raw_due_at = models.DateTimeField(null=True, blank=True)
    # Why the worker could make nothing of them, as a code of `files.errors`; empty otherwise. Nothing is kept of it.
    refused = models.CharField(max_length=40, blank=True)
    # A face or a cover: shown with its thing, and never found by itself.
    portrait = models.BooleanField(default=False)
    # Its WebP renditions: {"320": [320, 240, 9120]} is width, height, bytes; they lie under `key` + "." + name.
    renditions = models.JSONField(default=dict)
    # Where in its life it is.
    state = models.CharField(max_length=8, choices=State, default=State.LOOSE)
    # Hidden by a moderator for its own sake, whatever it hangs on does.
    hidden = models.BooleanField(default=False)
    # The worker is to read it, so that its words are found and its first page is seen.
    text_due = models.BooleanField(default=False)
    # How often that was begun since it is due.
    text_tries = models.PositiveSmallIntegerField(default=0)
    # Languages of its captions, in order; the captions are `Caption` rows.
    captions = models.JSONField(default=list, blank=True)
    # What the virus scanner says.
    scan = models.CharField(max_length=9, choices=Scan, default=Scan.NONE, blank=True)
    # The worker is to have it scanned.
    scan_due = models.BooleanField(default=False)
    # How often that was begun since it is due: what kills the scanner each time is not tried for ever.
    scan_tries = models.PositiveSmallIntegerField(default=0)
    # The scanner's program and signatures at its last word.
    scanned_with = models.CharField(max_length=100, blank=True)
    # The virus it found, or why it cannot look into the file; by the scanner's name for it.
    threat = models.CharField(max_length=200, blank=True)
    # The kind and key of what it hangs on.
    on_kind = models.CharField(max_length=40, blank=True)
    on_pk = models.BigIntegerField(null=True)
    # Which of the files there it is, from 0.
    place = models.PositiveSmallIntegerField(default=0)
    # Of an earlier version: the file it was a version of. It hangs where that hangs, and is in no list.
    newer = models.ForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="earlier")
    # Which version this is, from 1.
    version = models.PositiveSmallIntegerField(default=1)
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
            models.Index(fields=["scan_tries", "id"], condition=Q(scan_due=True), name="file_scan"),
            models.Index(fields=["text_tries", "id"], condition=Q(text_due=True), name="file_text"),
            models.Index(fields=["raw_tries", "id"], condition=Q(raw__gt=""), name="file_raw"),
            models.Index(fields=["-id"], condition=Q(scan="infected"), name="file_quarantine"),
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
        """Its name, the words for a picture and what stands in it; nothing once it is hidden or gone."""
        if self.state != self.State.ATTACHED or self.hidden or self.portrait or self.newer_id:
            return ""
        return f"{self.name}\n{self.words()}".strip()

    def words(self) -> str:
        """The words for a picture, and what stands in a document or is said in captions, while it is given."""
        inside = getattr(self, "text", None) if self.is_given else None
        return f"{self.alt}\n{inside.text}".strip() if inside else self.alt

    def search_audience_id(self) -> int | None:
        """The audience that may find it, while it is attached and shown."""
        found = self.state == self.State.ATTACHED and not (self.hidden or self.portrait or self.newer_id)
        return self.audience_id if found else None

    @property
    def is_shown(self) -> bool:
        return self.state == self.State.ATTACHED and not self.hidden

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
    def is_given(self) -> bool:
        """Whether its bytes are given to those who may see it.

        Security door: nothing is given as it was sent where the worker is to write it anew. With a scanner, nothing is
        given that it has not called clean. What it cannot look into, or could not be asked about, is the
        administrators' choice: held, or given with a mark.
        """
        if self.raw or self.refused or self.scan == self.Scan.INFECTED:
            return False
        if not settings.KRING_CLAMD or self.scan in (self.Scan.NONE, self.Scan.CLEAN):
            return True
        marked = settings.KRING_UNSCANNED == "mark"
        return marked and self.scan in (self.Scan.CLOSED, self.Scan.UNCHECKED)

    @property
    def scan_label(self) -> str:
        """What the scanner says, in the reader's words; empty where there is no scanner."""
        if self.scan != self.Scan.INFECTED and not settings.KRING_CLAMD:
            return ""
        return {
            "waiting": _("Being checked for viruses"),
            "clean": _("no virus found"),
            "infected": _("A virus was found"),
            "closed": _("Cannot be checked for viruses"),
            "unchecked": _("Not checked for viruses yet"),
        }.get(self.scan, "")

    @property
    def progress(self) -> str:
        """How far it is, for programs: "processing" by the worker, "refused" by it, or "ready"."""
        return "processing" if self.raw else "refused" if self.refused else "ready"

    @property
    def held_why(self) -> str:
        """What the worker is doing with it or could not do, in the reader's words; empty of what is ready."""
        if self.raw:
            return _("Being prepared")
        if not self.refused:
            return ""
        if self.refused == "too_large":
            return _("This picture is too large. Make it smaller and try again.")
        if self.refused != "unreadable":
            return _("This file could not be prepared. Send it again.")
        if self.family == "image":
            return _("This picture is damaged or not a picture.")
        return _("This film is damaged or not a film.")

    @property
    def is_image(self) -> bool:
        """Drawn as a picture."""
        return self.family == "image" and self.is_given

    @property
    def is_pictured(self) -> bool:
        """Has its place among the pictures: as one, or as what stands there until it has come."""
        return self.family == "image" and (self.is_given or bool(self.raw))

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
        there = name in self.renditions and self.is_given
        return reverse("files:rendition", args=[self.public_id, name]) if there else ""

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
            "archive": pgettext("kind of file", "Archive"),
        }.get(self.family, _("File"))


Scan = File.Scan


class Scanned(models.Model):
    """What the virus scanner says of a row of another room, whose bytes lie elsewhere (`files.registry.also_scanned`).

    It was asked before they were kept (`files.actions.scans.at_once`), and is asked again when it has learnt more.
    """

    # As of a `File`.
    scan = models.CharField(max_length=9, choices=Scan, default=Scan.NONE, blank=True, editable=False)
    scan_due = models.BooleanField(default=False, editable=False)
    scan_tries = models.PositiveSmallIntegerField(default=0, editable=False)
    scanned_with = models.CharField(max_length=100, blank=True, editable=False)
    threat = models.CharField(max_length=200, blank=True, editable=False)

    class Meta:
        abstract = True

    @property
    def is_given(self) -> bool:
        """Whether its bytes are given to those who may see it.

        Security door: by the rule of files, which is the administrators' choice.
        """
        return File(scan=self.scan).is_given


class Folder(Content):
    """A folder of a library. It is no kind of content of its own: it is found where its files are.

    Its name is for its audience, as the files in it are for theirs.
    """

    # The only id outside.
    public_id = models.CharField(max_length=16, default=new_id, unique=True, editable=False)
    # Whose library it is in: kind and key of a group.
    place_kind = models.CharField(max_length=40)
    place_pk = models.BigIntegerField()
    # The folder it stands in; null for the root, which has no name.
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    # What it is called.
    name = models.CharField(max_length=120, blank=True)
    # The name without case and accents: lists order by it, and no two beside each other are alike.
    folded = models.CharField(max_length=200, blank=True)
    # Who made it.
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    # When.
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["place_kind", "place_pk", "parent", "folded"], name="one_folder_a_name"),
            models.UniqueConstraint(fields=["place_kind", "place_pk"], condition=Q(parent=None), name="one_root"),
        ]

    def __str__(self) -> str:
        return f"files.folder {self.pk}"


class FileText(models.Model):
    """The words of a file, by which search finds it. A table of its own: lists of files do not carry them."""

    # Whose words.
    file = models.OneToOneField(File, on_delete=models.CASCADE, primary_key=True, related_name="text")
    # As many as the table of limits allows.
    text = models.TextField()

    def __str__(self) -> str:
        return f"words of {self.file_id}"


class Caption(models.Model):
    """What is said in a film or a sound, to be read, in one language."""

    # What they belong to.
    file = models.ForeignKey(File, on_delete=models.CASCADE, related_name="caption_rows")
    # "en", "pt-BR".
    language = models.CharField(max_length=12)
    # WebVTT, written anew by us.
    text = models.TextField()
    # Who sent them.
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    # When they were first sent.
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "language"], name="one_caption_a_language")]

    def __str__(self) -> str:
        return f"{self.language} of {self.file_id}"


class SendingQuerySet(models.QuerySet):
    """Files on their way, narrowed."""

    def under_way(self) -> SendingQuerySet:
        """Those that are no file yet and may become one."""
        return self.filter(became="", refused="")

    def whole(self) -> SendingQuerySet:
        """Those of which all is here, for the worker to look at."""
        return self.under_way().filter(arrived=F("size"))


class Sending(models.Model):
    """A file on its way in parts; nobody but its sender knows of it. What it became is a `File` like any other."""

    # The only id outside.
    public_id = models.CharField(max_length=16, default=new_id, unique=True, editable=False)
    # Who sends it.
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    # Its name as it was typed, and the words for a picture.
    name = models.CharField(max_length=255)
    alt = models.CharField(max_length=1000, blank=True)
    # Bytes it has, as it was said when it began.
    size = models.PositiveBigIntegerField()
    # Bytes that are surely on the disk. More may lie there; those are not counted and come again.
    arrived = models.PositiveBigIntegerField(default=0)
    # The name under which they lie. Random.
    key = models.CharField(max_length=64)
    # The id of the file that it became; empty while parts are missing, and until the worker has looked at the whole.
    became = models.CharField(max_length=16, blank=True)
    # Why it was not taken, as a code of `files.errors`, and in a sentence in its sender's language.
    refused = models.CharField(max_length=40, blank=True)
    why = models.CharField(max_length=1000, blank=True)
    # How often the worker began with it, and when it may begin again.
    tries = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True, blank=True)
    # When something last arrived.
    moved_at = models.DateTimeField(default=timezone.now)

    objects = SendingQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["moved_at"], name="file_sending"),
            models.Index(
                fields=["tries", "id"],
                condition=Q(became="", refused="", arrived=F("size")),
                name="file_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"files.sending {self.pk}"

    def turn_into(self, file: File) -> None:
        """All of it is here and is `file` now; in the transaction that writes the file.

        Raises:
            Sending.DoesNotExist: it was taken back, or became a file already.
        """
        mine = type(self).objects.filter(pk=self.pk, became="")
        if not mine.update(became=file.public_id, arrived=self.size, moved_at=timezone.now()):
            raise type(self).DoesNotExist


class Blocked(models.Model):
    """Content in which a virus was found: it is not taken again."""

    # SHA-256 of the bytes.
    sha256 = models.CharField(max_length=64, unique=True)
    # The virus, by the scanner's name.
    threat = models.CharField(max_length=200)
    # When it was found.
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.threat


def withheld(thing: File | Scanned) -> str:
    """Why the virus scanner stands before its bytes, for someone who may see that it is there."""
    if thing.scan == Scan.INFECTED:
        return _("A virus was found in this file (%(name)s). It is given to nobody.") % {"name": thing.threat}
    if thing.scan == Scan.CLOSED:
        return _("This file cannot be checked for viruses, so it is held back. Send it without a password.")
    return _("This file is being checked for viruses. Try again in a moment.")


def kind_of(thing: Any) -> str:
    """The name of a thing's kind as `on_kind` keeps it: of content its `kind`, of another row "app.model"."""
    kind = getattr(type(thing), "kind", "")
    return kind if isinstance(kind, str) and kind else thing._meta.concrete_model._meta.label_lower
