"""A copy of a group as a ZIP: data to read by machine, pages to read by people, and the files; made while it is sent.

Everything in it is asked of `visible_to(reader)` anew for each piece: whoever loses the group in the middle of it gets
no more. Of what stands in other groups, only the addresses that people typed themselves can be in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import timezone

from feed.actions import polls, previews
from feed.calendars import when
from feed.models import CalendarEvent, Poll, Post, Praise
from files import kinds
from files.models import File
from files.zips import Part, pieces_of
from groups import library
from groups.models import Group, Membership
from people.models import User

#: Rows that are read at once, and discussions on one page.
PIECE = 200
PAGE = 50

STYLE = """body{max-inline-size:46rem;margin:2rem auto;padding:0 1rem;font:16px/1.5 system-ui,sans-serif;color:#222}
@media(prefers-color-scheme:dark){body{background:#1b1b1f;color:#ddd}a{color:#9bf}}
article{border:1px solid #8886;border-radius:14px;padding:0 1rem;margin:1rem 0}
article article{margin-inline-start:1.5rem;border-width:0 0 0 2px;border-radius:0}
header{margin-block-start:.8rem}time,small{opacity:.7;font-size:13px}img{max-inline-size:100%;block-size:auto}
pre{overflow:auto}nav a{margin-inline-end:.6rem}table{border-collapse:collapse}
td,th{border:1px solid #8886;padding:.2rem .5rem}
"""


def parts(*, group: Group, reader: User) -> Iterator[Part]:
    """Everything of a group that `reader` sees, as what a ZIP is packed of."""
    files = {row.pk: name for row, name in _files(group, reader)}
    yield Part("style.css", [STYLE.encode()])
    yield Part("index.html", _index(group, reader))
    number = 0
    for number, roots in enumerate(_pages(group, reader), 1):
        yield Part(f"discussions-{number}.html", _page(roots, group, reader, number, files))
    yield Part("discussions.html", [_contents(group, number)])
    yield Part("data/group.json", [json.dumps(_facts(group), ensure_ascii=False, indent=1).encode()])
    yield Part("data/members.jsonl", _lines(_member(row) for row in _members(group, reader)))
    yield Part("data/posts.jsonl", _lines(_posts(group, reader)))
    yield Part("data/files.jsonl", _lines(_file(row, name) for row, name in _files(group, reader)))
    for row, name in _files(group, reader):
        if row.is_given:
            yield Part(name, pieces_of(row), row.created_at, packed=row.family not in ("text", "document"))


# --- Data ---


def _facts(group: Group) -> dict[str, Any]:
    return {
        "id": group.public_id,
        "url": f"{settings.BASE_URL}{group.get_absolute_url()}",
        "name": group.name,
        "description": group.description,
        "rules": group.rules,
        "visibility": group.privacy,
        "join": group.join,
        "history": group.history,
        "created_at": group.created_at.isoformat(),
        "archived_at": group.archived_at.isoformat() if group.archived_at else None,
        "exported_at": timezone.now().isoformat(),
    }


def _members(group: Group, reader: User) -> Iterator[Membership]:
    seen = User.objects.visible_to(reader).values("pk")
    return _in_pieces(Membership.objects.filter(group=group, person__in=seen).select_related("person"))


def _member(row: Membership) -> dict[str, Any]:
    return {
        "id": row.person.public_id,
        "name": row.person.name,
        "handle": row.person.handle,
        "role": row.role,
        "guest": row.person.is_guest,
        "joined_at": row.joined_at.isoformat(),
    }


def _seen(group: Group, reader: User) -> QuerySet[Post]:
    shown = Post.objects.visible_to(reader).filter(group=group, state=Post.State.PUBLISHED)
    return shown.select_related("author", "written_by", "root", "parent", "best_answer")


def _posts(group: Group, reader: User) -> Iterator[dict[str, Any]]:
    hung: dict[int, list[str]] = {}
    asked: dict[int, Poll] = {}
    events: dict[int, CalendarEvent] = {}
    praised: dict[int, dict[str, Any]] = {}
    links: dict[int, list[dict[str, str]]] = {}

    def look(rows: list[Post]) -> None:
        keys = [row.pk for row in rows]
        hung.clear()
        for key, file in File.objects.visible_to(reader).on_all(Post.kind, keys).values_list("on_pk", "public_id"):
            hung.setdefault(key, []).append(file)
        asked.clear()
        asked.update({poll.post_id: poll for poll in Poll.objects.filter(post__in=keys)})
        events.clear()
        events.update({event.post_id: event for event in CalendarEvent.objects.filter(post__in=keys)})
        praised.clear()
        for one in Praise.objects.filter(post__in=keys).select_related("person").order_by("pk"):
            given = praised.setdefault(one.post_id, {"badge": one.badge, "people": []})
            given["people"].append({"id": one.person.public_id, "name": one.person.name})
        links.clear()
        for key, found in previews.shown(rows, reader=reader).items():
            links[key] = [{"url": one.address, "title": one.title, "description": one.description} for one in found]

    for row in _in_pieces(_seen(group, reader), look):
        yield {
            "id": row.public_id,
            "url": f"{settings.BASE_URL}{row.get_absolute_url()}",
            "kind": "reply" if row.root_id else row.post_kind,
            "thread": row.root.public_id if row.root else None,
            "parent": row.parent.public_id if row.parent else None,
            "author": {"id": row.author.public_id, "name": row.author.name},
            "written_by": {"id": row.written_by.public_id, "name": row.written_by.name} if row.written_by else None,
            "created_at": row.created_at.isoformat(),
            "edited_at": row.edited_at.isoformat() if row.edited_at else None,
            "body": row.body,
            "html": row.html,
            "best_answer": row.best_answer.public_id if row.best_answer else None,
            "accepted_at": row.accepted_at.isoformat() if row.accepted_at else None,
            "reactions": row.reaction_counts,
            "closed": row.closed_why if row.closed_at else None,
            "poll": _poll(asked[row.pk]) if row.pk in asked else None,
            "event": _event(events[row.pk]) if row.pk in events else None,
            "praise": praised.get(row.pk),
            "links": links.get(row.pk, []),
            "files": hung.get(row.pk, []),
        }


def _poll(poll: Poll) -> dict[str, Any]:
    """What was asked; the result where everyone sees it."""
    told = not poll.hidden or polls.is_closed(poll)
    return {"options": poll.options, "votes": poll.counts if told else None, "voters": poll.voters}


def _asked(poll: Poll) -> list[tuple[str, int | None]]:
    """The answers of a poll, each with its votes where everyone sees them."""
    told = _poll(poll)["votes"] or [None] * len(poll.options)
    return list(zip(poll.options, told, strict=True))


def _event(event: CalendarEvent) -> dict[str, Any]:
    """When and where, and how many said that they come."""
    return {
        "title": event.title,
        "starts_at": event.starts_at.isoformat(),
        "ends_at": event.ends_at.isoformat(),
        "all_day": event.all_day,
        "time_zone": event.time_zone,
        "place": event.place,
        "link": event.link,
        "going": event.going,
        "maybe": event.maybe,
        "declined": event.declined,
        "cancelled": event.cancelled_why if event.cancelled_at else None,
    }


def _files(group: Group, reader: User) -> Iterator[tuple[File, str]]:
    """The files of the group, each with its place in the ZIP, which no other has."""
    for row in _in_pieces(library.all_files(group=group, reader=reader).select_related("owner")):
        yield row, f"files/{row.public_id}-{kinds.download_name(row.name)}"


def _file(row: File, name: str) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "name": row.name,
        "alt": row.alt,
        "content_type": row.content_type,
        "size": row.size,
        "sha256": row.sha256,
        "owner": {"id": row.owner.public_id, "name": row.owner.name},
        "created_at": row.created_at.isoformat(),
        # A file that is held back by the virus scanner is named and not given.
        "path": name if row.is_given else None,
    }


def _lines(rows: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    for row in rows:
        yield json.dumps(row, ensure_ascii=False).encode() + b"\n"


# --- Pages ---


def _index(group: Group, reader: User) -> Iterator[bytes]:
    head, _slot, foot = _html("feed/export/index.html", group=group, now=timezone.now()).partition("<!--members-->")
    yield head.encode()
    for row in _members(group, reader):
        yield _html("feed/export/_member.html", one=row).encode()
    yield foot.encode()


def _contents(group: Group, pages: int) -> bytes:
    return _html("feed/export/contents.html", group=group, pages=range(1, pages + 1)).encode()


def _pages(group: Group, reader: User) -> Iterator[list[Post]]:
    found: list[Post] = []
    for row in _in_pieces(_seen(group, reader).filter(root=None)):
        found.append(row)
        if len(found) == PAGE:
            yield found
            found = []
    if found:
        yield found


def _page(roots: list[Post], group: Group, reader: User, number: int, files: dict[int, str]) -> Iterator[bytes]:
    page = _html("feed/export/page.html", group=group, number=number)
    head, _slot, foot = page.partition("<!--posts-->")
    yield head.encode()
    for root in roots:
        yield b"<article>" + _said(root, reader, files)
        for answer in _in_pieces(_seen(group, reader).filter(root=root)):
            yield b"<article>" + _said(answer, reader, files) + b"</article>"
        yield b"</article>"
    yield foot.encode()


def _said(post: Post, reader: User, files: dict[int, str]) -> bytes:
    hung = []
    if post.has_files:
        hung = [
            {"name": row.name, "path": files.get(row.pk, "")}
            for row in File.objects.visible_to(reader).on_all(Post.kind, [post.pk])
            if row.is_given
        ]
    event = CalendarEvent.objects.filter(post=post).first() if post.post_kind == Post.Kind.EVENT else None
    poll = Poll.objects.filter(post=post).first() if post.post_kind == Post.Kind.POLL else None
    praises = []
    if post.post_kind == Post.Kind.PRAISE:
        praises = list(Praise.objects.filter(post=post).select_related("person").order_by("pk"))
    shown = {
        "best": post.root is not None and post.root.best_answer_id == post.pk,
        "accepted": post.accepted_at is not None,
        "poll": _asked(poll) if poll is not None else None,
        "praises": praises,
        "links": previews.shown([post], reader=reader).get(post.pk, ()),
    }
    time = when(event).text if event is not None else ""
    html = _html("feed/export/_post.html", post=post, files=hung, event=event, when=time, **shown)
    # Addresses of ours lead back to the network.
    return (
        html.replace('href="/', f'href="{settings.BASE_URL}/').replace('src="/', f'src="{settings.BASE_URL}/').encode()
    )


def _html(template: str, **context: Any) -> str:
    return render_to_string(template, context)


def _in_pieces(rows: QuerySet, look: Any = None) -> Iterator[Any]:
    """All rows by key, some at a time: no piece holds a connection while it is sent."""
    last = 0
    while found := list(rows.filter(pk__gt=last).order_by("pk")[:PIECE]):
        if look is not None:
            look(found)
        yield from found
        last = found[-1].pk
