"""The directory, and the completion of mentions."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core import paging
from core.audience import readers_of
from core.content import model_of
from core.models import Access
from core.refusal import Refused
from core.requests import Request
from core.templatetags.kring import hue, initials
from core.text import fold
from people.models import Follow, User
from people.permissions import may_invite_at_all

#: People on a page of the directory, and in a list of completions.
SIZE = 30
COMPLETIONS = 8
#: Departments and places offered as filters.
FACETS = 60


@require_safe
def people(request: Request) -> HttpResponse:
    """Everyone who is here, by name, found by any word of name, title or department."""
    if request.user.is_guest:
        raise Refused(_("The directory is for employees. You find the people of your groups on their pages."))
    query = request.GET.get("q", "").strip()[:100]
    department = request.GET.get("department", "")[:120]
    place = request.GET.get("place", "")[:120]
    everyone = User.objects.visible_to(request.user).active()
    rows = matching(everyone, query)
    if department:
        rows = rows.filter(department=department)
    if place:
        rows = rows.filter(location=place)
    page = paging.page(
        rows.annotate(followed=Exists(Follow.objects.filter(follower=request.user, followed=OuterRef("pk")))),
        by=("folded", "pk"),
        cursor=request.GET.get("cursor"),
        size=SIZE,
    )
    words = request.GET.copy()
    words.pop("cursor", None)
    context: dict[str, Any] = {
        "people": page.items,
        "next_url": f"?{words.urlencode()}&cursor={page.next}".replace("?&", "?") if page.next else "",
        "q": query,
        "department": department,
        "place": place,
        "narrowed": bool(query or department or place),
        "may_invite": may_invite_at_all(request.user),
    }
    if request.headers.get("HX-Request") and request.GET.get("cursor"):
        return render(request, "people/_people.html", context)
    context["departments"] = _said(everyone, "department")
    context["places"] = _said(everyone, "location")
    return render(request, "people/people.html", context)


@require_safe
def complete(request: Request) -> JsonResponse:
    """People for an @ that is being typed: those who can read the place first, the others greyed with the reason.

    Security door: only people whom the reader may see are offered, and the place is one they may see themselves; the
    answer never says what a place is called.
    """
    query = request.GET.get("q", "").lstrip("@")[:80]
    found = _beginning(User.objects.visible_to(request.user).active(), query).exclude(pk=request.user.pk)
    place = _place(request)
    if place is None:
        rows = [(one, True) for one in found.order_by("folded", "pk")[:COMPLETIONS]]
    else:
        inside = Access.objects.filter(audience=place.audience_id).values("person")
        first = list(found.filter(pk__in=inside).order_by("folded", "pk")[:COMPLETIONS])
        rows = [(one, True) for one in first]
        if len(rows) < COMPLETIONS:
            readers = readers_of(place.audience).filter(pk=OuterRef("pk"))
            rest = found.exclude(pk__in=inside).annotate(can=Exists(readers)).order_by("-can", "folded", "pk")
            rows += [(one, one.can) for one in rest[: COMPLETIONS - len(rows)]]
    answer = [
        {
            "value": f"@{one.handle}",
            "name": one.name,
            "note": one.department if can else _("cannot see this group"),
            "hue": hue(one.tint),
            "initials": initials(one.name),
            "picture": one.picture_url,
            "can": can,
        }
        for one, can in rows
    ]
    return JsonResponse(answer, safe=False)


def matching(people: QuerySet, query: str) -> QuerySet:
    """Those in whose name, title, department or handle every word of `query` begins some word."""
    for word in fold(query).split()[:6]:
        people = people.filter(Q(folded__startswith=word) | Q(folded__contains=f" {word}"))
    return people


def _beginning(people: QuerySet, query: str) -> QuerySet:
    words = fold(query).replace(".", " ").split()[:3]
    found = people
    for word in words:
        found = found.filter(Q(folded__startswith=word) | Q(folded__contains=f" {word}"))
    if len(words) == 1:
        found |= people.filter(handle__startswith=words[0])
    return found


def _place(request: Request) -> Any:
    """The group in which the mention is typed, if there is one and the reader may see it."""
    public_id = request.GET.get("group", "")
    if not public_id:
        return None
    groups: QuerySet = model_of("groups.group").objects.visible_to(request.user)
    return groups.filter(public_id=public_id).select_related("audience").first()


def _said(people: QuerySet, field: str) -> list[str]:
    """The different values of a field, for a list of filters."""
    return list(people.exclude(**{field: ""}).order_by(field).values_list(field, flat=True).distinct()[:FACETS])
