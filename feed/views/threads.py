"""A thread: the post, its answers a page at a time, opened at any of them; and answering."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core import limits, site
from core.audience import mark_read
from core.htmx import back
from core.prepared import Prepared
from core.refusal import Refused, sentences
from core.requests import Request
from feed import actions, cards, composing, reach
from feed.actions import behalf
from feed.cards import COLUMNS, Reader, Row
from feed.composing import Composer
from feed.forms import ReplyForm
from feed.models import Post, PostTopic, ThreadMark
from feed.permissions import may
from feed.views import moving
from feed.views.home import is_fragment
from feed.views.posts import found as visible_post
from feed.views.posts import notes_on, row_of, said_now
from groups.models import Group
from people.delegating import spoken_for
from people.hearing import unheard_by
from people.models import User

_SHELL = Prepared(
    lambda user, public_id: Post.objects.shells_visible_to(user).filter(public_id=public_id).values_list(*COLUMNS)
)
_SHELL_OF = Prepared(lambda user, key: Post.objects.shells_visible_to(user).filter(pk=key).values_list(*COLUMNS))
_TITLE = Prepared(
    lambda user, key: Post.objects.shells_visible_to(user).filter(pk=key).values_list("line", "author__name")
)
_MARK = Prepared(lambda user, root: ThreadMark.objects.filter(person_id=user.pk, root=root).values_list("read_pk"))

#: People that are named beside a thread.
TAKING_PART = 12
#: Answers that are shown at once; around a deep link half of them before it.
SIZE = 100


@require_GET
def thread(request: Request, public_id: str) -> HttpResponse:
    """The thread of a post; an answer's own id opens it there."""
    reader = Reader(request.user, request)
    root, target = _opened(request.user, public_id)
    if root.closed_at is not None:
        reader.closed.add(root.pk)
    mark = next((row[0] for row in _MARK.rows(user=request.user, root=root.pk)), None)
    if is_fragment(request) and {"after", "before", "since"} & set(request.GET):
        return _piece(request, reader, root, mark)
    around = target or _first_new(root, mark, request)
    answers, earlier, later = _window(request.user, root.pk, around)
    drawn = cards.thread_of(reader, answers, new_after=mark, here=target.pk if target else None, since=True)
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
    line, author_name = _TITLE.rows(user=request.user, key=root.pk)[0]
    card = cards.with_thread(reader, root, html)
    context = {
        "card": card,
        "line": line,
        "author_name": author_name,
        "root": root,
        "gone": root.state == Post.State.DELETED,
        "relocations": moving.lines(request.user, root),
    }
    return render(request, "feed/thread.html", context)


@require_http_methods(["GET", "POST"])
def reply(request: Request, public_id: str) -> HttpResponse:
    """Answer a post or an answer. A text that cannot be sent comes back in its form, with the reason."""
    to = visible_post(request, public_id)
    if request.method == "GET":
        reader = Reader(request.user)
        if to.root is not None and to.root.closed_at is not None:
            reader.closed.add(to.root.pk)
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
        return _again(request, to, form, sentences(form))
    try:
        actions.keep_pace(request.user)
        with composing.together(request):
            files = composing.take_files(request, form.cleaned_data["file"])
            answer = actions.reply(
                author=behalf.author_of(writer=request.user, named=form.cleaned_data["on_behalf_of"]),
                writer=request.user,
                to=to,
                body=form.cleaned_data["body"],
                files=files,
            )
            said_now(request)
    except (ValidationError, Refused) as error:
        return _again(request, to, form, composing.said(error), status=getattr(error, "status", 422))
    notes = notes_on(answer)
    if is_fragment(request):
        card = cards.just_said(Reader(request.user), answer, row_of(request, answer))
        shown = render(request, "feed/_said.html", {"card": card, "notes": notes}) if notes else HttpResponse(card)
        if answer.branch_id:
            # Under what it answers, not at the end of the page.
            shown["HX-Retarget"], shown["HX-Reswap"] = f"#post-{to.public_id}", "afterend"
        return shown
    for note in notes:
        messages.warning(request, note)
    return HttpResponseRedirect(answer.get_absolute_url())


