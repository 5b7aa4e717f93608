"""The search page and what is suggested while someone types."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache, lru_cache
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import BadRequest
from django.http import HttpResponse, JsonResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core import limits
from core.requests import Request
from search import actions
from search.drawing import byline_of, chips_of, choices_of, drawn
from search.indexes import by_operator, registered

#: Results a page.
SIZE = 20


@require_safe
def results(request: Request) -> HttpResponse:
    """What the asker finds: `?q=`, `kind`, `where`, `who` (repeatable), `when`, and `cursor` for what follows."""
    query = request.GET.get("q", "").strip()
    when = request.GET.get("when", "")
    context: dict[str, Any] = {"query": query, "when": when if when in actions.PERIODS else "", "asked": bool(query)}
    status = 200
    try:
        found = actions.find(
            request.user,
            query,
            kind=request.GET.get("kind") or None,
            group=request.GET.getlist("where"),
            author=request.GET.getlist("who"),
            after=timezone.now() - timedelta(days=actions.PERIODS[when]) if when in actions.PERIODS else None,
            cursor=request.GET.get("cursor") or None,
            limit=SIZE,
        )
    except limits.LimitExceeded as refused:
        context |= {"refused": refused.messages[0], "query": query[: limits.QUERY_CHARS.value]}
        found, status = actions.Results(), 400
    except BadRequest as refused:
        context["refused"] = str(refused)
        found, status = actions.Results(), 400
    context |= {
        "found": found,
        "drawn": drawn(found),
        "answer_byline": byline_of(found),
        "ask_in": _ask_in(found),
        "kinds": chips_of(_kinds(request.GET)),
        "more": _with(request.GET, cursor=found.next) if found.next else "",
        "where": choices_of("where", found.facets.get("where", ())),
        "who": choices_of("who", found.facets.get("who", ())),
        "periods": choices_of("when", _periods(found, context["when"]), one=True),
        "narrowed": any(request.GET.getlist(name) for name in ("kind", "where", "who", "when")),
        "suggestion_link": _with(request.GET, q=found.suggestion, cursor=None) if found.suggestion else "",
        "wider": _with(request.GET, kind=None, where=None, who=None, when=None, cursor=None),
        "ask": {"q": query, "kind": request.GET.get("kind", "")},
    }
    part = request.headers.get("HX-Request") and not request.headers.get("HX-Boosted") and request.GET.get("cursor")
    return render(request, "search/_more.html" if part else "search/results.html", context, status=status)


@require_safe
def suggestions(request: Request) -> JsonResponse:
    """People, groups and topics whose name begins with `?q=`, as `{"items": [{"kind", "label", "url"}]}`."""
    return JsonResponse({"items": actions.suggest(request.user, request.GET.get("q", "")[:200])})


def _kinds(asked: QueryDict) -> list[tuple[str, str, bool]]:
    """The chips: everything, then each kind; address, label, and whether it is chosen."""
    chosen, same = asked.get("kind", ""), _with(asked, kind=None, cursor=None)
    everything, *others = _chips(get_language() or "")
    chips = [(same, everything[1], not chosen)]
    chips += [(f"{same}&kind={name}", label, chosen == name) for name, label, at in others if at or chosen == name]
    return chips


@cache
def _chips(_language: str) -> list[tuple[str, str, bool]]:
    """Names and labels in a language, and whether a chip is there unasked; the first is that of everything."""
    kinds = sorted(registered().values(), key=lambda index: index.rank)
    named = [(name, str(label), name not in index.rare) for index in kinds for name, label in index.names.items()]
    return [("", _("Everything"), True), *named]


def _ask_in(found: actions.Results) -> dict[str, Any] | None:
    """The group where most of it stands: there is the place to ask, where nobody has answered yet."""
    index = by_operator("group")
    where = next((choice for choice in found.facets.get("where", ()) if choice.value != actions.NO_GROUP), None)
    if where is None or index is None:
        return None
    return {"label": where.label, "url": _address(index.model, where.value)}


@lru_cache(maxsize=512)
def _address(model: Any, public_id: str) -> str:
    url: str = model(public_id=public_id).get_absolute_url()
    return url


def _periods(found: actions.Results, chosen: str) -> list[actions.Choice]:
    """Any time, then each period with how many there are."""
    said = _said_periods(get_language() or "")
    periods = [actions.Choice("", said[""], chosen=not chosen)]
    for choice in found.facets.get("when", ()):
        periods.append(replace(choice, label=said[choice.value], chosen=chosen == choice.value))
    return periods


@cache
def _said_periods(_language: str) -> dict[str, str]:
    """What each period is called in a language."""
    return {"": _("Any time"), "week": _("This week"), "month": _("This month"), "year": _("This year")}


def _with(asked: QueryDict, **changes: str | None) -> str:
    """The query string of this page with some parts changed; None takes a part out."""
    parts = [(name, values) for name, values in asked.lists() if name not in changes]
    parts += [(name, [value]) for name, value in changes.items() if value is not None]
    return f"?{urlencode(parts, doseq=True)}"
