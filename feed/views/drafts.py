"""Drafts: kept while one types, listed, opened again, thrown away, and given an hour."""

from __future__ import annotations

from datetime import date, time
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core import limits, paging
from core.refusal import Refused
from core.requests import Request
from feed import composing
from feed.actions import drafts
from feed.cards import Reader
from feed.forms import DraftForm
from feed.models import Draft, Post
from groups.models import Group
from people.delegating import spoken_for


def of(request: Request, public_id: str) -> Draft:
    """A draft of the reader's own; anybody else's is an id that was never used."""
    mine = Draft.objects.filter(person=request.user).select_related("group", "person")
    return get_object_or_404(mine, public_id=public_id)


def named(request: Request) -> Draft | None:
    """The draft that a form was written on, if it is still there."""
    public_id = request.POST.get("draft", "")
    if not public_id or "\0" in public_id:
        return None
    return Draft.objects.filter(person=request.user, public_id=public_id).select_related("person").first()


@require_GET
def listed(request: Request) -> HttpResponse:
    """Everything the person has written and not said: what is due first, then the last changed."""
    mine = Draft.objects.filter(person=request.user)
    found = paging.page(mine.order_by("-pk"), cursor=request.GET.get("cursor"), size=50)
    groups = Group.objects.visible_to(request.user).in_bulk({one.group_id for one in found.items if one.group_id})
    visible = Post.objects.visible_to(request.user).select_related("author")
    answered = visible.in_bulk({one.to_id for one in found.items if one.to_id})
    names = {one.public_id: one for one in spoken_for(request.user)}
    lines = [
        {
            "draft": one,
            "group": groups.get(one.group_id or 0),
            "to": answered.get(one.to_id or 0),
            "author": names.get(one.choices.get("on_behalf_of", "")),
        }
        for one in sorted(found.items, key=lambda one: (one.due_at is None, one.due_at or one.updated_at))
    ]
    next_url = f"/drafts/?cursor={found.next}" if found.next else ""
    return render(request, "feed/drafts.html", {"lines": lines, "next_url": next_url})


@require_POST
def keep(request: Request) -> HttpResponse:
    """Keep what stands in a field, for the script that watches it. Answers with the id of the draft."""
    form = DraftForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"id": ""}, status=422)
    sent = form.cleaned_data
    group, draft = None, named(request)
    to = draft.to if draft is not None else None
    if sent["group"]:
        group = get_object_or_404(Group.objects.visible_to(request.user), public_id=sent["group"])
    answers = sent["parent"] or sent["place"].removeprefix("post-") if sent["place"].startswith("post-") else ""
    if answers:
        to = get_object_or_404(Post.objects.visible_to(request.user), public_id=answers)
    try:
        kept = drafts.keep(
            person=request.user,
            body=sent["body"],
            draft=draft,
            place=sent["place"],
            group=group,
            to=to,
            files=sent["file"],
            choices=chosen(sent),
        )
    except ValidationError as error:
        return JsonResponse({"id": "", "error": error.messages[0]}, status=422)
    return JsonResponse({"id": kept.public_id if kept else ""})


@require_GET
def latest(request: Request) -> HttpResponse:
    """The draft that waits in a field (`?place=`), for the script that comes to an empty one."""
    place = request.GET.get("place", "")
    found = None
    if place and "\0" not in place:
        found = Draft.objects.filter(person=request.user, place=place[:60]).select_related("group").first()
    if found is None:
        return JsonResponse({})
    files = [
        {"id": one.public_id, "name": one.name, "url": one.get_absolute_url(), "thumb": one.thumb_url, "alt": one.alt}
        for one in composing.loose_files(request.user, found.files)
    ]
    group = found.group.public_id if found.group and found.group.is_visible_to(request.user) else ""
    return JsonResponse({"id": found.public_id, "body": found.body, "group": group, "files": files} | found.choices)


