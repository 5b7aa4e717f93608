"""Report something; work through the queue."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from core.content import Content, find, model_of
from core.htmx import back
from core.paging import page
from core.requests import Request
from core.richtext import plain
from moderation import actions
from moderation.forms import DecisionForm, ReportForm, RuleForm, WordForm
from moderation.models import Case, Decision, Rule, Word
from moderation.permissions import looks_after_network, may_decide, may_open_queue, may_report, may_suspend, queue_of


def report(request: Request, kind: str, public_id: str) -> HttpResponse:
    """Say what is wrong with something I may see."""
    try:
        model: Any = model_of(kind)
    except LookupError as error:
        raise Http404 from error
    obj = get_object_or_404(model._default_manager.visible_to(request.user), public_id=public_id)
    form = ReportForm(request.POST or None)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                actions.report(
                    obj=obj, by=request.user, rule=form.cleaned_data["rule"], reason=form.cleaned_data["reason"]
                )
            except ValidationError as error:
                form.add_error("reason", error.messages)
            else:
                messages.success(
                    request, _("Thank you. A moderator will look at it; your name is not shown to the author.")
                )
                return HttpResponseRedirect(back(request, obj.get_absolute_url()))
        status = 422
    context = {
        "object": obj,
        "form": form,
        "may": may_report(request.user, obj),
        "next": back(request, obj.get_absolute_url()),
    }
    return render(request, "moderation/report.html", context, status=status)


def queue(request: Request) -> HttpResponse:
    """What waits for a decision; `?state=decided` for what was decided."""
    if not may_open_queue(request.user):
        raise PermissionDenied(_("The queue is for moderators."))
    decided = request.GET.get("state") == "decided"
    cases = queue_of(request.user).filter(state=Case.State.DECIDED if decided else Case.State.OPEN)
    found = page(cases.select_related("about"), by=("-pk",), cursor=request.GET.get("cursor"), size=30)
    if decided:
        decisions = Decision.objects.filter(case__in=[case.pk for case in found.items]).select_related("by", "rule")
        by_case = {decision.case_id: decision for decision in decisions}
        for case in found.items:
            case.decision = by_case.get(case.pk)
    context = {"cases": found.items, "next": found.next, "decided": decided}
    return render(request, "moderation/queue.html", context)


def case(request: Request, public_id: str) -> HttpResponse:
    """The reported thing, why it is here, and what to do."""
    found = get_object_or_404(queue_of(request.user).select_related("about"), public_id=public_id)
    if not may_decide(request.user, found):
        raise Http404
    form = DecisionForm(request.POST or None)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            days = form.cleaned_data["days"]
            try:
                actions.decide(
                    case=found,
                    by=request.user,
                    act=form.cleaned_data["act"],
                    rule=form.cleaned_data["rule"],
                    note=form.cleaned_data["note"],
                    until=timezone.now() + timedelta(days=days) if days else None,
                )
            except ValidationError as error:
                for field, texts in error.message_dict.items():
                    form.add_error("days" if field == "until" else field, texts)
            else:
                messages.success(request, _("Decided. The author and those who reported it are told."))
                return HttpResponseRedirect(reverse("moderation:queue"))
        status = 422
    return render(request, "moderation/case.html", _case_context(request, found, form), status=status)


def _case_context(request: Request, found: Case, form: DecisionForm) -> dict[str, Any]:
    """What a moderator sees of a case.

    Security door: someone who is not in the audience sees the text of the reported thing itself and nothing around it;
    every look is an audit entry. What it says later, once it is decided, is not theirs to follow: they see it as it was
    reported. It is shown as plain text, so that nothing in it loads or runs.
    """
    obj = find(found.kind, found.object_pk)
    if request.method == "GET":
        actions.view_case(case=found, by=request.user)
    inside = obj is not None and _is_inside(obj, request.user)
    text = plain(getattr(obj, "body", "")) or (obj.summary() if obj else "")
    return {
        "case": found,
        "object": obj,
        "text": text if inside or found.state == Case.State.OPEN else "",
        "inside": inside,
        "reports": found.reports.select_related("rule").order_by("pk"),
        "decisions": found.decisions.select_related("by", "rule").order_by("pk"),
        "form": form,
        "may_suspend": may_suspend(request.user, found.about),
        "open": found.state == Case.State.OPEN,
    }


def _is_inside(obj: Content, person: Any) -> bool:
    return obj.is_visible_to(person)


def word_list(request: Request) -> HttpResponse:
    """The word filter."""
    _moderators_only(request)
    form = WordForm(request.POST or None)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            actions.save_word(by=request.user, **form.cleaned_data)
            messages.success(request, _("The filter has learnt it."))
            return HttpResponseRedirect(reverse("moderation:words"))
        status = 422
    return render(request, "moderation/words.html", {"words": Word.objects.all(), "form": form}, status=status)


def remove_word(request: Request, position: int) -> HttpResponse:
    """Take a word from the filter."""
    _moderators_only(request)
    word = get_object_or_404(Word, pk=position)
    if request.method == "POST":
        actions.remove_word(by=request.user, word=word)
        messages.success(request, _("The filter has forgotten it."))
    return HttpResponseRedirect(reverse("moderation:words"))


def rules(request: Request) -> HttpResponse:
    """The rules of the house; moderators add to them."""
    _moderators_only(request)
    return _rule_page(request, None)


def rule(request: Request, number: int) -> HttpResponse:
    """Change a rule, or retire it: decisions that named it keep it."""
    _moderators_only(request)
    return _rule_page(request, get_object_or_404(Rule, pk=number))


def _rule_page(request: Request, found: Rule | None) -> HttpResponse:
    form = RuleForm(request.POST or None, instance=found)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            actions.save_rule(by=request.user, rule=form.save(commit=False))
            messages.success(request, _("The rule is saved."))
            return HttpResponseRedirect(reverse("moderation:rules"))
        status = 422
    context = {"rules": Rule.objects.all(), "form": form, "rule": found}
    return render(request, "moderation/rules.html", context, status=status)


def _moderators_only(request: Request) -> None:
    if not looks_after_network(request.user):
        raise PermissionDenied(_("This page is for the network’s moderators."))
