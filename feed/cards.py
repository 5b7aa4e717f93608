"""Draws posts: each once per version and language, then joined with what differs by reader in one pass.

A card's fragment holds nothing about the reader. It is cut at its slots (own reaction, saved, what I may do, the time)
and kept in this process under `(public id, version, language)`; the version goes up with each change of anything it
shows, so a fragment is never wrong, only missing. Which cards a page shows is asked of `visible_to` first, every time:
the shelf is reached only with rows that came from there, so it cannot leak.

    rows → missing fragments → one query per table → the page
"""

from __future__ import annotations

import re
import secrets
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Model, Q, QuerySet, Value
from django.template import Context
from django.template.loader import get_template
from django.utils.html import escape, strip_tags
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, ngettext

from core import inside, limits
from core.prepared import Prepared, columns
from core.templatetags.kring import Clock
from feed import playing
from feed.actions import previews
from feed.calendars import answers_of, when
from feed.models import COUNTED, Ballot, Bookmark, CalendarEvent, Poll, Post, Praise, Reaction, Rsvp
from feed.permissions import Roles
from files.models import File
from groups.mine import Mine, groups_of, of_request
from groups.models import Group
from people.away import badge
from people.hearing import unheard_by
from people.models import User

#: Cuts a drawn card at its slots. Random, so that nothing that people write can hold it.
MARK = f"\x02{secrets.token_hex(8)}\x02"
#: Characters of fragments that one process keeps.
SHELF = 12_000_000
#: Characters from which a post is long.
LONG = 1_200

#: What a list reads of each post; everything else is in its fragment.
COLUMNS = (
    "pk",
    "public_id",
    "version",
    "state",
    "post_kind",
    "author_id",
    "group_id",
    "group__archived_at",
    "root_id",
    "branch_id",
    "audience_id",
    "seq",
    "created_at",
    "last_activity_at",
    "reply_count",
    "last_reply_id",
    "best_answer_id",
    "closed_at",
    "moves",
)


class Row(NamedTuple):
    """One post as lists read it."""

    pk: int
    public_id: str
    version: int
    state: str
    post_kind: str
    author_id: int
    group_id: int | None
    archived_at: datetime | None
    root_id: int | None
    branch_id: int | None
    audience_id: int
    seq: int | None
    created_at: datetime
    last_activity_at: datetime
    reply_count: int
    last_reply_id: int | None
    best_answer_id: int | None
    closed_at: datetime | None
    moves: int


def rows(posts: QuerySet) -> list[Row]:
    """The rows of a queryset that began at `visible_to` or `shells_visible_to`."""
    return [Row._make(values) for values in posts.values_list(*COLUMNS)]


_ROWS = Prepared(lambda user, keys: Post.objects.visible_to(user).filter(pk__in=keys).values_list(*COLUMNS))
_MINE = Prepared(
    lambda user, keys: (
        Reaction.objects.filter(person_id=user.pk, post__in=keys)
        .values_list("post_id", "emoji")
        .union(Bookmark.objects.filter(person_id=user.pk, post__in=keys).values_list("post_id", Value("")), all=True)
    )
)


def rows_of(user: Any, keys: Iterable[int]) -> list[Row]:
    """The rows of these posts that `user` may see now."""
    return [Row._make(values) for values in _ROWS.rows(user=user, keys=list(keys))]


