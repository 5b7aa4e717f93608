"""The list of groups, and making one."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core import paging
from core.refusal import Refused
from core.requests import Request
from core.text import fold
from groups import actions
from groups.forms import GroupForm
from groups.models import Category, Group, Membership
from groups.permissions import load, may_create
from people.models import Follow, User

SIZE = 24
SUGGESTED = 4
VIEWS = ("mine", "discover", "archived")
#: Orders of the list. None tells when something was last said in a group.
SORTS = {"name": ("folded", "pk"), "members": ("-member_count", "-pk"), "new": ("-created_at", "-pk")}


@require_safe
def groups(request: Request) -> HttpResponse:
    """Mine, those to discover, and the archived ones; by name, size or age, of one category, found by any word."""
    query = request.GET.get("q", "").strip()[:100]
    view = request.GET.get("view", "")
    if view not in VIEWS:
        view = "discover" if query else "mine"
    sort = request.GET.get("sort", "")
    sort = sort if sort in SORTS else "name"
    category = request.GET.get("category", "")[:16]
    rows = Group.objects.visible_to(request.user)
    if view == "archived":
        rows = rows.exclude(archived_at=None)
    else:
        rows = rows.live()
        if view == "mine":
            rows = rows.joined_by(request.user)
    if category:
        rows = rows.filter(category__public_id=category)
    for word in fold(query).split()[:6]:
        rows = rows.filter(Q(folded__startswith=word) | Q(folded__contains=f" {word}"))
    page = paging.page(rows, by=SORTS[sort], cursor=request.GET.get("cursor"), size=SIZE)
    words = request.GET.copy()
    words.pop("cursor", None)
    context: dict[str, Any] = {
        "groups": load(request.user, page.items),
        "next_url": f"?{words.urlencode()}&cursor={page.next}".replace("?&", "?") if page.next else "",
        "q": query,
        "view": view,
        "sort": sort,
        "category": category,
        "may_create": may_create(request.user),
    }
    if request.headers.get("HX-Request") and request.GET.get("cursor"):
        return render(request, "groups/_groups.html", context)
    if view != "mine":
        context["categories"] = list(Category.objects.all())
    if view == "discover" and not (query or category or request.GET.get("cursor")):
        context["suggested"] = suggested(request.user)
    return render(request, "groups/groups.html", context)


def suggested(person: Any) -> list[Group]:
    """Groups that one could come into and is not in, with the most of those whom one follows or works with.

    Each has `known`: how many. Security door: only of groups whose members every employee may see; a guest has none.
    """
    if person.is_guest:
        return []
    near = Q(person__in=Follow.objects.filter(follower=person).values("followed"))
    if person.department:
        near |= Q(
            person__in=User.objects.visible_to(person)
            .employees()
            .filter(department=person.department)
            .exclude(pk=person.pk)
        )
    inside = Membership.objects.filter(group=OuterRef("pk")).filter(near).order_by().values("group")
    rows = (
        Group.objects.visible_to(person)
        .live()
        .exclude(privacy=Group.Privacy.SECRET)
        .exclude(join=Group.Join.INVITE)
        .exclude(memberships__person=person)
        .annotate(known=Coalesce(Subquery(inside.annotate(n=Count("pk")).values("n")), 0))
        .filter(known__gt=0)
        .order_by("-known", "-member_count", "pk")
    )
    return load(person, rows[:SUGGESTED])


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: Request) -> HttpResponse:
    """Make a group."""
    if not may_create(request.user):
        raise Refused(_("Only administrators can make groups here. Ask one of them."))
    form = GroupForm(
        request.POST or None,
        person=request.user,
        initial={"privacy": Group.Privacy.PUBLIC, "join": Group.Join.OPEN, "history": Group.History.ALL},
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.create_group(by=request.user, **form.cleaned_data)
        except ValidationError as error:
            blame(form, error)
        else:
            return redirect(made)
    status = 422 if request.method == "POST" else 200
    return render(request, "groups/new.html", {"form": form}, status=status)


def blame(form: Any, error: ValidationError) -> None:
    """Put the errors of an action at their fields."""
    for field, sentences in getattr(error, "message_dict", {"__all__": error.messages}).items():
        form.add_error(field if field in form.fields else None, sentences)
