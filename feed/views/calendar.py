"""Events: lists of what is to come, one event and who comes, and the files and addresses for other calendars."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from core import limits, pace, paging
from core.htmx import back
from core.refusal import Refused, sentences
from core.requests import Request
from feed import calendars, cards, composing, ics
from feed.actions import calendar as actions
from feed.cards import Reader
from feed.forms import EventForm
from feed.models import CalendarEvent, CalendarFeed, Post, Rsvp
from feed.permissions import may
from feed.views.home import is_fragment
from feed.views.posts import found, row_of
from groups.models import Group
from people.hearing import unheard_by
from people.models import User

#: Events on one page of a list, and beside a group.
SIZE, BESIDE = 20, 3
TYPE = "text/calendar; charset=utf-8"


# ---- Lists


@require_GET
def events(request: Request) -> HttpResponse:
    """What is to come for the reader, what of it they said they come to (`?view=mine`), or what was (`?view=past`)."""
    view = request.GET.get("view", "")
    view = view if view in calendars.VIEWS else calendars.VIEWS[0]
    rows, by = calendars.listed(request.user, view)
    labels = (pgettext("events", "Coming up"), pgettext("events", "I go"), pgettext("events", "Past"))
    context = {
        "view": view,
        "views": [
            (f"/events/?view={name}", label, name == view) for name, label in zip(calendars.VIEWS, labels, strict=True)
        ],
    }
    return _listed(request, rows, by, f"/events/?view={view}", "feed/events.html", context)


@require_GET
def of_group(request: Request, public_id: str) -> HttpResponse:
    """The events of a group: to come, or (`?view=past`) those that were; three of them for its page (`?beside=1`)."""
    group = get_object_or_404(Group.objects.visible_to(request.user), public_id=public_id)
    base = f"/groups/{group.public_id}/events/"
    if request.GET.get("beside") and is_fragment(request):
        rows, by = calendars.of_group(request.user, group)
        lines = _lines(list(rows.filter(cancelled_at=None).order_by(*by)[:BESIDE]))
        return render(request, "feed/_group_events.html", {"group": group, "events": lines})
    past = request.GET.get("view") == "past"
    rows, by = calendars.of_group(request.user, group, past=past)
    context = {
        "group": group,
        "view": "past" if past else "coming",
        "views": [
            (base, pgettext("events", "Coming up"), not past),
            (f"{base}?view=past", pgettext("events", "Past"), past),
        ],
    }
    return _listed(request, rows, by, f"{base}?view={context['view']}", "feed/group_events.html", context)


def _listed(
    request: Request, rows: Any, by: tuple[str, ...], base: str, template: str, context: dict[str, Any]
) -> HttpResponse:
    page = paging.page(rows, by=by, cursor=request.GET.get("cursor"), size=SIZE)
    context |= {"lines": _lines(page.items), "next_url": f"{base}&cursor={page.next}" if page.next else ""}
    more = is_fragment(request) and request.GET.get("cursor")
    return render(request, "feed/_events.html" if more else template, context)


def _lines(rows: list[CalendarEvent]) -> list[dict[str, Any]]:
    """Events as lists draw them."""
    labels = dict(Rsvp.Answer.choices)
    return [
        {
            "event": event,
            "post": event.post,
            "group": event.post.group,
            "when": calendars.when(event),
            "answer": labels.get(getattr(event, "mine", None) or "", ""),
            "mine": getattr(event, "mine", None) or "",
        }
        for event in rows
    ]


# ---- One event


def _event(request: Request, public_id: str) -> CalendarEvent:
    """The event, if the person may see its post; else the 404 of an id that was never used."""
    post = found(request, public_id)
    event = CalendarEvent.objects.filter(post=post).first() if post.post_kind == Post.Kind.EVENT else None
    if event is None:
        raise Http404
    event.post = post
    return event


@require_GET
def event(request: Request, public_id: str) -> HttpResponse:
    """An event as it stands for the reader, for its card."""
    return _card(request, found(request, public_id))


def _card(request: Request, post: Post) -> HttpResponse:
    reader = Reader(request.user)
    row = row_of(request, post)
    fragments = cards.fragments_of(reader, [row])
    reader.attends([row], fragments)
    invited = next((argument for _text, name, argument in fragments[row.pk] if name == "event"), None)
    if invited is None:
        raise Http404
    off = not reader.writes_in(row.group_id, row.archived_at is not None)
    return HttpResponse(cards.event_for(reader, invited, off=off))


@require_POST
def answer(request: Request, public_id: str) -> HttpResponse:
    """Say whether one comes; the same answer again takes it back."""
    post = found(request, public_id)
    said: str | None = request.POST.get("answer", "")
    if said and Rsvp.objects.filter(event__post=post, person=request.user, answer=said).exists():
        said = None
    try:
        actions.answer(post=post, person=request.user, answer=said)
    except ValidationError as error:
        raise Refused(error.messages[0], status=422) from error
    if is_fragment(request):
        return _card(request, post)
    return HttpResponseRedirect(back(request, post.get_absolute_url()))


@require_GET
def people(request: Request, public_id: str) -> HttpResponse:
    """Who comes, perhaps comes, and does not: of those whom the reader may know."""
    event = _event(request, public_id)
    wanted = request.GET.get("answer", "")
    wanted = wanted if wanted in Rsvp.Answer.values else Rsvp.Answer.GOING
    # Security door: a guest is told how many come, and the names of those they know.
    known = User.objects.visible_to(request.user).exclude(pk__in=unheard_by(request.user))
    rows = Rsvp.objects.filter(event=event, answer=wanted, person__in=known.values("pk")).select_related("person")
    page = paging.page(rows, by=("pk",), cursor=request.GET.get("cursor"), size=50)
    base = f"/posts/{event.post.public_id}/event/people/"
    context = {
        "event": event,
        "post": event.post,
        "people": [row.person for row in page.items],
        "tabs": [
            (f"{base}?answer={value}", label, getattr(event, cards.COUNTED[value]), value == wanted)
            for value, label in Rsvp.Answer.choices
        ],
        "next_url": f"{base}?answer={wanted}&cursor={page.next}" if page.next else "",
    }
    more = is_fragment(request) and request.GET.get("cursor")
    return render(request, "feed/_event_people.html" if more else "feed/event_people.html", context)


@require_http_methods(["GET", "POST"])
def change(request: Request, public_id: str) -> HttpResponse:
    """Change what it is, when or where; those who answered are told of another time or place."""
    event = _event(request, public_id)
    _arranges(request, event)
    errors: list[str] = []
    typed: dict[str, Any] = calendars.typed(event)
    if request.method == "POST":
        form = EventForm(request.POST)
        typed = {name: request.POST.get(name, "") for name in typed}
        if form.is_valid():
            try:
                actions.change(post=event.post, by=request.user, **form.happens())
            except ValidationError as error:
                errors = composing.said(error)
            else:
                messages.success(request, _("The event is changed."))
                return HttpResponseRedirect(event.post.get_absolute_url())
        else:
            errors = sentences(form)
    context = {
        "post": event.post,
        "event": event,
        "typed": typed,
        "clocks": calendars.clocks(str(typed["zone"]), timezone.get_current_timezone_name()),
        "errors": errors,
    }
    return render(request, "feed/change_event.html", context, status=422 if errors else 200)


@require_http_methods(["GET", "POST"])
def cancel(request: Request, public_id: str) -> HttpResponse:
    """Say that it does not take place, with a reason that everyone reads; or (`act=restore`) that it does after all."""
    event = _event(request, public_id)
    if request.POST.get("act") == "restore":
        actions.restore(post=event.post, by=request.user)
        messages.success(request, _("The event takes place. Those who answered are told."))
        return HttpResponseRedirect(event.post.get_absolute_url())
    _arranges(request, event, cancelled=request.method == "GET")
    errors: list[str] = []
    why = request.POST.get("why", "")
    if request.method == "POST":
        try:
            actions.cancel(post=event.post, by=request.user, why=why)
        except ValidationError as error:
            errors = composing.said(error)
        else:
            messages.success(request, _("The event is cancelled. Those who answered are told."))
            return HttpResponseRedirect(event.post.get_absolute_url())
    context = {"post": event.post, "event": event, "when": calendars.when(event), "why": why, "errors": errors}
    return render(request, "feed/cancel_event.html", context, status=422 if errors else 200)


def _arranges(request: Request, event: CalendarEvent, *, cancelled: bool = False) -> None:
    if not may(request.user, event.post).arrange:
        raise Refused(_("Only who made an event, or who looks after the place, can change it."))
    if event.cancelled_at is not None and not cancelled:
        raise Refused(_("This event is cancelled."), status=409)
    if event.ends_at <= timezone.now():
        raise Refused(_("This event is over."), status=409)


@require_safe
def file(request: Request, public_id: str) -> HttpResponse:
    """The event for a calendar, once."""
    event = _event(request, public_id)
    event.mine = calendars.answers_of(request.user, [event.pk]).get(event.pk)  # type: ignore[attr-defined] # as lists have it
    return _calendar(ics.drawn([event]), f"{event.post.public_id}.ics")


# ---- One's own calendar


@require_http_methods(["GET", "POST"])
def address(request: Request) -> HttpResponse:
    """The address where one's own calendar reads the events: make one, another, or none (`act=close`)."""
    if request.method == "POST":
        if request.POST.get("act") == "close":
            actions.close_feed(person=request.user)
            messages.success(request, _("The address is worth nothing from now on."))
        else:
            actions.open_feed(person=request.user)
            messages.success(request, _("Here is the address. Earlier ones are worth nothing from now on."))
        return HttpResponseRedirect("/settings/calendar/")
    mine = CalendarFeed.objects.filter(person=request.user).first()
    context: dict[str, Any] = {"feed": mine}
    if mine is not None:
        context["address"] = settings.BASE_URL + reverse("feed:calendar", args=[actions.feed_token(mine)])
        context["webcal"] = f"webcal://{context['address'].partition('://')[2]}"
    return render(request, "feed/calendar_address.html", context)


@login_not_required
@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """What stands in the calendar of whoever this address was made for.

    Security door: the address is all that is asked for, no cookie is read or set. What it gives is asked of
    `visible_to` that person now; an address that was taken back, whose person has left, or that never was one, is the
    same 404. It reads events and nothing else.
    """
    mine = actions.feed_behind(token)
    if mine is None:
        return HttpResponse(status=404, content_type="text/plain")
    if not pace.within(limits.CALENDAR_READS, mine.public_id):
        refused = str(limits.CALENDAR_READS.message) % {"limit": limits.number(limits.CALENDAR_READS.value)}
        return HttpResponse(
            refused, status=429, content_type="text/plain; charset=utf-8", headers={"Retry-After": str(pace.HOUR)}
        )
    person = mine.person
    with translation.override(person.language or settings.LANGUAGE_CODE):
        rows = calendars.exported(person, most=limits.CALENDAR_EVENTS.value)
        return _calendar(ics.drawn(rows, name=ics.name_of()), "events.ics")


def _calendar(content: bytes, name: str) -> HttpResponse:
    return HttpResponse(content, content_type=TYPE, headers={"Content-Disposition": f'attachment; filename="{name}"'})
