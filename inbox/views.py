"""The bell."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.content import Content, model_of
from core.htmx import back, fragment
from core.paging import page
from core.requests import Request
from inbox import actions
from inbox.models import Notice, Preference, Watch


@require_safe
def notices(request: Request) -> HttpResponse:
    """What concerns me, newest first; `?unread=1` for what is new."""
    rows = Notice.objects.filter(recipient=request.user)
    unread = request.GET.get("unread") == "1"
    if unread:
        rows = rows.filter(unread=True)
    found = page(rows, by=("-timestamp", "-pk"), cursor=request.GET.get("cursor"), size=30)
    context = {"notices": actions.lines(found.items, reader=request.user), "next": found.next, "unread": unread}
    template = (
        "inbox/_lines.html" if request.headers.get("HX-Request") and request.GET.get("cursor") else "inbox/notices.html"
    )
    return render(request, template, context)


@require_safe
def count(request: Request) -> JsonResponse:
    """The number on the bell, for the live frame that says it changed."""
    return JsonResponse({"unread": actions.unread_count(request.user)})


@require_safe
def open_notice(request: Request, public_id: str) -> HttpResponse:
    """Go to what a line is about; the line is read when its page is seen, through `read`."""
    notice = get_object_or_404(Notice.objects.filter(recipient=request.user), public_id=public_id)
    shown = actions.lines([notice], reader=request.user)
    if not shown:
        raise Http404
    if shown[0].kind.link:
        return HttpResponseRedirect(shown[0].kind.link(shown[0]))
    about = shown[0].about or shown[0].on
    if about is None:
        return HttpResponseRedirect(reverse("inbox:notices"))
    return HttpResponseRedirect(about.get_absolute_url())


@require_POST
def read(request: Request) -> HttpResponse:
    """Mark lines as read: the given ids, or all of them."""
    ids = request.POST.getlist("id")
    actions.mark_read(person=request.user, ids=ids or None)
    follow = request.POST.get("open") == "1" and len(ids) == 1
    if follow:
        return HttpResponseRedirect(reverse("inbox:notice", args=[ids[0]]))
    return fragment(
        request,
        "inbox/_badge.html",
        {"unread": actions.unread_count(request.user)},
        otherwise=back(request, reverse("inbox:notices")),
    )


@require_POST
def seen(request: Request) -> HttpResponse:
    """A page was looked at: the lines about it are read. Pages send it once they are on the screen."""
    obj = _visible(request)
    actions.mark_read(person=request.user, target=obj)
    return fragment(
        request,
        "inbox/_badge.html",
        {"unread": actions.unread_count(request.user)},
        otherwise=obj.get_absolute_url(),
    )


@require_POST
def watch(request: Request) -> HttpResponse:
    """Follow, mute or hear the usual of a thread, a group or a page that I may see."""
    obj = _visible(request)
    level = request.POST.get("level", "")
    if level in Watch.Level.values:
        actions.watch(person=request.user, obj=obj, level=level)
    else:
        actions.unwatch(person=request.user, obj=obj)
    return fragment(
        request,
        "inbox/_watch.html",
        {"object": obj, "level": actions.level_of(person=request.user, obj=obj)},
        otherwise=back(request, obj.get_absolute_url()),
    )


def preferences(request: Request) -> HttpResponse:
    """What I want to be told of, by kind and channel."""
    if request.method == "POST":
        wanted = set(request.POST.getlist("wanted"))
        for kind, bell in actions.preferences(request.user):
            asked = kind.verb in wanted
            if kind.optional and asked != bell:
                actions.prefer(person=request.user, verb=kind.verb, channel=Preference.Channel.BELL, wanted=asked)
        messages.success(request, _("Saved. You will be told what you chose."))
        return HttpResponseRedirect(reverse("inbox:preferences"))
    return render(request, "inbox/preferences.html", {"preferences": actions.preferences(request.user)})


def _visible(request: Request) -> Content:
    """The row that a form names by kind and id, if its sender may see it; else the same 404 as for a wrong id."""
    try:
        model = model_of(request.POST.get("kind", ""))
    except LookupError as error:
        raise Http404 from error
    return get_object_or_404(model._default_manager.visible_to(request.user), public_id=request.POST.get("id", ""))