class Reader:
    """Who looks, and what of theirs a page of cards needs: asked once for the whole page."""

    def __init__(self, user: Any, request: Any = None) -> None:
        """`request`: of a page that only shows, whose other parts need the reader's groups as well."""
        self.user = user
        self.request = request
        if request is not None:
            # Its cards may have players, those that come later too: the policy of the page is made now.
            request.shows_players = True
        self.clock = Clock()
        self.now = self.clock.now
        self.language = get_language() or "en"
        self.mine: dict[int, set[str]] = {}
        self.saved: set[int] = set()
        #: Discussions of the page that are closed.
        self.closed: set[int] = set()
        #: Places of the answers they chose, by poll.
        self.chosen: dict[int, list[int]] = {}
        #: What they answered to the events of the page, by event.
        self.answers: dict[int, str] = {}
        #: Announcements that stand above the feed: their cards can be closed.
        self.on_top: set[int] = set()
        #: Why posts of the page stand in "For you", for those whose card does not say it itself.
        self.because: dict[int, str] = {}
        #: What they may see of our own pages that cards link to.
        self.inside: dict[inside.Link, inside.Shown] = {}
        self.known: frozenset[int] | None = None if not user.is_guest else frozenset()
        self._writes: dict[tuple[int | None, bool], bool] = {}

    @cached_property
    def places(self) -> list[Mine]:
        """Their groups by name, each with their role in it: one query."""
        return of_request(self.request) if self.request else groups_of(self.user)

    @cached_property
    def roles(self) -> Roles:
        """Their roles in all their groups, read off `places`."""
        return Roles(self.user, {place.group_id: place.role for place in self.places})

    @cached_property
    def always(self) -> frozenset[str]:
        """Hosts whose players load by themselves for them: asked where a card has a player."""
        return playing.always_of(self.user)

    @cached_property
    def unheard(self) -> frozenset[int]:
        """Keys of the people whose words are folded away for them."""
        return unheard_by(self.user)

    def look_up(self, keys: Iterable[int]) -> None:
        """Their own reactions and bookmarks on these posts: one query."""
        for post, emoji in _MINE.rows(user=self.user, keys=list(keys)):
            if emoji:
                self.mine.setdefault(post, set()).add(emoji)
            else:
                self.saved.add(post)

    def acts_on(self, row: Row) -> bool:
        """Whether they may answer and react to a post: they write there, and it is open or theirs to look after."""
        if not self.writes_in(row.group_id, row.archived_at is not None):
            return False
        closed = row.closed_at is not None or row.root_id in self.closed
        return not closed or self.roles.leads(row.group_id)

    def meet(self, fragments: Iterable[Parts]) -> None:
        """Learn whom of those that cards name a guest may know: one query, and none for employees, who know all."""
        if self.known is None:
            return
        named = {
            person
            for parts in fragments
            for _text, name, reacted in parts
            if name == "who"
            for person, _name in reacted.people
        }
        self.known = frozenset(User.objects.visible_to(self.user).filter(pk__in=named).values_list("pk", flat=True))

    def votes(self, found: Iterable[Row], fragments: dict[int, Parts]) -> None:
        """What they chose in the polls of a page: one query, and none where there is no poll."""
        polls = [
            asked.poll
            for row in found
            if row.post_kind == Post.Kind.POLL
            for _text, name, asked in fragments[row.pk]
            if name == "poll"
        ]
        if not polls:
            return
        tokens = {poll.token(self.user): poll.pk for poll in polls if poll.salt}
        mine = Q(person_id=self.user.pk, poll__in=[poll.pk for poll in polls if not poll.anonymous])
        for poll, chosen in Ballot.objects.filter(mine | Q(token__in=tokens)).values_list("poll_id", "chosen"):
            self.chosen[poll] = chosen

    def attends(self, found: Iterable[Row], fragments: dict[int, Parts]) -> None:
        """What they answered to the events of a page: one query, and none where there is no event."""
        events = [
            invited.event.pk
            for row in found
            if row.post_kind == Post.Kind.EVENT
            for _text, name, invited in fragments[row.pk]
            if name == "event" and invited.event is not None
        ]
        if events:
            self.answers.update(answers_of(self.user, events))

    def opens(self, fragments: Iterable[Parts]) -> None:
        """Learn what stands behind the links to our own pages: a question for each kind of page, none without links."""
        links = {link for parts in fragments for _text, name, held in parts if name == "inside" for link in held}
        if links:
            self.inside.update(inside.shown(self.user, links))

    def writes_in(self, group_id: int | None, archived: bool) -> bool:
        """Whether they may answer and react there."""
        key = (group_id, archived)
        if key not in self._writes:
            self._writes[key] = self.roles.writes_in(group_id, archived)
        return self._writes[key]


def heard(reader: Reader, found: list[Row]) -> list[Row]:
    """The rows of a home feed without those of people whom the reader has silenced; announcements still arrive."""
    if not reader.unheard:
        return found
    return [row for row in found if row.author_id not in reader.unheard or row.post_kind == Post.Kind.ANNOUNCEMENT]