@require_GET
def opened(request: Request, public_id: str) -> HttpResponse:
    """A draft in the form it will be sent from."""
    draft = of(request, public_id)
    reader = Reader(request.user)
    context: dict[str, Any] = {"draft": draft, "open": True}
    if draft.to_id is not None:
        to = Post.objects.visible_to(request.user).select_related("group", "root", "author").filter(pk=draft.to_id)
        context["to"] = context["reply_to"] = to.first()
        composer = composing.Composer([], None, max=limits.REPLY_CHARS.value)
        composer.speakers = spoken_for(request.user)
        if context["to"] is not None and context["to"].group is not None:
            composer.group = context["to"].group.public_id
    else:
        where = composing.places(reader)
        group = draft.group if draft.group and draft.group.is_visible_to(request.user) else None
        aims = group is not None or draft.to_everyone
        found = composing.blank(reader, where, chosen=group.public_id if group else "")
        composer = found or composing.Composer([composing.everyone()], composing.everyone())
        composing.with_announcements(composer, user=request.user, group=group, roles=reader.roles)
        # A text for a group that one has left must not come back aimed at everyone unseen.
        if not aims or (group and composer.chosen and composer.chosen.value != group.public_id):
            composer.errors = [_("You can no longer post where this was meant for. Choose another place.")]
    composer.body, composer.kind, composer.draft = draft.body, draft.choices.get("kind", ""), draft.public_id
    composer.mail = draft.choices.get("mail") or composer.mail
    _in_a_name(composer, draft)
    composer.poll = {name: draft.choices.get(name, "") for name in drafts.POLL}
    composer.praise = {name: draft.choices.get(name, "") for name in drafts.PRAISE}
    composer.event = {name: draft.choices.get(name, "") for name in drafts.EVENT}
    composer.files, composer.due_at = composing.loose_files(request.user, draft.files), draft.due_at
    return render(request, "feed/draft.html", context | {"composer": composer})


def _in_a_name(composer: composing.Composer, draft: Draft) -> None:
    """In whose name a draft was to be said; if that is no longer possible, its author is told before they send it."""
    composer.behalf = draft.choices.get("on_behalf_of", "")
    if composer.behalf and composer.behalf not in {one.public_id for one in composer.speakers}:
        composer.errors = [*composer.errors, _("You may not post for this person now.")]


@require_POST
def discard(request: Request, public_id: str) -> HttpResponse:
    """Throw it away."""
    drafts.discard(draft=of(request, public_id))
    if request.headers.get("Accept") == "application/json":
        return HttpResponse(status=204)
    messages.success(request, _("The draft is deleted."))
    return HttpResponseRedirect("/drafts/")


@require_POST
def send(request: Request, public_id: str) -> HttpResponse:
    """Say it now, or no longer at its hour (`act=wait`)."""
    draft = of(request, public_id)
    if request.POST.get("act") == "wait":
        drafts.unschedule(draft=draft)
        return HttpResponseRedirect("/drafts/")
    try:
        post = drafts.send(draft=draft)
    except ValidationError as error:
        raise Refused(error.messages[0], status=422) from error
    return HttpResponseRedirect(post.get_absolute_url())


def chosen(sent: dict[str, Any]) -> dict[str, Any]:
    """What a draft keeps of a form besides the text."""
    named = ("kind", "days", "mail", "on_behalf_of", *drafts.POLL, *drafts.PRAISE, *drafts.EVENT)
    kept = {name: sent[name] for name in named if sent.get(name)}
    # Days and hours as they are typed.
    kept |= {name: kept[name].isoformat() for name in drafts.EVENT if isinstance(kept.get(name), date | time)}
    if kept.get("kind") != Post.Kind.EVENT:
        kept = {name: value for name, value in kept.items() if name not in drafts.EVENT}
    if "closes_at" in kept:
        closes = kept["closes_at"]
        kept["closes_at"] = closes if isinstance(closes, str) else timezone.localtime(closes).strftime("%Y-%m-%dT%H:%M")
    return kept
