"""Taking a discussion elsewhere: to another place, a part of it into one of its own, or into another."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.refusal import Refused
from core.requests import Request
from feed import composing
from feed.actions import moving
from feed.cards import Reader
from feed.models import Post, Relocation
from feed.permissions import may, may_move_to
from feed.views.posts import found as visible_post
from groups.models import Group
from people.models import User

#: The place that is no group, as forms and addresses name it.
EVERYONE = "everyone"
#: People that are named of those who gain or lose a discussion.
NAMED = 12
#: Answers that can be chosen on one page, and discussions.
ANSWERS, DISCUSSIONS = 100, 20
#: Lines about what became of a discussion.
LINES = 3


@require_http_methods(["GET", "POST"])
def move(request: Request, public_id: str) -> HttpResponse:
    """Choose another place (`?to=`), see who gains and who loses, and only then move it there."""
    post = visible_post(request, public_id)
    allowed = may(request.user, post)
    asked = request.POST.get("to") if request.method == "POST" else request.GET.get("to")
    if not allowed.move:
        raise Refused(_("Only who began a discussion, or who looks after the place, can move it."))
    if not asked:
        return render(request, "feed/move.html", {"post": post, "places": _places(request, post)})
    to = place(request, asked)
    if request.method == "POST" and post.group_id == (to.pk if to else None):
        return HttpResponseRedirect(post.get_absolute_url())
    if not may_move_to(request.user, post, to):
        raise Refused(moving.no_move())
    change = moving.consequences(post=post, to=to)
    moving.permitted(post=post, by=request.user, found=change)
    errors: list[str] = []
    if request.method == "POST":
        if change.gained and request.POST.get("sure") != "on":
            errors = [_("Confirm that more people may read it.")]
        else:
            try:
                moving.move(post=post, by=request.user, to=to, gaining=_number(request.POST.get("gaining")))
            except Refused as refused:
                if refused.status != 409:
                    raise
                errors = [refused.message]
            else:
                messages.success(request, _("The discussion is moved."))
                return HttpResponseRedirect(post.get_absolute_url())
    gain, lose = named(request, change.gain), named(request, change.lose)
    context = {
        "post": post,
        "to": to,
        "asked": asked,
        "change": change,
        "gain": gain,
        "gain_others": change.gained - len(gain),
        "lose": lose,
        "lose_others": change.lost - len(lose),
        "errors": errors,
    }
    return render(request, "feed/move_sure.html", context, status=422 if errors else 200)


def place(request: Request, asked: str) -> Group | None:
    """The group of an id that the person may know; None for the whole company.

    Raises:
        Http404: as for an id that was never used.
    """
    if asked == EVERYONE:
        return None
    groups = Group.objects.visible_to(request.user).select_related("audience")
    if "\0" in asked:
        raise Http404
    return get_object_or_404(groups, public_id=asked)


def named(request: Request, people: Any) -> list[User]:
    """The first of some people, as far as the person may see them."""
    rows = User.objects.visible_to(request.user).filter(pk__in=people.values("pk"))
    return list(rows.order_by("folded", "pk")[:NAMED])


def _places(request: Request, post: Post) -> list[composing.Place]:
    reader = Reader(request.user)
    here = post.group.public_id if post.group else ""
    found = [one for one in composing.places(reader) if one.value != here]
    if post.post_kind == Post.Kind.ANNOUNCEMENT:
        led = {one.public_id for one in reader.places if reader.roles.leads(one.group_id)}
        found = [one for one in found if request.user.is_admin or one.value in led]
    return found


@require_http_methods(["GET", "POST"])
def split(request: Request, public_id: str) -> HttpResponse:
    """Choose answers of a discussion that become one of their own; of an answer, beginning with it."""
    start = visible_post(request, public_id)
    post = start.root or start
    if not may(request.user, post).split:
        raise Refused(_("Only those who look after this place can split a discussion."))
    visible = Post.objects.visible_to(request.user)
    answers = visible.filter(root=post).select_related("author").in_thread_order()
    errors: list[str] = []
    chosen = request.POST.getlist("answer")
    if request.method == "POST":
        picked = list(visible.filter(root=post, public_id__in=[one for one in chosen if "\0" not in one]))
        if len(picked) != len(set(chosen)):
            raise Http404
        try:
            new = moving.split(post=post, by=request.user, answers=picked)
        except ValidationError as error:
            errors = composing.said(error)
        else:
            messages.success(request, _("These answers are a discussion of their own now."))
            return HttpResponseRedirect(new.get_absolute_url())
    elif start.root_id:
        chosen = [start.public_id]
        answers = answers.filter(place__gte=start.branch_id or start.pk)
    after = visible.filter(root=post, public_id=request.GET.get("after", "").replace("\0", "")).first()
    if after is not None:
        answers = answers.filter(place__gt=after.branch_id or after.pk)
    rows = list(answers[: ANSWERS + 1])
    context = {
        "post": post,
        "answers": rows[:ANSWERS],
        "chosen": chosen,
        "after": rows[ANSWERS - 1].public_id if len(rows) > ANSWERS else "",
        "errors": errors,
    }
    return render(request, "feed/split.html", context, status=422 if errors else 200)


@require_http_methods(["GET", "POST"])
def merge(request: Request, public_id: str) -> HttpResponse:
    """Choose the discussion of the same place that this one becomes a part of."""
    post = visible_post(request, public_id)
    visible = Post.objects.visible_to(request.user).roots()
    if request.method == "POST":
        asked = request.POST.get("into", "").strip().rstrip("/").rpartition("/")[2].partition("#")[0]
        if not asked:
            return _choose(request, post, errors=[_("Choose a discussion.")])
        into = get_object_or_404(visible.select_related("group"), public_id=asked.replace("\0", "-"))
        into = moving.merge(post=post, by=request.user, into=into)
        messages.success(request, _("The two discussions are one now."))
        return HttpResponseRedirect(post.get_absolute_url())
    if not may(request.user, post).merge:
        raise Refused(_("Only those who look after this place can merge discussions."))
    return _choose(request, post)


def _choose(request: Request, post: Post, *, errors: list[str] | None = None) -> HttpResponse:
    others = Post.objects.visible_to(request.user).roots().filter(state=Post.State.PUBLISHED, audience=post.audience_id)
    q = request.GET.get("q", "").replace("\0", "").strip()[:100]
    if q:
        others = others.filter(line__icontains=q)
    found = others.exclude(pk=post.pk).select_related("author").order_by("-last_activity_at", "-pk")[:DISCUSSIONS]
    context = {"post": post, "others": found, "q": q, "errors": errors or []}
    return render(request, "feed/merge.html", context, status=422 if errors else 200)


def lines(user: Any, root: Any) -> list[Any]:
    """What became of a discussion, newest first: one query, and none where nothing did.

    Security door: a group, and another discussion, are named to those alone who may know them. Whoever may not reads
    that it was moved, and by whom, and nothing of where it was.
    """
    if not root.moves:
        return []
    known = Group.objects.visible_to(user).filter(pk=OuterRef("group"))
    seen = Post.objects.visible_to(user).filter(pk=OuterRef("other"))
    rows = Relocation.objects.filter(post=root.pk).select_related("by", "group", "other")
    found = list(rows.annotate(known=Exists(known), seen=Exists(seen)).order_by("-pk")[:LINES])
    for row in found:
        row.place = row.group if row.known else None  # type: ignore[attr-defined]
        row.company = row.group_id is None and not user.is_guest  # type: ignore[attr-defined]
        row.thread = row.other if row.seen else None  # type: ignore[attr-defined]
    return found


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None