def page_of(reader: Reader, found: Sequence[Row], answers: Mapping[int, Row | None] | None = None) -> SafeString:
    """The cards of a list, each with its accepted and its newest answer under it.

    Args:
        reader: who looks.
        found: rows of `visible_to(reader.user)`, posts and answers, in the order they are shown.
        answers: those answers that were asked for with the rows, by key; None for one that may not be seen.
    """
    listed = {row.pk for row in found}
    wanted = {key for row in found if row.root_id is None for key in (row.best_answer_id, row.last_reply_id) if key}
    # The same answer never twice on a page.
    wanted -= listed
    known = answers or {}
    asked = [*known.values(), *rows_of(reader.user, wanted - known.keys())]
    under = {row.pk: row for row in asked if row is not None and row.pk in wanted}
    reader.look_up([*listed, *under])
    reader.closed.update(row.pk for row in found if row.closed_at is not None)
    fragments = fragments_of(reader, [*found, *under.values()], alone=listed)
    reader.meet(fragments.values())
    reader.votes(found, fragments)
    reader.attends(found, fragments)
    reader.opens(fragments.values())
    out: list[str] = []
    for row in found:
        if row.root_id is not None:
            out.append(_fill(fragments[row.pk], reader, row))
            continue
        keys = [key for key in dict.fromkeys((row.best_answer_id, row.last_reply_id)) if key in under]
        below = [_fill(fragments[key], reader, under[key]) for key in keys]
        out.append(_fill(fragments[row.pk], reader, row, under="".join(below)))
    return mark_safe("".join(out))


def cards_of(user: Any, posts: Any) -> SafeString:
    """Cards for other rooms' pages: of a queryset that began at `visible_to(user)`, or of such rows."""
    found = rows(posts) if isinstance(posts, QuerySet) else list(posts)
    return page_of(Reader(user), found)


def thread_of(
    reader: Reader,
    found: Sequence[Row],
    *,
    new_after: int | None = None,
    here: int | None = None,
    since: bool = False,
) -> SafeString:
    """Answers as they stand in a thread, with tombstones where others answered what is gone.

    Args:
        reader: who looks.
        found: rows of `shells_visible_to(reader.user)` in thread order.
        new_after: the key up to which the reader has read; what is newer and not their own is marked.
        here: the key of the answer that the page was opened at.
        since: whether a line stands before the first that is new.
    """
    answered = {row.branch_id for row in found if row.branch_id}
    drawn = [row for row in found if row.state in _DRAWN]
    reader.look_up(row.pk for row in drawn)
    fragments = fragments_of(reader, drawn)
    reader.opens(fragments.values())
    out: list[str] = []
    for row in found:
        if row.state in _DRAWN:
            fresh = new_after is not None and row.pk > new_after and row.author_id != reader.user.pk
            if fresh and since:
                out.append(get_template("feed/_since.html").render())
                since = False
            marks = (" new" if fresh else "") + (" here" if row.pk == here else "")
            out.append(_fill(fragments[row.pk], reader, row, marks=marks))
        elif row.pk in answered:
            out.append(get_template("feed/_tombstone.html").render({"row": row}))
    return mark_safe("".join(out))


def with_thread(reader: Reader, root: Row, under: str) -> SafeString:
    """A post with its thread under it; of a deleted one its tombstone."""
    if root.state not in _DRAWN:
        return mark_safe(get_template("feed/_gone.html").render({"row": root, "under": mark_safe(under)}))
    reader.look_up([root.pk])
    fragments = fragments_of(reader, [root])
    reader.meet(fragments.values())
    reader.votes([root], fragments)
    reader.attends([root], fragments)
    reader.opens(fragments.values())
    return mark_safe(_fill(fragments[root.pk], reader, root, under=under))


def one(reader: Reader, row: Row, *, answers: bool = True) -> SafeString:
    """One card, a post or an answer."""
    if row.root_id is None and answers:
        return page_of(reader, [row])
    reader.look_up([row.pk])
    fragments = fragments_of(reader, [row])
    reader.opens(fragments.values())
    return mark_safe(_fill(fragments[row.pk], reader, row))


