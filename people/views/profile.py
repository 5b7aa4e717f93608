"""One person's page."""

from __future__ import annotations

import zoneinfo
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from core.htmx import back, fragment
from core.requests import Request
from people import actions
from people.models import Follow, User
from people.permissions import may

#: People shown as reporting to someone.
REPORTS = 24


@require_safe
def person(request: Request, public_id: str) -> HttpResponse:
    """Who someone is: what they do, where, with whom, and what they said."""
    found = get_object_or_404(User.objects.visible_to(request.user), public_id=public_id)
    visible = User.objects.visible_to(request.user)
    followed = found.pk != request.user.pk and Follow.objects.filter(follower=request.user, followed=found).exists()
    context: dict[str, Any] = {
        "person": found,
        "may": may(request.user, found),
        "followed": followed,
        "own": found.pk == request.user.pk,
        "manager": visible.filter(pk=found.manager_id).first() if found.manager_id else None,
        "reports": list(visible.active().filter(manager=found).order_by("folded", "pk")[:REPORTS]),
        "local_time": _local_time(found, request.user),
    }
    return render(request, "people/person.html", context)


@require_POST
def follow(request: Request, public_id: str) -> HttpResponse:
    """Follow (`on`=1), or no longer (`on`=0)."""
    found = get_object_or_404(User.objects.visible_to(request.user), public_id=public_id)
    wanted = request.POST.get("on", "1") == "1"
    if wanted:
        actions.follow(follower=request.user, followed=found)
    else:
        actions.unfollow(follower=request.user, followed=found)
    context = {"person": found, "followed": wanted}
    return fragment(request, "people/_follow.html", context, otherwise=back(request, found.get_absolute_url()))


def _local_time(found: User, reader: User) -> datetime | None:
    """Their clock, where it differs from the reader's."""
    if not found.time_zone or not found.is_active or found.time_zone == reader.time_zone:
        return None
    try:
        zone = zoneinfo.ZoneInfo(found.time_zone)
    except (ValueError, zoneinfo.ZoneInfoNotFoundError):
        return None
    return timezone.now().astimezone(zone)
