"""Report, decide, screen."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from core import limits
from core.content import Content, find
from core.events import record
from core.refusal import Refused
from core.text import clean
from moderation import words
from moderation.models import Case, Decision, Report, Rule, Word
from moderation.permissions import may_decide, may_report, may_suspend
from moderation.words import Verdict, screen

__all__ = [
    "Verdict",
    "decide",
    "moved",
    "open_filter_case",
    "remove_word",
    "report",
    "save_word",
    "screen",
    "suspends",
    "view_case",
]

#: Suspends a person: given by the room of people when it is ready.
_suspend = None


def suspends(function: Any) -> None:
    """Register `function(person=, by=, until=)` that takes a person's right to write until a moment."""
    global _suspend
    _suspend = function


@transaction.atomic
def report(*, obj: Content, by: Any, rule: Rule | None = None, reason: str = "") -> Case:
    """Bring something to the moderators; a second report of it joins the open case.

    Args:
        obj: what is reported; the caller has found it through `visible_to(by)`.
        by: who reports; stays hidden from the author.
        rule: the rule they think it breaks.
        reason: in their words.

    Raises:
        Refused: it is their own, or it cannot be seen by them.
        ValidationError: neither a rule nor a reason, or too long a reason.
    """
    if not may_report(by, obj):
        raise Refused(_("This is your own. You can delete it instead of reporting it."), status=422)
    reason = clean(reason, multiline=True).strip()
    limits.check(limits.REPORT_CHARS, reason)
    if not reason and rule is None:
        raise ValidationError({"reason": _("Choose a rule or say in a few words what is wrong.")})
    case = _open_case(obj, source=Case.Source.REPORT)
    try:
        with transaction.atomic():
            Report.objects.create(case=case, reporter=by, rule=rule, reason=reason)
    except IntegrityError:
        return case
    Case.objects.filter(pk=case.pk).update(report_count=F("report_count") + 1)
    case.refresh_from_db()
    # The actor of the audit row is the reporter; the row is shown to administrators alone.
    record("moderation.report.made", actor=by, target=obj, case=case.public_id)
    if case.report_count == 1 and case.source == Case.Source.REPORT:
        record("moderation.case.opened", actor=None, target=obj, case=case.public_id, source=case.source)
    return case


@transaction.atomic
def open_filter_case(*, obj: Content, verdict: Verdict) -> Case:
    """The word filter noted or held something: the moderators look at it."""
    source = Case.Source.FILTER_HOLD if verdict.level == Word.Level.HOLD else Case.Source.FILTER_NOTE
    case = _open_case(obj, source=source)
    record(
        "moderation.case.opened",
        actor=None,
        target=obj,
        case=case.public_id,
        source=case.source,
        words=len(verdict.words),
    )
    return case


@transaction.atomic
def view_case(*, case: Case, by: Any) -> Content | None:
    """Look at the reported thing; every look is an audit entry.

    Returns:
        The thing, or None when it is gone.

    Raises:
        Refused: the person may not decide about it.
    """
    if not may_decide(by, case):
        raise Refused(_("Someone else has to look at this."))
    obj = find(case.kind, case.object_pk)
    if obj is not None:
        record("moderation.case.viewed", actor=by, target=obj, case=case.public_id)
    return obj