def just_said(reader: Reader, post: Post, row: Row) -> SafeString:
    """The card of what the reader has just said or changed, drawn off the row that their own act gave.

    Args:
        reader: who said it.
        post: as the action gave it, with author, group, root and parent.
        row: of `visible_to(reader.user)`, asked after it was written.
    """
    more = (
        post.has_files
        or post.has_previews
        or post.reaction_counts
        or row.reply_count
        or post.post_kind not in _OF_ITSELF
    )
    if more or row.version != post.version or (row.version != 1 and row.root_id):
        return one(reader, row)
    reader.roles = Roles.of(reader.user, [post.group_id])
    if row.version != 1:
        reader.look_up([row.pk])
    parts = _draw(post, [], "", {})
    shelf.put((post.public_id, post.version, reader.language, ""), parts)
    reader.opens([parts])
    return mark_safe(_fill(parts, reader, row))


#: Kinds whose cards show nothing of other tables.
_OF_ITSELF = frozenset({Post.Kind.STATUS, Post.Kind.QUESTION, Post.Kind.ANNOUNCEMENT})


# ---- Fragments


class Reacted(NamedTuple):
    """Who reacted to a post, as its card keeps it: nothing in it depends on the reader."""

    number: int = 0
    #: Keys and names of those who did last.
    people: tuple[tuple[int, str], ...] = ()
    #: The sentence for everyone who is none of them.
    text: str = ""


class Asked(NamedTuple):
    """A poll, as its card keeps it: nothing in it depends on the reader."""

    poll: Poll
    public_id: str


class Invited(NamedTuple):
    """An event, as its card keeps it: nothing in it depends on the reader."""

    event: CalendarEvent | None
    public_id: str


class Praised(NamedTuple):
    """Whom a card praises: they alone find a button to say thanks on it."""

    people: frozenset[int]
    public_id: str


#: The sign with which one says thanks for praise.
THANKS = "🙏"
#: Pieces of text, each with the slot that follows it and the slot's argument.
Parts = tuple[tuple[str, str, Any], ...]


