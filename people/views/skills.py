"""Who knows about what: the words, the people behind each, and vouching for one another."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import F, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import paging
from core.htmx import back, fragment
from core.refusal import Refused
from core.requests import Request
from core.text import fold
from people import actions, presence
from people.hearing import unheard_by
from people.models import Claim, Endorsement, Skill, User
from people.permissions import may

#: Skills and people on one page.
SIZE = 40
#: Words offered while one types.
OFFERED = 200


@require_safe
def skills(request: Request) -> HttpResponse:
    """Everything that someone here knows, what most know first; found by any word of it."""
    employees_only(request)
    query = request.GET.get("q", "").strip()[:100]
    page = paging.page(
        matching(Skill.objects.filter(count__gt=0), query),
        by=("-count", "-pk"),
        cursor=request.GET.get("cursor"),
        size=SIZE,
    )
    context = {"skills": page.items, "q": query, "next_url": _next(request, page.next)}
    return render(request, "people/skills.html", context)


@require_safe
def skill(request: Request, public_id: str) -> HttpResponse:
    """Who knows about one thing: those for whom most colleagues vouch first; then who gave the best answers."""
    employees_only(request)
    found = get_object_or_404(Skill, public_id=public_id)
    page = paging.page(
        Claim.objects.filter(skill=found, person__in=_here(request)).select_related("person"),
        by=("-endorsements", "-pk"),
        cursor=request.GET.get("cursor"),
        size=SIZE,
    )
    presence.marked([one.person for one in page.items], reader=request.user)
    context = {"skill": found, "claims": page.items, "next_url": _next(request, page.next)}
    return render(request, "people/skill.html", context)


@require_POST
def add(request: Request, public_id: str) -> HttpResponse:
    """Say that one knows something (`name`)."""
    found = get_object_or_404(User.objects.visible_to(request.user), public_id=public_id)
    try:
        made = actions.add_skill(person=found, by=request.user, name=request.POST.get("name", ""))
    except ValidationError as error:
        raise Refused(" ".join(error.messages), status=422) from error
    messages.success(request, _("“%(skill)s” is on your page.") % {"skill": made.skill.name})
    return redirect(f"{found.get_absolute_url()}#skills")


@require_http_methods(["GET", "HEAD", "POST"])
def claim(request: Request, public_id: str, skill_id: str) -> HttpResponse:
    """GET: who vouches for it. POST: vouch (`on`=1), or no longer (`on`=0)."""
    found = _claim(request, public_id, skill_id)
    if request.method == "POST":
        if request.POST.get("on", "1") == "1":
            actions.endorse(claim=found, by=request.user)
        else:
            actions.unendorse(claim=found, by=request.user)
        found.refresh_from_db(fields=["endorsements"])
        context = {
            "claims": marked([found], request.user),
            "person": found.person,
            "may": may(request.user, found.person),
        }
        there = back(request, f"{found.person.get_absolute_url()}#skills")
        return fragment(request, "people/_claims.html", context, otherwise=there)
    people = User.objects.visible_to(request.user).active().exclude(pk__in=unheard_by(request.user))
    page = paging.page(
        Endorsement.objects.filter(claim=found, by__in=people.values("pk")).select_related("by"),
        cursor=request.GET.get("cursor"),
        size=SIZE,
    )
    context = {
        "claim": found,
        "person": found.person,
        "endorsements": page.items,
        "next_url": _next(request, page.next),
    }
    return render(request, "people/claim.html", context)


@require_POST
def remove(request: Request, public_id: str, skill_id: str) -> HttpResponse:
    """No longer say that one knows it."""
    found = _claim(request, public_id, skill_id)
    actions.remove_skill(claim=found, by=request.user)
    messages.success(request, _("“%(skill)s” is gone from your page.") % {"skill": found.skill.name})
    return redirect(f"{found.person.get_absolute_url()}#skills")


def claims_of(person: User, reader: User) -> list[Claim]:
    """What someone says they know, that for which most vouch first, marked where the reader vouches."""
    rows = Claim.objects.filter(person=person).select_related("skill").order_by("-endorsements", "skill__folded")
    return marked(list(rows), reader)


def marked(claims: list[Claim], reader: User) -> list[Claim]:
    """The claims with `mine`: whether the reader vouches for each."""
    mine = set(Endorsement.objects.filter(by=reader, claim__in=claims).values_list("claim_id", flat=True))
    for one in claims:
        one.mine = one.pk in mine  # type: ignore[attr-defined]
    return claims


def offered() -> list[str]:
    """Words that others use, for the field in which one writes one's own."""
    return list(Skill.objects.filter(count__gt=0).order_by("-count", "-pk").values_list("name", flat=True)[:OFFERED])


def matching(rows: QuerySet, query: str) -> QuerySet:
    """Skills in whose name every word of `query` stands."""
    for word in fold(query).split()[:6]:
        rows = rows.filter(folded__contains=word)
    return rows


def employees_only(request: Request) -> None:
    """Security door: what colleagues know is a part of the directory, which guests do not have.

    Raises:
        Refused: for a guest.
    """
    if request.user.is_guest:
        raise Refused(_("The directory is for employees. You find the people of your groups on their pages."))


def _here(request: Request) -> QuerySet:
    return User.objects.visible_to(request.user).active().values("pk")


def _claim(request: Request, public_id: str, skill_id: str) -> Claim:
    """Someone's claim of a skill; 404 for people whom the reader may not know."""
    rows = Claim.objects.filter(person__in=User.objects.visible_to(request.user).values("pk"))
    return get_object_or_404(
        rows.select_related("person", "skill").order_by(F("pk")), person__public_id=public_id, skill__public_id=skill_id
    )


def _next(request: Request, cursor: str | None) -> str:
    if not cursor:
        return ""
    words: Any = request.GET.copy()
    words["cursor"] = cursor
    return f"?{words.urlencode()}"
