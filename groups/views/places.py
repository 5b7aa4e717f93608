"""The list of groups, and making one."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from core import paging
from core.refusal import Refused
from core.requests import Request
from groups import actions
from groups.forms import GroupForm
from groups.models import Category, Group
from groups.permissions import load, may_create
from groups.suggesting import suggested

SIZE = 24
VIEWS = ("mine", "discover", "archived")


@require_safe
def groups(request: Request) -> HttpResponse:
    """Mine, those to discover, and the archived ones; by name, size or age, of one category, found by any word."""
    query = request.GET.get("q", "").strip()[:100]
    view = request.GET.get("view", "")
    if view not in VIEWS:
        view = "discover" if query else "mine"
    sort = request.GET.get("sort", "")
    sort = sort if sort in Group.ORDERS else "name"
    category = request.GET.get("category", "")[:16]
    rows = Group.objects.visible_to(request.user).called_like(query)
    if view == "archived":
        rows = rows.exclude(archived_at=None)
    else:
        rows = rows.live()
        if view == "mine":
            rows = rows.joined_by(request.user)
    if category:
        rows = rows.filter(category__public_id=category)
    page = paging.page(rows, by=Group.ORDERS[sort], cursor=request.GET.get("cursor"), size=SIZE)
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