class Shelf:
    """Fragments of this process, the least used thrown away first."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.used = 0
        self.kept: OrderedDict[tuple[str, int, str, str], tuple[Parts, int]] = OrderedDict()
        self.lock = threading.Lock()

    def get(self, key: tuple[str, int, str, str]) -> Parts | None:
        """The fragment under a key, if it is here."""
        with self.lock:
            found = self.kept.get(key)
            if found is None:
                return None
            self.kept.move_to_end(key)
            return found[0]

    def put(self, key: tuple[str, int, str, str], parts: Parts) -> None:
        """Keep a fragment."""
        weight = sum(len(text) for text, _name, _argument in parts) + 200
        with self.lock:
            if key in self.kept:
                self.used -= self.kept.pop(key)[1]
            self.kept[key] = (parts, weight)
            self.used += weight
            while self.used > self.size and self.kept:
                self.used -= self.kept.popitem(last=False)[1][1]

    def clear(self) -> None:
        """Forget everything (tests)."""
        with self.lock:
            self.kept.clear()
            self.used = 0


shelf = Shelf(SHELF)
_DRAWN = frozenset({Post.State.PUBLISHED.value, Post.State.HELD.value})


_FILES = Prepared(lambda user, keys: File.objects.visible_to(user).on_all(Post.kind, keys))
_POLLS = Prepared(lambda keys: Poll.objects.filter(post__in=keys))
_EVENTS = Prepared(lambda keys: CalendarEvent.objects.filter(post__in=keys))
_PRAISES = Prepared(lambda keys: Praise.objects.filter(post__in=keys).select_related("person").order_by("pk"))


def fragments_of(reader: Reader, found: Sequence[Row], *, alone: Iterable[int] = ()) -> dict[int, Parts]:
    """The fragments of visible rows: from the shelf, the missing ones drawn with one query per table.

    Args:
        reader: who looks.
        found: rows that `visible_to` gave.
        alone: keys of answers that stand in a list by themselves and so say where they belong.
    """
    alone = set(alone)
    shapes = {row.pk: "alone" if row.root_id and row.pk in alone else "" for row in found}
    out: dict[int, Parts] = {}
    missing: dict[int, Row] = {}
    for row in found:
        parts = shelf.get((row.public_id, row.version, reader.language, shapes[row.pk]))
        if parts is None:
            missing[row.pk] = row
        else:
            out[row.pk] = parts
    if not missing:
        return out
    posts = _posts(reader.user, list(missing))
    hung: dict[int, list[File]] = {}
    with_files = [post.pk for post in posts if post.has_files]
    if with_files:
        for file in _FILES.instances(user=reader.user, keys=with_files):
            hung.setdefault(file.on_pk, []).append(file)
    _writers(posts)
    names = names_of(posts)
    asking = [post.pk for post in posts if post.post_kind == Post.Kind.POLL]
    polls = {poll.post_id: poll for poll in _POLLS.instances(keys=asking)}
    meeting = [post.pk for post in posts if post.post_kind == Post.Kind.EVENT]
    events = {event.post_id: event for event in _EVENTS.instances(keys=meeting)}
    links = previews.known(posts, reader=reader.user)
    praising = [post.pk for post in posts if post.post_kind == Post.Kind.PRAISE]
    praises: dict[int, list[Praise]] = {}
    for one in _PRAISES.instances(keys=praising):
        praises.setdefault(one.post_id, []).append(one)
    for post in posts:
        post.asks = polls.get(post.pk)  # type: ignore[attr-defined] # for the drawing alone
        post.praised = praises.get(post.pk, [])  # type: ignore[attr-defined]
        post.meets = events.get(post.pk)  # type: ignore[attr-defined]
        post.links = links.get(post.pk, [])  # type: ignore[attr-defined]
    for post in posts:
        parts = out[post.pk] = _draw(post, hung.get(post.pk, []), shapes[post.pk], names)
        # Under the version that was drawn: the row may have changed since the list was read.
        shelf.put((post.public_id, post.version, reader.language, shapes[post.pk]), parts)
    for key in missing:
        # Gone between the two queries: nothing of it is shown.
        out.setdefault(key, ())
    return out


#: A name in a text: behind it stands, for whom it is so, that they are away.
_NAMED = re.compile(r'<a class="mention" href="/people/([\w-]+)/"[^>]*><bdi>[^<]*</bdi></a>')
_PERSON = columns(User, "id public_id name job_title is_guest is_active picture profile_hidden")
#: What a card is made of: where it hangs on the post, its model, its columns.
_PIECES: list[tuple[str, type[Model], list[str]]] = [
    (
        "",
        Post,
        columns(
            Post,
            "id public_id author_id written_by_id group_id root_id parent_id branch_id post_kind state html version "
            "created_at accepted_at edited_at pinned_at closed_at closed_why reply_count reaction_counts reactors "
            "has_files has_previews",
        ),
    ),
    ("author", User, _PERSON),
    ("group", Group, columns(Group, "id public_id name privacy")),
    ("root", Post, columns(Post, "id public_id line state best_answer_id")),
    ("parent", Post, columns(Post, "id author_id line state")),
    ("parent__author", User, _PERSON),
]
_WHOLE = Prepared(
    lambda user, keys: (
        Post.objects.visible_to(user)
        .filter(pk__in=keys)
        .values_list(*(f"{at}__{name}" if at else name for at, _model, names in _PIECES for name in names))
    )
)


def _posts(user: Any, keys: list[int]) -> list[Post]:
    """Visible posts with what their cards show of author, group, thread and answered answer: one query."""
    posts = []
    for values in _WHOLE.rows(user=user, keys=keys):
        made: dict[str, Any] = {}
        start = 0
        for at, model, names in _PIECES:
            piece = values[start : start + len(names)]
            start += len(names)
            made[at] = model.from_db(DEFAULT_DB_ALIAS, names, piece) if piece[0] is not None else None
        post = made[""]
        post.author, post.group, post.root, post.parent = made["author"], made["group"], made["root"], made["parent"]
        if post.parent is not None:
            post.parent.author = made["parent__author"]
        posts.append(post)
    return posts


def _writers(posts: list[Post]) -> None:
    """Who wrote some of these in their author's name: one query, and none where nobody did."""
    keys = {post.written_by_id for post in posts if post.written_by_id}
    known = User.objects.only("pk", "public_id", "name").in_bulk(keys) if keys else {}
    for post in posts:
        post.written_by = known.get(post.written_by_id or 0)


