"""Putting a discussion off until later."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods

from core.requests import Request
from feed import composing
from feed.views.posts import found as visible_post
from inbox import actions as inbox

#: The hour at which what was put off to another day comes back.
MORNING = 9


@require_http_methods(["GET", "POST"])
def snooze(request: Request, public_id: str) -> HttpResponse:
    """Choose when it comes back: one of some moments (`when`), or any (`at`)."""
    post = visible_post(request, public_id)
    root = post.root or post
    moments = {key: (label, at) for key, label, at in choices()}
    chosen, errors = request.POST.get("when", ""), []
    if request.method == "POST":
        until = moments[chosen][1] if chosen in moments else _typed(request.POST.get("at", ""))
        try:
            if until is None:
                raise ValidationError({"until": _("Choose when it shall come back.")}, code="empty")
            inbox.snooze(person=request.user, obj=root, until=until)
        except ValidationError as error:
            errors = composing.said(error)
        else:
            messages.success(request, _("You will hear of it then, and nothing until then."))
            return HttpResponseRedirect(root.get_absolute_url())
    context = {
        "post": root,
        "moments": [(key, label, at) for key, (label, at) in moments.items()],
        "until": inbox.wish_of(person=request.user, obj=root)[1],
        "chosen": chosen or "tomorrow",
        "at": request.POST.get("at", ""),
        "errors": errors,
    }
    return render(request, "feed/snooze.html", context, status=422 if errors else 200)


def choices() -> list[tuple[str, str, datetime]]:
    """Moments that people ask for, by the reader's own clock."""
    now = timezone.localtime()
    morning = now.replace(hour=MORNING, minute=0, second=0, microsecond=0)
    found = [
        ("hours", _("In three hours"), now + timedelta(hours=3)),
        ("tomorrow", _("Tomorrow morning"), morning + timedelta(days=1)),
        ("monday", _("Monday morning"), morning + timedelta(days=7 - now.weekday())),
        ("month", pgettext("when something comes back", "In four weeks"), morning + timedelta(days=28)),
    ]
    # On a Sunday, Monday is tomorrow.
    return [one for one in found if one[0] != "monday" or now.weekday() != 6]


def _typed(text: str) -> datetime | None:
    """A moment of the reader's own clock."""
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    if found is None:
        return None
    return found if timezone.is_aware(found) else timezone.make_aware(found)
