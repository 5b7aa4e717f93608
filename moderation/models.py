"""Reports, the cases they make, and what was decided."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.ids import new_id


class Rule(models.Model):
    """A rule of the house that a decision names."""

    # Its short name: "Be kind".
    name = models.CharField(_("name"), max_length=80)
    # What it asks, in the words that an author reads.
    text = models.TextField(_("text"))
    # In which order it is listed.
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    # No longer to be chosen.
    retired = models.BooleanField(_("retired"), default=False)

    class Meta:
        ordering = ["position", "pk"]
        verbose_name = _("rule")
        verbose_name_plural = _("rules")

    def __str__(self) -> str:
        return self.name


class Case(models.Model):
    """Everything reported about one thing until it is decided; a second report joins the open case."""

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("state of a case", "Open")
        DECIDED = "decided", pgettext_lazy("state of a case", "Decided")

    class Source(models.TextChoices):
        REPORT = "report", _("Reported")
        FILTER_NOTE = "note", _("Word filter: noted")
        FILTER_HOLD = "hold", _("Word filter: held")

    # The only id outside.
    public_id = models.CharField(max_length=16, default=new_id, unique=True, editable=False)
    # What it is about: kind and key of a Content row.
    kind = models.CharField(max_length=40)
    object_pk = models.BigIntegerField()
    # Whose it is: the author, so that a case about a moderator skips them.
    about = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+")
    # Where it belongs, so that a group's moderators see their groups alone.
    audience = models.ForeignKey("core.Audience", on_delete=models.SET_NULL, null=True, related_name="+")
    # Why it is here.
    source = models.CharField(max_length=8, choices=Source, default=Source.REPORT)
    # How it stands.
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    # The text when it was reported: an author who edits it away leaves the evidence.
    excerpt = models.TextField(blank=True)
    # How many reports it holds.
    report_count = models.PositiveIntegerField(default=0)
    # When it was opened, and decided.
    opened_at = models.DateTimeField(default=timezone.now)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "object_pk"], condition=Q(state="open"), name="one_open_case")
        ]
        indexes = [models.Index(fields=["state", "-id"], name="case_queue")]
        verbose_name = _("case")
        verbose_name_plural = _("cases")

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"


class Report(models.Model):
    """One person's report. Who reported is shown to nobody but the network's moderators' record."""

    # To which case it belongs.
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="reports")
    # Who reports.
    reporter = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    # The rule they think was broken; null for another reason.
    rule = models.ForeignKey(Rule, on_delete=models.SET_NULL, null=True, related_name="+")
    # In their words.
    reason = models.TextField(blank=True)
    # When.
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "reporter"], name="one_report_per_person")]

    def __str__(self) -> str:
        return f"report in {self.case_id}"


class Decision(models.Model):
    """What a moderator did about a case."""

    class Act(models.TextChoices):
        KEEP = "keep", _("Keep")
        HIDE = "hide", _("Hide")
        REMOVE = "remove", _("Remove")
        WARN = "warn", _("Warn the author")
        SUSPEND = "suspend", _("Suspend the author")

    # Of which case.
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="decisions")
    # Who decided.
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    # What.
    act = models.CharField(max_length=8, choices=Act)
    # Which rule was broken; the author is told it.
    rule = models.ForeignKey(Rule, on_delete=models.PROTECT, null=True, related_name="+")
    # A word to the author.
    note = models.TextField(blank=True)
    # Until when a suspension lasts.
    until = models.DateTimeField(null=True)
    # When.
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.act} {self.case_id}"


class Word(models.Model):
    """A word or phrase of the filter."""

    class Level(models.TextChoices):
        NOTE = "note", _("Publish and tell the moderators")
        HOLD = "hold", _("Hold until a moderator looked")

    # What to look for: whole words, whatever the case and accents.
    text = models.CharField(_("word or phrase"), max_length=120, unique=True)
    # What to do.
    level = models.CharField(_("what to do"), max_length=4, choices=Level, default=Level.NOTE)

    class Meta:
        ordering = ["text"]
        verbose_name = _("filtered word")
        verbose_name_plural = _("filtered words")

    def __str__(self) -> str:
        return self.text