def _draw(post: Post, files: list[File], shape: str, names: dict[int, str]) -> Parts:
    template = get_template("feed/_reply.html" if post.root_id else "feed/_post.html")
    html = template.template.render(_context(post, files, shape))  # type: ignore[attr-defined]
    html = _NAMED.sub(rf"\g<0>{MARK}away:\g<1>{MARK}", html)
    pieces = html.strip().split(MARK)
    parts = []
    for index in range(0, len(pieces), 2):
        name, _colon, argument = pieces[index + 1].partition(":") if index + 1 < len(pieces) else ("", "", "")
        held: Any = argument
        if name == "who":
            held = reacted_of(post, names)
        elif name == "poll":
            held = Asked(post.asks, post.public_id)  # type: ignore[attr-defined]
        elif name == "thanks":
            held = Praised(frozenset(one.person_id for one in post.praised), post.public_id)  # type: ignore[attr-defined]
        elif name == "event":
            held = Invited(post.meets, post.public_id)  # type: ignore[attr-defined]
        elif name == "inside":
            held = inside.links_of(post.html, limits.PREVIEWS_PER_POST.value)
        elif name == "links":
            held = playing.links_of(post, getattr(post, "links", ()))
        parts.append((pieces[index], name, held))
    return tuple(parts)


def _context(post: Post, files: list[File], shape: str) -> Context:
    quoted = post.parent if post.branch_id and post.parent_id != post.branch_id else None
    if quoted is not None and quoted.state != Post.State.PUBLISHED:
        quoted = None
    return Context(
        {
            "post": post,
            "pictures": [file for file in files if file.is_pictured],
            "documents": [file for file in files if not file.is_pictured],
            "reactions": sorted(post.reaction_counts.items(), key=lambda pair: -pair[1]),
            "quoted": quoted,
            "best": bool(post.root and post.root.best_answer_id == post.pk),
            "accepted": post.accepted_at is not None,
            "alone": shape == "alone",
            "long": not post.root_id and _long(post.html),
            "asks": getattr(post, "asks", None),
            "praised": getattr(post, "praised", ()),
            "linked": previews.has_links(post.html),
            "meets": getattr(post, "meets", None),
            "slotted": True,
        }
    )


def _long(html: str) -> bool:
    """Whether a post is cut in lists: about twenty lines or more."""
    return len(html) > LONG and (len(strip_tags(html)) > LONG or html.count("<li") + html.count("<p") > 14)


def _fill(parts: Parts, reader: Reader, row: Row, *, under: str = "", marks: str = "") -> str:
    """Put what differs by reader into its slots."""
    out: list[str] = []
    mine = reader.mine.get(row.pk, ())
    for text, name, argument in parts:
        out.append(text)
        if not name:
            continue
        if name == "mine":
            out.append("true" if argument in mine else "false")
        elif name == "who":
            out.append(who_reacted(argument, reader, mine=bool(mine)))
        elif name == "away":
            out.append(badge(argument, reader=reader.user))
        elif name == "time":
            out.append(reader.clock.ago(row.created_at))
        elif name == "saved":
            out.append("true" if row.pk in reader.saved else "false")
        elif name == "off":
            if not reader.acts_on(row):
                out.append(" disabled")
        elif name == "poll":
            out.append(poll_for(reader, argument, off=not reader.acts_on(row)))
        elif name == "thanks":
            if reader.user.pk in argument.people and reader.acts_on(row):
                out.append(_thanks(argument.public_id, THANKS in mine, reader.language))
        elif name == "event":
            out.append(event_for(reader, argument, off=not reader.writes_in(row.group_id, row.archived_at is not None)))
        elif name == "close":
            if row.pk in reader.on_top:
                out.append(_close(row.public_id, reader.language))
        elif name == "under":
            out.append(under)
        elif name == "marks":
            out.append(marks)
        elif name == "inside":
            if pages := [(link, reader.inside[link]) for link in argument if link in reader.inside]:
                out.append(get_template("feed/_inside.html").render({"cards": pages}))
        elif name == "links":
            out.append(playing.draw(argument, lambda: reader.always))
        elif name == "why" and (why := reader.because.get(row.pk)):
            out.append(f" · {why}")
    html = "".join(out)
    if row.author_id in reader.unheard and row.post_kind != Post.Kind.ANNOUNCEMENT:
        return get_template("feed/_folded.html").render({"card": mark_safe(html), "answer": row.root_id is not None})
    return html


