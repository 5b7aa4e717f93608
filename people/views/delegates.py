"""Who may post in one's name, and for whom one may post."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core import limits
from core.refusal import Refused
from core.requests import Request
from people import actions
from people.delegating import holding, may_delegate
from people.forms import Delegate
from people.models import Delegation
from people.views.settings import blame


@require_http_methods(["GET", "HEAD", "POST"])
def delegates(request: Request) -> HttpResponse:
    """Both lists; POST lets someone (`person`, a handle or an address) post for one, perhaps `until` a day."""
    if request.user.is_guest:
        raise Refused(_("Guests post for nobody else, and nobody posts for them."))
    form = Delegate(request.POST if request.method == "POST" else None, person=request.user)
    if request.method == "POST" and form.is_valid():
        to = form.cleaned_data["person"]
        try:
            actions.delegate(person=request.user, to=to, until=form.cleaned_data["until"])
        except Refused as error:
            form.add_error("person", error.message)
        except ValidationError as error:
            blame(form, error)
        else:
            messages.success(request, _("%(name)s may post for you now, and is told.") % {"name": to.name})
            return redirect("people:delegates")
    # At most as many as the limit allows; those for whom one may post are few by nature.
    mine = list(Delegation.objects.filter(person=request.user).select_related("delegate").order_by("delegate__folded"))
    theirs = list(Delegation.objects.filter(delegate=request.user).select_related("person").order_by("person__folded"))
    hold = set(holding().filter(pk__in=[row.pk for row in (*mine, *theirs)]).values_list("pk", flat=True))
    context: dict[str, Any] = {
        "form": form,
        "mine": [(row, row.delegate, row.pk in hold) for row in mine],
        "theirs": [(row, row.person, row.pk in hold) for row in theirs],
        "full": len(mine) >= limits.DELEGATES.value,
        "may_delegate": may_delegate(request.user),
    }
    return render(request, "people/delegates.html", context, status=422 if form.errors else 200)


@require_POST
def end(request: Request, public_id: str) -> HttpResponse:
    """Someone posts for one no longer, or (`act=return`) one no longer posts for someone."""
    if request.POST.get("act") == "return":
        row = get_object_or_404(
            Delegation.objects.select_related("person"), delegate=request.user, person__public_id=public_id
        )
        said = _("You no longer post for %(name)s.") % {"name": row.person.name}
    else:
        row = get_object_or_404(
            Delegation.objects.select_related("person", "delegate"), person=request.user, delegate__public_id=public_id
        )
        said = _("%(name)s no longer posts for you.") % {"name": row.delegate.name}
    actions.withdraw(delegation=row, by=request.user)
    messages.success(request, said)
    return redirect("people:delegates")
