"""Who is told what by moderation. A reporter stays hidden; an author is told the rule."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.content import find
from core.models import Event
from inbox.registry import Telling, kind, tells
from moderation.models import Case, Decision


def _decision(notice: Any) -> dict[str, Any]:
    """The decision that a notice is about: what was done and which rule, in the moderator's words."""
    case = (notice.event.data if notice.event else {}).get("case", "")
    decision = Decision.objects.filter(case__public_id=case).select_related("rule").order_by("-pk").first()
    return {"decision": decision}


kind(
    verb="moderation.opened",
    label=_("Something is reported that I can decide about"),
    weight=60,
    template="moderation/notices/_opened.html",
    through_mute=True,
    link=lambda notice: reverse("moderation:queue"),
)
kind(
    verb="moderation.decided",
    label=_("A moderator decided about something I wrote"),
    weight=95,
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
    template="moderation/notices/_answered.html",
    through_mute=True,
    link=lambda notice: notice.about.get_absolute_url() if notice.about else reverse("inbox:notices"),
)


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