@lru_cache(maxsize=256)
def _close(public_id: str, language: str) -> str:
    """The button that takes an announcement from the top; what it says depends on its arguments alone."""
    return get_template("feed/_close.html").render({"public_id": public_id})


@lru_cache(maxsize=256)
def _thanks(public_id: str, mine: bool, language: str) -> str:
    """The button with which those who are praised say thanks; what it says depends on its arguments alone."""
    return get_template("feed/_thanks.html").render({"public_id": public_id, "mine": mine, "emoji": THANKS})


def poll_for(reader: Reader, asked: Asked, *, off: bool) -> SafeString:
    """A poll as this reader sees it: their own choice, and the result where they may see it."""
    poll = asked.poll
    if poll is None:
        return mark_safe("")
    chosen = reader.chosen.get(poll.pk, ())
    closed = poll.closes_at is not None and poll.closes_at <= reader.now
    shown = not poll.hidden or closed or bool(chosen)
    lines = [
        {
            "place": place,
            "text": text,
            "mine": place in chosen,
            "share": round(100 * poll.counts[place] / poll.voters) if shown and poll.voters else 0,
        }
        for place, text in enumerate(poll.options)
    ]
    context = {"poll": poll, "public_id": asked.public_id, "lines": lines, "shown": shown, "closed": closed, "off": off}
    return mark_safe(get_template("feed/_poll.html").render(context))


def event_for(reader: Reader, invited: Invited, *, off: bool) -> SafeString:
    """An event as this reader sees it: in their own clock, with their own answer."""
    event = invited.event
    if event is None:
        return mark_safe("")
    mine = reader.answers.get(event.pk, "")
    over = event.ends_at <= reader.now
    context = {
        "event": event,
        "public_id": invited.public_id,
        "when": when(event),
        "answers": [
            {"value": value, "label": label, "mine": value == mine, "count": getattr(event, COUNTED[value])}
            for value, label in Rsvp.Answer.choices
        ],
        "told": event.going + event.maybe + event.declined,
        "over": over,
        "off": off or over or event.cancelled_at is not None,
    }
    return mark_safe(get_template("feed/_event.html").render(context))


_NAMES = Prepared(lambda keys: User.objects.filter(pk__in=keys).values_list("pk", "name"))


def names_of(posts: Iterable[Post]) -> dict[int, str]:
    """The names of those who reacted last to these posts: one query. Who may know them is asked with each reader."""
    keys = sorted({person for post in posts if not post.root_id for person in post.reactors.get("last", ())})
    return dict(_NAMES.rows(keys=keys))


def reacted_of(post: Post, names: dict[int, str]) -> Reacted:
    """Who reacted to a post, for its card."""
    people = tuple((key, names[key]) for key in post.reactors.get("last", ()) if key in names)
    count = post.reactors.get("count", 0)
    return Reacted(count, people, _sentence([name for _key, name in people[:2]], count))


def who_reacted(reacted: Reacted, reader: Reader, *, mine: bool) -> str:
    """ "Amira, Jonas and 212 others", as this reader may know it, safe to stand in a page."""
    if not mine and reader.known is None and not reader.unheard:
        return reacted.text
    known = [
        name
        for key, name in reacted.people
        if key != reader.user.pk and key not in reader.unheard and (reader.known is None or key in reader.known)
    ]
    return _sentence([gettext("You"), *known[:1]] if mine else known[:2], reacted.number)


def _sentence(names: list[str], count: int) -> str:
    """Up to two names, and how many others."""
    called = [escape(name.split(" ")[0] or name) for name in names][:count]
    others = count - len(called)
    if not called:
        return ngettext("%(count)s person", "%(count)s people", count) % {"count": count}
    if others <= 0:
        if len(called) == 1:
            return called[0]
        return gettext("%(first)s and %(second)s") % {"first": called[0], "second": called[1]}
    if len(called) == 1:
        text = ngettext("%(name)s and %(count)s other", "%(name)s and %(count)s others", others)
        return text % {"name": called[0], "count": others}
    text = ngettext("%(first)s, %(second)s and %(count)s other", "%(first)s, %(second)s and %(count)s others", others)
    return text % {"first": called[0], "second": called[1], "count": others}
