"""One person's page."""

from __future__ import annotations

import zoneinfo
from datetime import date, tzinfo
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core import paging
from core.htmx import back, fragment
from core.refusal import Refused
from core.requests import Request
from people import actions, presence
from people.about import shown_to
from people.hearing import blocked_by, unheard_by
from people.models import Follow, ProfileField, ProfileValue, User, unshown
from people.permissions import may
from people.views.skills import claims_of, offered

#: People shown as reporting to someone, and people of a page of those one follows.
REPORTS = 24
FOLLOWS = 40


@require_safe
def person(request: Request, public_id: str) -> HttpResponse:
    """Who someone is: what they do, where, with whom, and what they said."""
    found = get_object_or_404(User.objects.visible_to(request.user), public_id=public_id)
    visible = User.objects.visible_to(request.user)
    if found.pk != request.user.pk:
        presence.marked([found], reader=request.user)
    followed = found.pk != request.user.pk and Follow.objects.filter(follower=request.user, followed=found).exists()
    context: dict[str, Any] = {
        "person": found,
        "about_html": shown_to(request.user, found),
        "may": may(request.user, found),
        "unshown": unshown(found, reader=request.user),
        "silence": _silence(request.user, found),
        "claims": claims_of(found, request.user),
        "offered": offered() if found.pk == request.user.pk else [],
        "followed": followed,
        "own": found.pk == request.user.pk,
        "manager": visible.filter(pk=found.manager_id).first() if found.manager_id else None,
        "reports": list(visible.active().filter(manager=found).order_by("folded", "pk")[:REPORTS]),
        "deputy": visible.active().filter(pk=found.deputy_id).first() if found.is_away and found.deputy_id else None,
        "values": _values(found, request.user),
        "birthday": _birthday(found, request.user),
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


@require_safe
def following(request: Request) -> HttpResponse:
    """Whom one follows, the last first; with `?view=followers` who follows one. Only for oneself."""
    followers = request.GET.get("view") == "followers"
    found = follows_of(request.user, followers=followers, cursor=request.GET.get("cursor"))
    people = [one.follower if followers else one.followed for one in found.items]
    mine = set(Follow.objects.filter(follower=request.user, followed__in=people).values_list("followed_id", flat=True))
    presence.marked(people, reader=request.user)
    context = {
        "people": [(one, one.pk in mine) for one in people],
        "followers": followers,
        "next_url": f"?{'view=followers&' if followers else ''}cursor={found.next}" if found.next else "",
    }
    return render(request, "people/following.html", context)


def follows_of(person: User, *, followers: bool = False, cursor: str | None = None) -> paging.Page:
    """Whom someone follows, or who follows them, as far as they see them; of followers only those who are heard."""
    side, other = ("followed", "follower") if followers else ("follower", "followed")
    rows = Follow.objects.filter(**{side: person, f"{other}__in": User.objects.visible_to(person).values("pk")})
    if followers:
        rows = rows.filter(follower__is_active=True).exclude(follower__in=unheard_by(person))
    return paging.page(rows.select_related(other), cursor=cursor, size=FOLLOWS)


@require_POST
def silence(request: Request, public_id: str) -> HttpResponse:
    """Hear nothing of someone (`level`: mute or block), or hear of them again (no level)."""
    found = get_object_or_404(User.objects.visible_to(request.user), public_id=public_id)
    level = request.POST.get("level", "")
    if level:
        try:
            actions.silence(person=request.user, of=found, level=level)
        except ValidationError as error:
            raise Refused(" ".join(error.messages), status=422) from error
        sentence = _("You have blocked %(name)s.") if level == "block" else _("You have muted %(name)s.")
    else:
        actions.unsilence(person=request.user, of=found)
        sentence = _("You hear of %(name)s again.")
    messages.success(request, sentence % {"name": found.name})
    return HttpResponseRedirect(back(request, found.get_absolute_url()))


def _silence(reader: User, found: User) -> str:
    """Whether the reader has muted or blocked them, or neither."""
    if found.pk not in unheard_by(reader):
        return ""
    return "block" if found.pk in blocked_by(reader) else "mute"


def _values(found: User, reader: User) -> list[tuple[ProfileField, Any]]:
    """The company's own fields that are filled in and that the reader sees; days as days."""
    if not found.is_active:
        return []
    rows = ProfileValue.objects.filter(person=found).select_related("field").order_by("field__place", "field")
    return [
        (row.field, date.fromisoformat(row.text) if row.field.kind == ProfileField.Kind.DATE else row.text)
        for row in rows
        if row.field.shows_to(reader, found)
    ]


def _birthday(found: User, reader: User) -> date | None:
    """Their birthday in a leap year, if they say it and the reader is a colleague."""
    if not found.birthday or not found.is_active or reader.is_guest:
        return None
    return date.fromisoformat(f"2024-{found.birthday}")


def _local_time(found: User, reader: User) -> dict[str, Any] | None:
    """What their clock says, where it says another time than the reader's, and where that is.

    Who has chosen no zone has the network's.
    """
    if not found.is_active:
        return None
    now = timezone.now()
    theirs, mine = (now.astimezone(_zone(one.time_zone)) for one in (found, reader))
    if theirs.utcoffset() == mine.utcoffset():
        return None
    zone = getattr(theirs.tzinfo, "key", "")
    # The templates turn a moment that knows its zone into the reader's own.
    return {"clock": theirs.time(), "moment": theirs.isoformat(timespec="minutes"), "zone": zone.replace("_", " ")}


def _zone(name: str) -> tzinfo:
    try:
        return zoneinfo.ZoneInfo(name) if name else timezone.get_default_timezone()
    except (ValueError, zoneinfo.ZoneInfoNotFoundError):
        return timezone.get_default_timezone()
