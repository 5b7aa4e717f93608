"""The search page and what is suggested while someone types."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpResponse, JsonResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core import limits
from core.requests import Request
from search import actions
from search.indexes import registered

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
        "kinds": _kinds(request.GET),
        "more": _with(request.GET, cursor=found.next) if found.next else "",
        "periods": _periods(found, context["when"]),
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


def _kinds(asked: QueryDict) -> list[dict[str, Any]]:
    """The chips: everything, then each kind."""
    chosen = asked.get("kind", "")
    chips = [{"label": _("Everything"), "url": _with(asked, kind=None, cursor=None), "chosen": not chosen}]
    for index in sorted(registered().values(), key=lambda index: index.rank):
        for name, label in index.names.items():
            chips.append({"label": label, "url": _with(asked, kind=name, cursor=None), "chosen": chosen == name})
    return chips


def _periods(found: actions.Results, chosen: str) -> list[dict[str, Any]]:
    words = {"week": _("This week"), "month": _("This month"), "year": _("This year")}
    rows = [
        {"value": choice.value, "label": words[choice.value], "count": choice.count, "chosen": chosen == choice.value}
        for choice in found.facets.get("when", [])
    ]
    return [{"value": "", "label": _("Any time"), "count": None, "chosen": not chosen}, *rows]


def _with(asked: QueryDict, **changes: str | None) -> str:
    """The query string of this page with some parts changed; None takes a part out."""
    query = asked.copy()
    for name, value in changes.items():
        if value is None:
            query.pop(name, None)
        else:
            query[name] = value
    return f"?{query.urlencode()}"
