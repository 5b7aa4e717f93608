"""Lists of people that one keeps for oneself."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Exists, F, OuterRef, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core import paging
from core.htmx import back
from core.refusal import Refused
from core.requests import Request
from people import actions, presence
from people.models import Contact, ContactList, User

SIZE = 40


@require_http_methods(["GET", "HEAD", "POST"])
def lists(request: Request) -> HttpResponse:
    """One's lists, the favourites first; POST begins a new one (`name`)."""
    if request.method == "POST":
        try:
            made = actions.make_list(owner=request.user, name=request.POST.get("name", ""))
        except ValidationError as error:
            raise Refused(" ".join(error.messages), status=422) from error
        return redirect(made)
    rows = ContactList.objects.filter(owner=request.user).annotate(size=Count("contacts")).order_by("name", "pk")
    return render(request, "people/lists.html", {"lists": list(rows)})


@require_http_methods(["GET", "HEAD", "POST"])
def contact_list(request: Request, public_id: str) -> HttpResponse:
    """The people in a list, colleagues apart from guests, and those who are here first (`?sort=name`: by name).

    POST calls it otherwise (`name`) or ends it (`delete`).
    """
    found = _mine(request, public_id)
    if request.method == "POST":
        if "delete" in request.POST:
            actions.delete_list(contacts=found, by=request.user)
            messages.success(request, _("The list is gone. The people in it stay who they are."))
            return redirect("people:lists")
        try:
            actions.rename_list(contacts=found, by=request.user, name=request.POST.get("name", ""))
        except ValidationError as error:
            raise Refused(" ".join(error.messages), status=422) from error
        return redirect(found)
    # Security door: someone whom one may no longer see (a guest left the group) is not shown here either.
    visible = User.objects.visible_to(request.user)
    rows = Contact.objects.filter(list=found, person__in=visible.values("pk")).select_related("person")
    by_name = request.GET.get("sort") == "name" or presence.since() is None
    page = paging.page(
        presence.first(rows, at="person", reader=request.user).annotate(
            outside=F("person__is_guest"), folded=F("person__folded")
        ),
        by=("outside", "folded", "pk") if by_name else ("outside", "absent", "folded", "pk"),
        cursor=request.GET.get("cursor"),
        size=SIZE,
    )
    for one in page.items:
        one.person.here = not one.absent
    context: dict[str, Any] = {
        "list": found,
        "by_name": by_name,
        "shows_presence": presence.since() is not None,
        "colleagues": [one.person for one in page.items if not one.person.is_guest],
        "outside": [one.person for one in page.items if one.person.is_guest],
        "next_url": f"?{'sort=name&' if by_name else ''}cursor={page.next}" if page.next else "",
    }
    return render(request, "people/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def keep(request: Request, public_id: str) -> HttpResponse:
    """In which of one's lists someone is; POST puts them into one (`list`, else the favourites) or takes them out."""
    person = get_object_or_404(User.objects.visible_to(request.user), public_id=public_id)
    if request.method == "POST":
        chosen = _mine(request, request.POST["list"]) if request.POST.get("list") else None
        try:
            if request.POST.get("on", "1") == "1":
                actions.add_contact(owner=request.user, person=person, contacts=chosen)
                messages.success(request, _("%(name)s is in your list.") % {"name": person.name})
            else:
                chosen = chosen or get_object_or_404(ContactList, owner=request.user, name="")
                actions.remove_contact(contacts=chosen, person=person, by=request.user)
                messages.success(request, _("%(name)s is no longer in your list.") % {"name": person.name})
        except ValidationError as error:
            raise Refused(" ".join(error.messages), status=422) from error
        return redirect(back(request, person.get_absolute_url()))
    held = Exists(Contact.objects.filter(list=OuterRef("pk"), person=person))
    rows = ContactList.objects.filter(owner=request.user).filter(~Q(name="")).annotate(held=held).order_by("name")
    favourite = Contact.objects.filter(list__owner=request.user, list__name="", person=person).exists()
    return render(request, "people/keep.html", {"person": person, "lists": list(rows), "favourite": favourite})


def _mine(request: Request, public_id: str) -> ContactList:
    """A list of the reader's own; of anyone else's there is nothing to know."""
    return get_object_or_404(ContactList, owner=request.user, public_id=public_id)