@require_POST
def read(request: Request, public_id: str) -> HttpResponse:
    """The person has read a thread up to an answer (`upto`): said by the page once it was looked at."""
    post = visible_post(request, public_id)
    root = post.root or post
    upto = Post.objects.visible_to(request.user).filter(root=root, public_id=request.POST.get("upto", "")).first()
    actions.mark_thread(root=root, person=request.user, upto=upto)
    return HttpResponse(status=204)


@require_GET
def beside(request: Request, public_id: str) -> HttpResponse:
    """What stands beside a thread: its group, who takes part, what else is said about the same, who has seen it."""
    shell, _target = _opened(request.user, public_id)
    root = get_object_or_404(
        Post.objects.shells_visible_to(request.user).select_related("group", "audience"), pk=shell.pk
    )
    visible = Post.objects.visible_to(request.user)
    said = visible.filter(Q(pk=root.pk) | Q(root=root)).order_by("-pk").values_list("author_id", flat=True)[:500]
    keys = list(dict.fromkeys(said))
    people = User.objects.visible_to(request.user).filter(pk__in=keys).exclude(pk__in=unheard_by(request.user))
    topics = PostTopic.objects.filter(post=root).values("topic")
    related = visible.roots().filter(pk__in=PostTopic.objects.filter(topic__in=topics).values("post"))
    context = {
        "root": root,
        "people": sorted(people, key=lambda one: keys.index(one.pk))[:TAKING_PART],
        "others": max(0, len(keys) - TAKING_PART),
        "related": related.exclude(pk=root.pk).order_by("-created_at", "-pk").only("public_id", "line")[:4],
        "reach": _reach(request.user, root),
        "told_of_reach": root.root_id is None and site.current().shows_reach,
    }
    return render(request, "feed/_beside.html" if is_fragment(request) else "feed/beside.html", context)


def _reach(user: Any, root: Post) -> dict[str, int] | None:
    """How many of those an announcement is for have seen it: for its author and those who look after the place."""
    if root.on_top_until is None or not may(user, root).reach:
        return None
    return reach.counts(root)


@require_POST
def seen(request: Request, public_id: str) -> HttpResponse:
    """The person has seen an announcement: it goes from the top of their feed to its place in it."""
    actions.see(post=visible_post(request, public_id), person=request.user)
    return HttpResponse("") if is_fragment(request) else HttpResponseRedirect(back(request, "/"))


@require_POST
def read_group(request: Request, public_id: str) -> HttpResponse:
    """The person has looked at a group: what is there counts as read."""
    group = get_object_or_404(Group.objects.visible_to(request.user), public_id=public_id)
    mark_read(audience_id=group.audience_id or 0, person=request.user)
    return HttpResponse(status=204)


def _opened(user: Any, public_id: str) -> tuple[Row, Row | None]:
    """The thread's post and, when an answer was asked for, that answer.

    Security door: both come from the same visible rows; a hidden post takes its thread along, a deleted one stays as a
    tombstone only where others answered.

    Raises:
        Http404: for an id that the person may not know.
    """
    first = [] if "\0" in public_id else _SHELL.rows(user=user, public_id=public_id)
    if not first:
        raise Http404
    opened = Row._make(first[0])
    if opened.root_id is None:
        root, target = opened, None
    else:
        above = _SHELL_OF.rows(user=user, key=opened.root_id)
        if not above:
            raise Http404
        root, target = Row._make(above[0]), opened
    if root.state == Post.State.HIDDEN or (root.state == Post.State.DELETED and not root.reply_count):
        raise Http404
    return root, target


def _window(user: Any, root: int, target: Row | None) -> tuple[list[Row], bool, bool]:
    """The answers of a page, and whether there are earlier and later ones."""
    if target is None:
        found = _piece_of(user, root, None, SIZE + 1)
        return found[:SIZE], False, len(found) > SIZE
    half = SIZE // 2
    before = _piece_of(user, root, target, half + 1, back=True)
    after = _piece_of(user, root, target, half + 1)
    return [*before[-half:], target, *after[:half]], len(before) > half, len(after) > half


