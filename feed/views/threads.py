"""A thread: the post, its answers a page at a time, opened at any of them; and answering."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core import limits
from core.audience import mark_read
from core.refusal import Refused
from feed import actions, cards, composing
from feed.cards import COLUMNS, Reader, Row
from feed.composing import Composer
from feed.forms import ReplyForm
from feed.models import Post, ThreadMark
from feed.views.home import is_fragment
from feed.views.posts import found as visible_post
from feed.views.posts import notes_on, row_of
from groups.models import Group

#: Answers that are shown at once; around a deep link half of them before it.
SIZE = 100


@require_GET
def thread(request: HttpRequest, public_id: str) -> HttpResponse:
    """The thread of a post; an answer's own id opens it there."""
    reader = Reader(request.user)
    shells = Post.objects.shells_visible_to(request.user)
    root, target = _opened(shells, public_id)
    mark = ThreadMark.objects.filter(person=request.user, root=root.pk).values_list("read_pk", flat=True).first()
    if is_fragment(request) and {"after", "before", "since"} & set(request.GET):
        return _piece(request, reader, root, mark)
    around = target or _first_new(shells, root, mark, request)
    answers, earlier, later = _window(shells, root.pk, around)
    drawn = cards.thread_of(reader, answers, new_after=mark, here=target.pk if target else None)
    newest = max((row.pk for row in answers), default=0)
    under = {
        "root": root,
        "answers": drawn,
        "earlier": answers[0].public_id if earlier else "",
        "later": answers[-1].public_id if later else "",
        "last": next((row.public_id for row in answers if row.pk == newest), ""),
        "composer": _composer(reader, root),
        "unread": mark is not None and root.last_reply_id is not None and root.last_reply_id > mark and not around,
        "reply_to": "",
    }
    html = render_to_string("feed/_thread.html", under, request=request)
    title = Post.objects.shells_visible_to(request.user).values_list("line", "author__name").get(pk=root.pk)
    card = cards.with_thread(reader, root, html)
    context = {
        "card": card,
        "line": title[0],
        "author_name": title[1],
        "root": root,
        "gone": root.state == Post.State.DELETED,
    }
    return render(request, "feed/thread.html", context)


@require_http_methods(["GET", "POST"])
def reply(request: HttpRequest, public_id: str) -> HttpResponse:
    """Answer a post or an answer. A text that cannot be sent comes back in its form, with the reason."""
    to = visible_post(request, public_id)
    if request.method == "GET":
        reader = Reader(request.user)
        return render(
            request, "feed/reply.html", {"to": to, "composer": _composer(reader, row_of(request, to)), "reply_to": to}
        )
    form = ReplyForm(request.POST)
    valid = form.is_valid()
    if form.cleaned_data.get("parent"):
        # The field under a thread is aimed at one of its answers.
        inside = Post.objects.visible_to(request.user).select_related("group", "root", "author", "audience")
        root = to.root_id or to.pk
        to = get_object_or_404(inside.filter(Q(pk=root) | Q(root=root)), public_id=form.cleaned_data["parent"])
    if not valid:
        return _again(request, to, form, [error for errors in form.errors.values() for error in errors])
    try:
        actions.keep_pace(request.user)
        with transaction.atomic():
            files = composing.take_files(request, form.cleaned_data["file"])
            answer = actions.reply(author=request.user, to=to, body=form.cleaned_data["body"], files=files)
    except (ValidationError, Refused) as error:
        return _again(request, to, form, composing.said(error), status=getattr(error, "status", 422))
    notes = notes_on(answer)
    if is_fragment(request):
        card = cards.one(Reader(request.user), row_of(request, answer))
        shown = render(request, "feed/_said.html", {"card": card, "notes": notes})
        if answer.branch_id:
            # Under what it answers, not at the end of the page.
            shown["HX-Retarget"], shown["HX-Reswap"] = f"#post-{to.public_id}", "afterend"
        return shown
    for note in notes:
        messages.warning(request, note)
    return HttpResponseRedirect(answer.get_absolute_url())


@require_POST
def read(request: HttpRequest, public_id: str) -> HttpResponse:
    """The person has read a thread up to an answer (`upto`): said by the page once it was looked at."""
    post = visible_post(request, public_id)
    root = post.root if post.root_id else post
    upto = Post.objects.visible_to(request.user).filter(root=root, public_id=request.POST.get("upto", "")).first()
    actions.mark_thread(root=root, person=request.user, upto=upto)
    return HttpResponse(status=204)


@require_POST
def read_group(request: HttpRequest, public_id: str) -> HttpResponse:
    """The person has looked at a group: what is there counts as read."""
    group = get_object_or_404(Group.objects.visible_to(request.user), public_id=public_id)
    mark_read(audience_id=group.audience_id, person=request.user)
    return HttpResponse(status=204)


