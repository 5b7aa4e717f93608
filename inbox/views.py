"""The bell."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import site
from core.content import Content, model_of
from core.htmx import back, fragment
from core.paging import page
from core.refusal import Refused, sentences
from core.requests import Request
from inbox import actions, letters, push
from inbox.forms import DeviceForm
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


@require_http_methods(["GET", "HEAD", "POST"])
def preferences(request: Request) -> HttpResponse:
    """What I want to be told of, by kind and channel; and the devices that are told."""
    if request.method == "POST":
        wanted = set(request.POST.getlist("wanted"))
        with transaction.atomic():
            for kind, choices in actions.preferences(request.user):
                for choice in choices:
                    asked = f"{kind.verb}:{choice.channel}" in wanted
                    if choice.free and asked != choice.wanted:
                        actions.prefer(person=request.user, verb=kind.verb, channel=choice.channel, wanted=asked)
        messages.success(request, _("Saved. You will be told what you chose."))
        return HttpResponseRedirect(reverse("inbox:preferences"))
    context = {
        # First where there is the most to choose.
        "preferences": sorted(actions.preferences(request.user), key=lambda row: -len(row[0].channels)),
        "channels": list(Preference.Channel),
        "mail_on": site.current().notice_mail,
        **_devices(request),
    }
    return render(request, "inbox/preferences.html", context)


@require_POST
def add_device(request: Request) -> HttpResponse:
    """This browser says where messages are brought to it (perhaps once more), or that it wants none any more."""
    form = DeviceForm(request.POST)
    if not form.is_valid():
        raise Refused(sentences(form)[0], status=422)
    sent = form.cleaned_data
    if sent["off"]:
        push.remove(person=request.user, endpoint=sent["endpoint"])
    elif not push.is_on():
        raise Refused(_("Messages to devices are switched off for this network."), status=409)
    else:
        try:
            push.subscribe(
                person=request.user,
                session=request.session,
                endpoint=sent["endpoint"],
                key=sent["key"],
                secret=sent["secret"],
                agent=request.headers.get("User-Agent", ""),
            )
        except ValidationError as error:
            raise Refused(error.messages[0], status=422) from error
    return fragment(request, "inbox/_devices.html", _devices(request), otherwise=reverse("inbox:preferences"))


@require_POST
def remove_device(request: Request, public_id: str) -> HttpResponse:
    """A device of mine is told nothing more; of another's nothing changes, and the answer is the same."""
    push.remove(person=request.user, public_id=public_id)
    return fragment(request, "inbox/_devices.html", _devices(request), otherwise=reverse("inbox:preferences"))


def _devices(request: Request) -> dict[str, Any]:
    on = push.is_on()
    return {"push_on": on, "push_key": push.public_key() if on else "", "devices": push.devices(request.user)}


@login_not_required
@csrf_exempt
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """The address in a mail that ends mails of its kind: a page with a button, or one press in the program for mail.

    Security door: programs for mail look at each address, so looking changes nothing. Their one press comes without a
    cookie and says what RFC 8058 wants it to say; what proves it is the signed address. All else needs the token
    against forgery.
    """
    if request.method == "POST" and request.POST.get("List-Unsubscribe") == "One-Click":
        if not _stopped(token):
            raise Http404
        return HttpResponse(_("You get no more mail like this."), content_type="text/plain; charset=utf-8")
    return _stop_page(request, token)


@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def _stop_page(request: HttpRequest, token: str) -> HttpResponse:
    found = letters.behind(token)
    if found is None:
        raise Http404
    if request.method == "POST":
        _stopped(token)
    return render(request, "inbox/stop.html", {"kind": found[1], "stopped": request.method == "POST"})


def _stopped(token: str) -> bool:
    """End what a signed address ends; False if it is none of ours."""
    found = letters.behind(token)
    if found is None:
        return False
    person, kind = found
    actions.prefer(person=person, verb=kind.verb, channel=Preference.Channel.MAIL, wanted=False)
    return True


@login_not_required
@require_safe
def push_worker(request: HttpRequest) -> HttpResponse:
    """The script that browsers keep to show messages while no page is open; the same for everyone.

    It stands at the top of the site, because a browser lets it serve no more than what is below it.
    """
    answer = HttpResponse(_worker(), content_type="text/javascript; charset=utf-8")
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@lru_cache(maxsize=1)
def _worker() -> bytes:
    return (Path(settings.BASE_DIR) / "static" / "push-worker.js").read_bytes()


def _visible(request: Request) -> Content:
    """The row that a form names by kind and id, if its sender may see it; else the same 404 as for a wrong id."""
    try:
        model = model_of(request.POST.get("kind", ""))
    except LookupError as error:
        raise Http404 from error
    return get_object_or_404(model._default_manager.visible_to(request.user), public_id=request.POST.get("id", ""))
