"""One post: saying it, changing it, everything one can do with it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core import paging
from core.htmx import back
from core.prepared import Prepared
from core.refusal import Refused, sentences
from core.requests import Request
from feed import actions, cards, composing, diffing, playing
from feed.actions import badges, behalf, calendar, drafts, polls, previews, threads
from feed.actions import praise as praising
from feed.cards import Reader
from feed.forms import EditForm, PostForm
from feed.models import CalendarEvent, Post, Praise, Reaction
from feed.permissions import may, may_accept
from feed.views.drafts import chosen
from feed.views.drafts import named as written_on
from feed.views.home import is_fragment
from files.models import File
from groups.models import Group
from groups.permissions import may as in_group
from inbox import actions as inbox
from people.hearing import unheard_by
from people.models import User

#: Own reactions that tell which emoji someone uses most.
LATELY = 100


def found(request: Request, public_id: str) -> Post:
    """The post, if the person may see it; else the 404 of an id that was never used."""
    post = None if "\0" in public_id else _FOUND.instance(user=request.user, public_id=public_id)
    if post is None:
        raise Http404
    return post


_FOUND = Prepared(
    lambda user, public_id: (
        Post.objects.visible_to(user).filter(public_id=public_id).select_related("group", "root", "author", "audience")
    )
)
_PLACE = Prepared(
    lambda user, public_id: Group.objects.visible_to(user).filter(public_id=public_id).select_related("audience")
)


def row_of(request: Request, post: Post) -> cards.Row:
    """The row of a post as it stands now.

    Raises:
        Http404: it is no longer theirs to see.
    """
    rows = cards.rows_of(request.user, [post.pk])
    if not rows:
        get_object_or_404(Post.objects.none())
    return rows[0]


@require_GET
def new(request: Request) -> HttpResponse:
    """A page to write on, for browsers without scripts and for links ("write here")."""
    return _compose(request)


@require_POST
def publish(request: Request) -> HttpResponse:
    """Say something. A text that cannot be sent comes back in its form, with the reason."""
    form = PostForm(request.POST)
    group = None
    chosen = request.POST.get("group")
    if chosen:
        group = None if "\0" in chosen else _PLACE.instance(user=request.user, public_id=chosen)
        if group is None:
            raise Http404
    if not form.is_valid():
        return _compose(request, form=form, errors=sentences(form))
    asks, praised = form.asks(), form.praises()
    try:
        meets = form.meets()
        if form.cleaned_data["act"]:
            return _put_aside(request, form, group)
        actions.keep_pace(request.user)
        with composing.together(request):
            files = composing.take_files(request, form.cleaned_data["file"])
            post = actions.publish(
                author=behalf.author_of(writer=request.user, named=form.cleaned_data["on_behalf_of"]),
                writer=request.user,
                body=form.cleaned_data["body"],
                group=group,
                kind=form.cleaned_data["kind"],
                files=files,
                days=form.cleaned_data["days"],
                mail=form.cleaned_data["mail"] != "0",
                poll=polls.asked(**asks) if asks else None,
                praise=praising.meant(author=request.user, **praised) if praised else None,
                event=calendar.planned(**meets) if meets else None,
            )
            said_now(request)
    except (ValidationError, Refused) as error:
        return _compose(request, form=form, errors=composing.said(error), status=getattr(error, "status", 422))
    return _answer_with(request, post, otherwise=post.get_absolute_url())


def _put_aside(request: Request, form: PostForm, group: Any) -> HttpResponse:
    """Keep it as a draft, or let it be said at a later moment."""
    sent = form.cleaned_data
    with transaction.atomic():
        draft = drafts.keep(
            person=request.user,
            body=sent["body"],
            draft=written_on(request),
            group=group,
            files=composing.take_files(request, sent["file"]),
            choices=chosen(sent),
        )
        if draft is None:
            raise ValidationError({"body": _("Write something first.")}, code="empty")
        if sent["act"] == "later":
            drafts.schedule(draft=draft, at=sent["at"])
            messages.success(request, _("It will be published at its time."))
        else:
            drafts.unschedule(draft=draft)
            messages.success(request, _("The draft is kept."))
    if is_fragment(request):
        return HttpResponse(headers={"HX-Redirect": "/drafts/"})
    return HttpResponseRedirect("/drafts/")


def said_now(request: Request) -> None:
    """What was written on a draft is said: the draft goes."""
    draft = written_on(request)
    if draft is not None:
        drafts.discard(draft=draft)


@require_http_methods(["GET", "POST"])
def edit(request: Request, public_id: str) -> HttpResponse:
    """Change the text."""
    post = found(request, public_id)
    if not may(request.user, post).edit:
        # The action says why.
        actions.edit(post=post, by=request.user, body=post.body)
    form = EditForm(request.POST if request.method == "POST" else None, initial={"body": post.body})
    errors: list[str] = []
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                with composing.together(request):
                    files = _files_of(request, form)
                    if post.post_kind == Post.Kind.PRAISE and "praised" in request.POST:
                        _praise_others(request, post, form)
                    post = actions.edit(post=post, by=request.user, body=form.cleaned_data["body"], files=files)
            except (ValidationError, Refused) as error:
                errors, status = composing.said(error), getattr(error, "status", 422)
            else:
                return _answer_with(request, post, otherwise=post.get_absolute_url())
        else:
            errors = sentences(form)
    typed = request.POST.get("body", "") if request.method == "POST" else post.body
    hung = list(File.objects.visible_to(request.user).on_all(Post.kind, [post.pk])) if post.has_files else []
    if request.method == "POST":
        hung += composing.loose_files(request.user, request.POST.getlist("file"))
    context = {"post": post, "body": typed, "errors": errors, "files": hung, "dropped": request.POST.getlist("drop")}
    if post.post_kind == Post.Kind.PRAISE:
        context |= _praise_typed(request, post)
    return render(request, "feed/_edit.html" if is_fragment(request) else "feed/edit.html", context, status=status)


def _praise_others(request: Request, post: Post, form: EditForm) -> None:
    """What the form says of whom it praises; with the text or not at all."""
    badge, names = form.cleaned_data["badge"] or Praise.Badge.THANKS, form.cleaned_data["praised"]
    given = praising.meant(author=request.user, badge=badge, handles=names)
    badges.change(post=post, by=request.user, given=given)


def _praise_typed(request: Request, post: Post) -> dict[str, str]:
    """Whom a post praises, as it stands or as it was typed and refused."""
    if "praised" in request.POST:
        return {"badge": request.POST.get("badge", ""), "praised": request.POST["praised"]}
    rows = list(Praise.objects.filter(post=post).select_related("person").order_by("pk"))
    return {"badge": rows[0].badge if rows else "", "praised": " ".join(f"@{one.person.handle}" for one in rows)}


def _files_of(request: Request, form: EditForm) -> list[str] | None:
    """All files that the edited post shall have; None where the form did not show them."""
    if not form.cleaned_data["arranged"]:
        return None
    gone = set(form.cleaned_data["drop"])
    return composing.take_files(request, [one for one in form.cleaned_data["file"] if one not in gone])


@require_http_methods(["GET", "POST"])
def delete(request: Request, public_id: str) -> HttpResponse:
    """Delete it, after a question on a page of its own where no script asked it."""
    post = found(request, public_id)
    if request.method == "POST":
        actions.delete(post=post, by=request.user)
        messages.success(request, _("It is deleted."))
        shown = post.root_id is not None or post.reply_count
        gone = post.get_absolute_url().partition("#")[0]
        target = (post.root.get_absolute_url() if post.root else gone) if shown else "/"
        after = back(request, target)
        # Not back to the page of what is gone.
        return HttpResponseRedirect(target if after.startswith(gone) else after)
    allowed = may(request.user, post)
    if not (allowed.delete or allowed.remove):
        raise Refused(_("Only its author can delete this."))
    return render(request, "feed/delete.html", {"post": post})


@require_GET
def history(request: Request, public_id: str) -> HttpResponse:
    """What it said before, version by version, with what changed."""
    post = found(request, public_id)
    if post.edited_at is None:
        return render(request, "feed/history.html", {"post": post, "versions": []})
    page = paging.page(post.versions.select_related("replaced_by"), cursor=request.GET.get("cursor"), size=20)
    newer = post.body
    if request.GET.get("cursor") and page.items:
        after = post.versions.filter(pk__gt=page.items[0].pk).order_by("pk").first()
        newer = after.body if after else post.body
    versions = []
    for version in page.items:
        versions.append({"version": version, "changes": diffing.words(version.body, newer)})
        newer = version.body
    next_url = f"/posts/{post.public_id}/history/?cursor={page.next}" if page.next else ""
    return render(request, "feed/history.html", {"post": post, "versions": versions, "next_url": next_url})


@require_GET
def menu(request: Request, public_id: str) -> HttpResponse:
    """What the person may do with it."""
    post = found(request, public_id)
    root = post.root or post
    watch, until = inbox.wish_of(person=request.user, obj=root)
    context = {
        "post": post,
        "may": may(request.user, post),
        "watch": watch,
        "until": until,
        "root": root,
        "best": post.accepted_at is not None,
        "accepts": may_accept(request.user, post) if post.root_id else False,
        "quick": _quick(request, post),
        "cancelled": post.post_kind == Post.Kind.EVENT
        and CalendarEvent.objects.filter(post=post, cancelled_at__isnull=False).exists(),
        "previews": previews.of_author(post=post, person=request.user),
        "played": playing.of_author(post, request.user),
    }
    return render(request, "feed/_menu_items.html" if is_fragment(request) else "feed/menu.html", context)


@require_GET
def picker(request: Request, public_id: str) -> HttpResponse:
    """The choice of reactions."""
    post = found(request, public_id)
    context = {"post": post, "quick": _quick(request, post), "may": may(request.user, post)}
    return render(request, "feed/_quick.html" if is_fragment(request) else "feed/picker.html", context)


@require_http_methods(["GET", "POST"])
def reactions(request: Request, public_id: str) -> HttpResponse:
    """GET: who reacted. POST: react with `emoji`, or take it back."""
    post = found(request, public_id)
    if request.method == "POST":
        emoji = request.POST.get("emoji", "").strip()
        try:
            post = actions.toggle(post=post, person=request.user, emoji=emoji)
        except ValidationError as error:
            raise Refused(error.messages[0], status=422) from error
        return _counts(request, post) if is_fragment(request) else _return(request, post)
    people = User.objects.visible_to(request.user).exclude(pk__in=unheard_by(request.user))
    rows = paging.page(
        Reaction.objects.filter(post=post, person__in=people.values("pk")).select_related("person"),
        cursor=request.GET.get("cursor"),
        size=50,
    )
    next_url = f"/posts/{post.public_id}/reactions/?cursor={rows.next}" if rows.next else ""
    context = {"post": post, "reactions": rows.items, "next_url": next_url}
    if not is_fragment(request):
        return render(request, "feed/reactions.html", context)
    return render(request, "feed/_reactions.html" if request.GET.get("cursor") else "feed/_whom.html", context)


@require_GET
def counts(request: Request, public_id: str) -> HttpResponse:
    """The pills and numbers of a post, as they stand."""
    return _counts(request, found(request, public_id))


def _counts(request: Request, post: Post) -> HttpResponse:
    reader = Reader(request.user)
    reader.look_up([post.pk])
    mine = reader.mine.get(post.pk, set())
    pairs = sorted(post.reaction_counts.items(), key=lambda pair: -pair[1])
    context = {"post": post, "reactions": pairs, "mine": mine, "off": not may(request.user, post).react}
    if post.root_id is None:
        reacted = cards.reacted_of(post, cards.names_of([post]))
        reader.meet([(("", "who", reacted),)])
        context["who"] = cards.who_reacted(reacted, reader, mine=bool(mine))
    return render(request, "feed/_pills.html" if post.root_id else "feed/_counts.html", context)


@require_POST
def bookmark(request: Request, public_id: str) -> HttpResponse:
    """Keep it for later, or no longer."""
    post = found(request, public_id)
    if post.pk in saved_keys(request, post):
        actions.unbookmark(post=post, person=request.user)
    else:
        actions.bookmark(post=post, person=request.user)
    return _return(request, post)


@require_POST
def vote(request: Request, public_id: str) -> HttpResponse:
    """Choose an answer of a poll, another one, or none."""
    post = found(request, public_id)
    option = request.POST.get("option", "")
    try:
        polls.vote(post=post, person=request.user, option=int(option) if option.isascii() and option.isdigit() else -1)
    except ValidationError as error:
        raise Refused(error.messages[0], status=422) from error
    return _poll(request, public_id) if is_fragment(request) else _return(request, post)


@require_GET
def poll(request: Request, public_id: str) -> HttpResponse:
    """A poll as it stands for the reader."""
    return _poll(request, public_id)


def _poll(request: Request, public_id: str) -> HttpResponse:
    reader = Reader(request.user)
    row = row_of(request, found(request, public_id))
    fragments = cards.fragments_of(reader, [row])
    reader.votes([row], fragments)
    off = not reader.acts_on(row)
    asked = next((argument for _text, name, argument in fragments[row.pk] if name == "poll"), None)
    if asked is None:
        raise Http404
    return HttpResponse(cards.poll_for(reader, asked, off=off))


@require_POST
def accept(request: Request, public_id: str) -> HttpResponse:
    """Mark it as the answer, or take the mark back."""
    post = found(request, public_id)
    if post.accepted_at is not None:
        actions.unaccept_answer(answer=post, by=request.user)
    else:
        actions.accept_answer(answer=post, by=request.user)
    return _return(request, post)


@require_POST
def pin(request: Request, public_id: str) -> HttpResponse:
    """Pin it to the top of its place, or unpin it."""
    post = found(request, public_id)
    (actions.unpin if post.pinned_at else actions.pin)(post=post, by=request.user)
    return _return(request, post)


@require_http_methods(["GET", "POST"])
def close(request: Request, public_id: str) -> HttpResponse:
    """Close the discussion with a reason that everyone reads, or (`act=reopen`) open it again."""
    post = found(request, public_id)
    errors: list[str] = []
    why = request.POST.get("why", "")
    if request.method == "POST":
        if request.POST.get("act") == "reopen":
            threads.reopen(post=post, by=request.user)
            return HttpResponseRedirect(post.get_absolute_url())
        try:
            threads.close(post=post, by=request.user, why=why)
        except ValidationError as error:
            errors = composing.said(error)
        else:
            return HttpResponseRedirect(post.get_absolute_url())
    elif not may(request.user, post).close:
        raise Refused(_("Only who began a discussion, or who looks after the place, can close it."))
    context = {"post": post, "why": why, "errors": errors}
    return render(request, "feed/close.html", context, status=422 if errors else 200)


@require_POST
def watch(request: Request, public_id: str) -> HttpResponse:
    """Follow or mute its thread, or hear the usual again (`level` empty)."""
    post = found(request, public_id)
    root = post.root or post
    level = request.POST.get("level", "")
    if level in ("follow", "mute"):
        inbox.watch(person=request.user, obj=root, level=level)
    else:
        inbox.unwatch(person=request.user, obj=root)
    said = {"follow": _("You will hear of new answers."), "mute": _("You will hear no more of this discussion.")}
    messages.success(request, said.get(level, _("You will hear the usual of this discussion.")))
    return _return(request, post)


def saved_keys(request: Request, post: Post) -> set[int]:
    """Whether the person has saved it, as cards ask it."""
    reader = Reader(request.user)
    reader.look_up([post.pk])
    return reader.saved


def _quick(request: Request, post: Post) -> list[tuple[str, bool]]:
    """The emoji to choose from: the six that the person uses most, then the usual ones; as many as always."""
    own = Reaction.objects.filter(person=request.user)
    mine = set(own.filter(post=post).values_list("emoji", flat=True))
    lately = own.order_by("-pk").values_list("emoji", flat=True)[:LATELY]
    used = [emoji for emoji, _count in Counter(lately).most_common(6)]
    return [(emoji, emoji in mine) for emoji in list(dict.fromkeys([*used, *actions.QUICK]))[: len(actions.QUICK)]]


def _return(request: Request, post: Post) -> HttpResponse:
    """Nothing more to say to a script; a browser without one goes back to where it was."""
    if is_fragment(request):
        return HttpResponse(status=204)
    return HttpResponseRedirect(back(request, post.get_absolute_url()))


def _answer_with(request: Request, post: Post, *, otherwise: str) -> HttpResponse:
    """The new or changed post, and what its author should know about it."""
    notes = notes_on(post)
    if is_fragment(request):
        card = cards.just_said(Reader(request.user), post, row_of(request, post))
        return render(request, "feed/_said.html", {"card": card, "notes": notes}) if notes else HttpResponse(card)
    for note in notes:
        messages.warning(request, note)
    return HttpResponseRedirect(otherwise)


def notes_on(post: Post) -> list[str]:
    """What the author is told after sending: who is not told of it, and whether a moderator looks first."""
    notes = []
    if post.state == Post.State.HELD:
        notes.append(_("A moderator looks at this before others see it."))
    for person in getattr(post, "untold", ()):
        if post.group_id:
            notes.append(_blind(post, person))
        else:
            note = _("%(name)s will not be notified because guests cannot see what is said to the whole company.")
            notes.append(note % {"name": person.name})
    return [*notes, *(group.sentence for group in getattr(post, "called", ()))]


def _blind(post: Post, person: User) -> str:
    """That someone who is named cannot see the group, with the way to ask them in, or to who can (B6)."""
    text = _("%(name)s will not be notified because they cannot see this group.") % {"name": person.name}
    group = post.group
    assert group is not None  # noqa: S101 - asked by who calls
    if in_group(post.written_by or post.author, group).invite:
        address = f"{group.get_absolute_url()}invite/?people=@{person.handle}"
        return format_html('{} <a href="{}">{}</a>', text, address, _("Invite them"))
    return format_html('{} <a href="{}members/">{}</a>', text, group.get_absolute_url(), _("Ask a group owner"))


def _compose(
    request: Request, *, form: PostForm | None = None, errors: list[str] | None = None, status: int = 422
) -> HttpResponse:
    """The composer: empty on its own page, or with everything that was typed and the reason it was not sent."""
    reader = Reader(request.user)
    chosen = (form.data if form is not None else request.GET).get("group", "")
    composer = composing.blank(reader, composing.places(reader), chosen=chosen)
    if composer is None and form is None:
        raise Refused(_("You can read but not write now."))
    if composer is None:
        composer = composing.Composer([composing.everyone()], composing.everyone())
    if form is None and request.GET.get("kind") in Post.Kind.values:
        composer.kind = request.GET["kind"]
    if form is None and request.GET.get("share"):
        # Those who see the new post see what is shared only where they might anyway.
        shared = found(request, request.GET["share"])
        composer.shares = shared.public_id
        composer.body = f"\n\n{settings.BASE_URL}{shared.get_absolute_url().partition('#')[0]}"
    if form is not None:
        composer.body, composer.draft = form.data.get("body", ""), form.data.get("draft", "")
        composer.kind = form.data.get("kind", "") or Post.Kind.STATUS
        composer.behalf = form.data.get("on_behalf_of", "")
        composer.mail = form.data.get("mail", "")
        composer.files = composing.loose_files(request.user, request.POST.getlist("file"))
        composer.errors = errors or []
        composer.poll = {name: form.data.get(name, "") for name in drafts.POLL}
        composer.praise = {name: form.data.get(name, "") for name in drafts.PRAISE}
        composer.event = {name: form.data.get(name, "") for name in drafts.EVENT}
    if composer.chosen is not None:
        group = Group.objects.visible_to(request.user).filter(public_id=composer.chosen.value).first()
        composing.with_announcements(composer, user=request.user, group=group)
    context: dict[str, Any] = {"composer": composer, "open": True}
    if form is not None and is_fragment(request):
        answer = render(request, "feed/_composer.html", context, status=status)
        answer["HX-Retarget"], answer["HX-Reswap"] = "#composer", "outerHTML"
        return answer
    return render(request, "feed/new.html", context, status=status if form is not None else 200)