def _opened(shells: QuerySet, public_id: str) -> tuple[Row, Row | None]:
    """The thread's post and, when an answer was asked for, that answer.

    Security door: both come from the same visible rows; a hidden post takes its thread along, a deleted one stays as a
    tombstone only where others answered.

    Raises:
        Http404: for an id that the person may not know.
    """
    first = cards.rows(shells.filter(public_id=public_id)[:1])
    if not first:
        raise Http404
    opened = first[0]
    if opened.root_id is None:
        root, target = opened, None
    else:
        above = cards.rows(shells.filter(pk=opened.root_id)[:1])
        if not above:
            raise Http404
        root, target = above[0], opened
    if root.state == Post.State.HIDDEN or (root.state == Post.State.DELETED and not root.reply_count):
        raise Http404
    return root, target


def _window(shells: QuerySet, root: int, target: Row | None) -> tuple[list[Row], bool, bool]:
    """The answers of a page, and whether there are earlier and later ones."""
    if target is None:
        found = _after(shells, root, None, SIZE + 1)
        return found[:SIZE], False, len(found) > SIZE
    before = _before(shells, root, target, SIZE // 2 + 1)
    after = _after(shells, root, target, SIZE // 2 + 1)
    half = SIZE // 2
    return [*before[-half:], target, *after[:half]], len(before) > half, len(after) > half


def _first_new(shells: QuerySet, root: Row, mark: int | None, request: HttpRequest) -> Row | None:
    """Where to open a long thread for someone who has read a part of it, or who asks for what is new."""
    if mark is None or root.last_reply_id is None or root.last_reply_id <= mark:
        return None
    if root.reply_count <= SIZE and "unread" not in request.GET:
        return None
    rows = (
        shells.filter(root=root.pk, pk__gt=mark).exclude(author=request.user).order_by("pk").values_list(*COLUMNS)[:1]
    )
    return next((Row._make(values) for values in rows), None)


def _after(shells: QuerySet, root: int, at: Row | None, count: int) -> list[Row]:
    rows = shells.filter(root=root).in_thread_order()
    if at is not None:
        place = at.branch_id or at.pk
        rows = rows.filter(place__gte=place).filter(Q(place__gt=place) | Q(pk__gt=at.pk))
    return [Row._make(values) for values in rows.values_list(*COLUMNS)[:count]]


def _before(shells: QuerySet, root: int, at: Row, count: int) -> list[Row]:
    place = at.branch_id or at.pk
    rows = shells.filter(root=root).in_thread_order().filter(place__lte=place)
    rows = rows.filter(Q(place__lt=place) | Q(pk__lt=at.pk)).reverse()
    return [Row._make(values) for values in rows.values_list(*COLUMNS)[:count]][::-1]


def _piece(request: HttpRequest, reader: Reader, root: Row, mark: int | None) -> HttpResponse:
    """Earlier or later answers, or all that are newer than one, for the link that asks for them."""
    shells = Post.objects.shells_visible_to(request.user)
    back = request.GET.get("before")
    asked = back or request.GET.get("after") or request.GET.get("since") or ""
    at = cards.rows(shells.filter(Q(pk=root.pk) | Q(root=root.pk), public_id=asked)[:1])
    if not at:
        raise Http404
    if "since" in request.GET:
        rows = shells.filter(root=root.pk, pk__gt=at[0].pk).in_thread_order().values_list(*COLUMNS)[:SIZE]
        fresh = cards.thread_of(reader, [Row._make(values) for values in rows], new_after=at[0].pk)
        return render(request, "feed/_answers.html", {"root": root, "answers": fresh})
    found = (_before if back else _after)(shells, root.pk, at[0], SIZE + 1)
    more = len(found) > SIZE
    found = found[-SIZE:] if back else found[:SIZE]
    context = {
        "root": root,
        "answers": cards.thread_of(reader, found, new_after=mark),
        "earlier": found[0].public_id if back and more else "",
        "later": found[-1].public_id if not back and more else "",
    }
    return render(request, "feed/_answers.html", context)


def _composer(reader: Reader, root: Row) -> Composer | None:
    if root.state != Post.State.PUBLISHED or not reader.writes_in(root.group_id, root.archived_at is not None):
        return None
    return Composer([], None, max=limits.REPLY_CHARS.value)


def _again(request: HttpRequest, to: Post, form: ReplyForm, errors: list[str], *, status: int = 422) -> HttpResponse:
    """The form with what was typed and the reason it was not sent."""
    composer = Composer([], None, max=limits.REPLY_CHARS.value, body=form.data.get("body", ""), errors=errors)
    composer.files = composing.loose_files(request.user, form.data.getlist("file"))
    root = to.root if to.root_id else to
    context: dict[str, Any] = {"root": root, "to": to, "composer": composer, "reply_to": to}
    if is_fragment(request):
        answer = render(request, "feed/_reply_form.html", context, status=status)
        answer["HX-Retarget"], answer["HX-Reswap"] = "#reply", "outerHTML"
        return answer
    return render(request, "feed/reply.html", context, status=status)