@transaction.atomic
def decide(
    *, case: Case, by: Any, act: str, rule: Rule | None = None, note: str = "", until: datetime | None = None
) -> Decision:
    """Decide about a case: keep, hide, remove, warn or suspend.

    Hiding, removing, warning and suspending name the rule that was broken, and the author is told it. Each decision is
    an audit entry. The reporters hear that it was looked at.

    Raises:
        Refused: not theirs to decide, or decided meanwhile.
        ValidationError: the rule is missing, or the end of a suspension.
    """
    case = Case.objects.select_for_update().get(pk=case.pk)
    if case.state != Case.State.OPEN:
        raise Refused(_("Someone has decided this already. Load the page again to see what."), status=409)
    if not may_decide(by, case):
        raise Refused(_("Someone else has to look at this."))
    if act not in Decision.Act.values:
        raise ValidationError({"act": _("Choose what to do.")})
    note = clean(note, multiline=True).strip()
    limits.check(limits.REPORT_CHARS, note)
    if act != Decision.Act.KEEP and rule is None:
        raise ValidationError({"rule": _("Choose the rule that was broken: the author is told it.")})
    if act == Decision.Act.SUSPEND:
        if until is None or until <= timezone.now():
            raise ValidationError({"until": _("Say until when, a moment to come.")})
        if not may_suspend(by, case.about) or _suspend is None:
            raise Refused(
                _("Only the network’s moderators can suspend someone, and only administrators an administrator.")
            )
    obj = find(case.kind, case.object_pk)
    decision = Decision.objects.create(case=case, by=by, act=act, rule=rule, note=note, until=until)
    now = timezone.now()
    Case.objects.filter(pk=case.pk).update(state=Case.State.DECIDED, decided_at=now)
    if obj is not None:
        if act == Decision.Act.KEEP:
            obj.release(by=by)
        elif act in (Decision.Act.HIDE, Decision.Act.SUSPEND):
            obj.withhold(by=by)
        elif act == Decision.Act.REMOVE:
            obj.take_down(by=by)
        elif act == Decision.Act.WARN and case.source == Case.Source.FILTER_HOLD:
            obj.release(by=by)
    if act == Decision.Act.SUSPEND:
        _suspend(person=case.about, by=by, until=until)  # type: ignore[misc]
        record("moderation.person.suspended", actor=by, target=case.about, case=case.public_id, until=str(until))
    if act == Decision.Act.WARN:
        record("moderation.person.warned", actor=by, target=case.about, case=case.public_id, rule=decision.rule_id)
    record(
        "moderation.case.decided",
        actor=by,
        target=obj if obj is not None else case,
        case=case.public_id,
        act=str(act),
        rule=rule.pk if rule else None,
    )
    return decision


@transaction.atomic
def save_word(*, by: Any, text: str, level: str) -> Word:
    """Add a word to the filter or change what it does."""
    text = clean(text, multiline=False).strip()
    if not text:
        raise ValidationError({"text": _("Type a word or a phrase.")})
    if level not in Word.Level.values:
        raise ValidationError({"level": _("Choose what to do.")})
    word, _created = Word.objects.update_or_create(text=text, defaults={"level": level})
    record("moderation.word.saved", actor=by, target=word, level=str(level))
    transaction.on_commit(words.forget)
    return word


@transaction.atomic
def remove_word(*, by: Any, word: Word) -> None:
    """Take a word from the filter."""
    record("moderation.word.removed", actor=by, target=word)
    word.delete()
    transaction.on_commit(words.forget)


@transaction.atomic
def save_rule(*, by: Any, rule: Rule) -> Rule:
    """Add a rule or change one; a retired rule can no longer be chosen.

    Raises:
        ValidationError: a text holds what cannot be stored.
    """
    rule.name = clean(rule.name, multiline=False).strip()
    rule.text = clean(rule.text, multiline=True).strip()
    rule.save()
    record("moderation.rule.saved", actor=by, target=rule, retired=rule.retired)
    return rule


def moved(*, kind: str, keys: Any, audience: Any) -> None:
    """Things of a kind got another audience: open cases about them wait for those who look after that place now.

    Called in the transaction that moves them.
    """
    Case.objects.filter(kind=kind, object_pk__in=keys, state=Case.State.OPEN).update(audience=audience)


def _open_case(obj: Content, *, source: str) -> Case:
    case, created = Case.objects.get_or_create(
        kind=obj.kind,
        object_pk=obj.pk,
        state=Case.State.OPEN,
        defaults={
            "about": obj.responsible(),
            "audience_id": obj.audience_id,
            "source": source,
            "excerpt": obj.search_text()[:4000] or obj.summary(),
        },
    )
    if not created and source == Case.Source.FILTER_HOLD and case.source != source:
        Case.objects.filter(pk=case.pk).update(source=source)
    return case