def _first_new(root: Row, mark: int | None, request: Request) -> Row | None:
    """Where to open a long thread for someone who has read a part of it, or who asks for what is new."""
    if mark is None or root.last_reply_id is None or root.last_reply_id <= mark:
        return None
    if root.reply_count <= SIZE and "unread" not in request.GET:
        return None
    shells = Post.objects.shells_visible_to(request.user).filter(root=root.pk, pk__gt=mark)
    rows = shells.exclude(author=request.user).order_by("pk").values_list(*COLUMNS)[:1]
    return next((Row._make(values) for values in rows), None)


def _piece_of(user: Any, root: int, at: Row | None, count: int, *, back: bool = False) -> list[Row]:
    """Up to `count` answers in thread order: from the first, or after (before) one of them."""
    if at is None:
        return [Row._make(values) for values in _piece_query(count, "").rows(user=user, root=root)]
    values = {"user": user, "root": root, "place": at.branch_id or at.pk, "key": at.pk}
    found = [Row._make(row) for row in _piece_query(count, "before" if back else "after").rows(**values)]
    return found[::-1] if back else found


@cache
def _piece_query(count: int, side: str) -> Prepared:
    def build(user: Any, root: int, place: int = 0, key: int = 0) -> QuerySet:
        rows = Post.objects.shells_visible_to(user).filter(root=root).in_thread_order()
        if side == "after":
            rows = rows.filter(place__gte=place).filter(Q(place__gt=place) | Q(pk__gt=key))
        elif side == "before":
            rows = rows.filter(place__lte=place).filter(Q(place__lt=place) | Q(pk__lt=key)).reverse()
        return rows.values_list(*COLUMNS)[:count]

    return Prepared(build)


def _piece(request: Request, reader: Reader, root: Row, mark: int | None) -> HttpResponse:
    """Earlier or later answers, or all that are newer than one, for the link that asks for them."""
    shells = Post.objects.shells_visible_to(request.user)
    back = request.GET.get("before")
    asked = back or request.GET.get("after") or request.GET.get("since") or ""
    # The newest answer of a page may have gone to another discussion since: what is newer is newer all the same.
    there = shells if "since" in request.GET else shells.filter(Q(pk=root.pk) | Q(root=root.pk))
    at = cards.rows(there.filter(public_id=asked)[:1])
    if not at:
        raise Http404
    if "since" in request.GET:
        rows = shells.filter(root=root.pk, pk__gt=at[0].pk).in_thread_order().values_list(*COLUMNS)[:SIZE]
        fresh = cards.thread_of(reader, [Row._make(values) for values in rows], new_after=at[0].pk)
        return render(request, "feed/_answers.html", {"root": root, "answers": fresh})
    found = _piece_of(request.user, root.pk, at[0], SIZE + 1, back=bool(back))
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
    if root.state != Post.State.PUBLISHED or not reader.acts_on(root):
        return None
    group = next((place.public_id for place in reader.places if place.group_id == root.group_id), "")
    return Composer([], None, max=limits.REPLY_CHARS.value, group=group, speakers=spoken_for(reader.user))


def _again(request: Request, to: Post, form: ReplyForm, errors: list[str], *, status: int = 422) -> HttpResponse:
    """The form with what was typed and the reason it was not sent."""
    composer = Composer([], None, max=limits.REPLY_CHARS.value, body=form.data.get("body", ""), errors=errors)
    composer.speakers, composer.behalf = spoken_for(request.user), form.data.get("on_behalf_of", "")
    composer.files = composing.loose_files(request.user, request.POST.getlist("file"))
    composer.group = to.group.public_id if to.group else ""
    root = to.root or to
    context: dict[str, Any] = {"root": root, "to": to, "composer": composer, "reply_to": to}
    if is_fragment(request):
        answer = render(request, "feed/_reply_form.html", context, status=status)
        answer["HX-Retarget"], answer["HX-Reswap"] = "#reply", "outerHTML"
        return answer
    return render(request, "feed/reply.html", context, status=status)
