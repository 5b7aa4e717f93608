"""Who is told what by moderation. A reporter stays hidden; an author is told the rule."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.content import find
from core.models import Event
from files.models import File
from inbox.registry import Telling, kind, tells
from moderation.models import Case, Decision
from moderation.permissions import administrators


def _decision(notice: Any) -> dict[str, Any]:
    """The decision that a notice is about: what was done and which rule, in the moderator's words."""
    case = (notice.event.data if notice.event else {}).get("case", "")
    decision = Decision.objects.filter(case__public_id=case).select_related("rule").order_by("-pk").first()
    return {"decision": decision}


kind(
    verb="moderation.opened",
    label=_("Something is reported that I can decide about"),
    weight=60,
    duty=True,
    template="moderation/notices/_opened.html",
    through_mute=True,
    link=lambda notice: reverse("moderation:queue"),
)
kind(
    verb="moderation.decided",
    label=_("A moderator decided about something I wrote"),
    weight=95,
    duty=True,
    template="moderation/notices/_decided.html",
    through_mute=True,
    optional=False,
    extra=_decision,
    link=lambda notice: notice.about.get_absolute_url() if notice.about else reverse("inbox:notices"),
)
kind(
    verb="moderation.answered",
    label=_("Something I reported was looked at"),
    weight=50,
    duty=True,
    template="moderation/notices/_answered.html",
    through_mute=True,
    link=lambda notice: notice.about.get_absolute_url() if notice.about else reverse("inbox:notices"),
)


def _threat(notice: Any) -> dict[str, Any]:
    """The virus's name, which nobody wrote but the scanner."""
    return {"threat": (notice.event.data if notice.event else {}).get("threat", "")}


def _inbox_or_file(notice: Any) -> str:
    return reverse("files:about", args=[notice.about.public_id]) if notice.about else reverse("inbox:notices")


kind(
    verb="moderation.infected",
    label=_("A virus is found in a file of mine"),
    weight=97,
    template="moderation/notices/_infected.html",
    through_mute=True,
    optional=False,
    extra=_threat,
    link=_inbox_or_file,
)
kind(
    verb="moderation.quarantined",
    label=_("A file goes into quarantine (for administrators)"),
    weight=65,
    template="moderation/notices/_quarantined.html",
    through_mute=True,
    extra=_threat,
    link=lambda notice: reverse("files:quarantine"),
)
kind(
    verb="moderation.damaged",
    label=_("A file of mine cannot be read"),
    weight=70,
    template="moderation/notices/_damaged.html",
    through_mute=True,
    optional=False,
    link=_inbox_or_file,
)
kind(
    verb="moderation.cleared",
    label=_("A file of mine comes out of quarantine"),
    weight=64,
    template="moderation/notices/_cleared.html",
    through_mute=True,
    link=_inbox_or_file,
)


@tells("files.file.quarantined")
def quarantined(event: Event) -> Iterator[Telling]:
    """Who sent it hears which file; the administrators hear that there is one, and not its name or place."""
    file = File.objects.of(event).first()
    if file is None:
        return
    yield Telling("moderation.infected", [file.owner_id], file, private=True)
    people = administrators().exclude(pk=file.owner_id)
    yield Telling("moderation.quarantined", people, file, bundle="files.quarantine", private=True)


@tells("files.file.refused")
def damaged(event: Event) -> Iterator[Telling]:
    """Who sent it hears that it cannot be shown."""
    file = File.objects.of(event).first()
    if file is not None:
        yield Telling("moderation.damaged", [file.owner_id], file, private=True)


@tells("files.file.cleared")
def cleared(event: Event) -> Iterator[Telling]:
    """Who sent it hears that it can be opened again."""
    file = File.objects.of(event).first()
    if file is not None:
        yield Telling("moderation.cleared", [file.owner_id], file, private=True)


@tells("moderation.case.opened")
def opened(event: Event) -> Iterator[Telling]:
    """The people who may decide hear of a new case; it names no reporter."""
    case = Case.objects.filter(public_id=event.data.get("case", "")).first()
    obj = find(case.kind, case.object_pk) if case else None
    if case is None or obj is None:
        return
    people = obj.moderators().exclude(pk=case.about_id)
    yield Telling("moderation.opened", people, obj, bundle="moderation.queue", private=True)


@tells("moderation.case.decided")
def decided(event: Event) -> Iterator[Telling]:
    """The author hears which rule was broken; the reporters hear that it was looked at."""
    case = Case.objects.filter(public_id=event.data.get("case", "")).first()
    obj = find(case.kind, case.object_pk) if case else None
    if case is None or obj is None:
        return
    held = case.source == Case.Source.FILTER_HOLD
    if case.about_id and (event.data.get("act") != Decision.Act.KEEP or held):
        yield Telling("moderation.decided", [case.about_id], obj, bundle=f"moderation.case:{case.pk}", private=True)
    reporters = case.reports.values_list("reporter_id", flat=True)
    yield Telling("moderation.answered", reporters, obj, bundle=f"moderation.report:{case.pk}", private=True)
