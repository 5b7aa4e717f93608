"""Previews of links: what the pages behind the first links of a post say of themselves.

    a post is said or changed → `ask` notes its links → `drain` fetches them, a few at a time → the card shows them
    a text is being written → `look` notes its links for the writer alone → the same → the composer shows them

The fetching is done by threads that know addresses and nothing else: no post, no person, no database. What they bring
is written by the worker, if the post still has that link.
"""

from __future__ import annotations

import contextlib
import hashlib
import html
import io
import logging
import re
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from core import limits, outgoing, pages, site
from core.events import record
from core.prepared import Prepared
from core.refusal import Refused
from feed.models import Post, Preview, seen_by
from feed.permissions import may
from files import actions as attachments
from files import images, storage
from files.errors import Refused as Unfit
from files.models import File
from moderation.actions import screen
from people.models import User
from search.actions import changed

log = logging.getLogger("feed")

PAGES = ("text/html", "application/xhtml+xml")
PICTURES = ("image/jpeg", "image/png", "image/webp", "image/gif")
#: The longest side of a picture as we keep it.
SIDE = 960
#: Fetched at the same time, all hosts together; of one host it is one.
AT_ONCE = 4
#: Seconds that one round of the worker waits for what is under way, so that nothing else waits for a slow host.
WAIT = 0.05
#: How long the writer keeps what a text showed that was not posted.
KEPT = timedelta(days=1)
#: After this a fetch whose worker died is begun again.
LEASE = timedelta(minutes=2)
#: How long to wait after each try that failed.
PAUSES = (timedelta(seconds=30), timedelta(minutes=10))
#: Links in what our renderer made of a text; nothing else has a whole address in it.
_LINKS = re.compile(r'<a [^>]*?href="(https?://[^"]+)"')


@dataclass(frozen=True)
class Found:
    """What a thread brings."""

    said: pages.Said | None
    picture: bytes = b""
    #: Whether it may be otherwise later.
    passing: bool = False


def are_on() -> bool:
    """Whether previews are fetched: the operator and the administrators both say so."""
    return outgoing.is_on() and site.current().link_previews


def has_links(drawn: str) -> bool:
    """Whether there is a link in the HTML of a post that may get a preview."""
    return _LINKS.search(drawn) is not None


def links_of(drawn: str) -> list[str]:
    """The links in the HTML of a post, in their order, each once and in the form in which a preview keeps it."""
    found: dict[str, None] = {}
    for link in _LINKS.findall(drawn):
        address = html.unescape(link)
        with contextlib.suppress(outgoing.Unreachable):
            address = outgoing.target_of(address).address
        found.setdefault(address)
    return list(found)


@transaction.atomic
def ask(*, post: Post) -> None:
    """Note the first links of a post that shall get a preview; those of links that it no longer has go.

    What its author has removed stays removed while the link stays.
    """
    wanted = _wanted(post.html)
    if not wanted and post.edited_at is None:
        return
    there = {one.digest: one for one in Preview.objects.filter(post=post)}
    linked = links_of(post.html) if len(there) > len(wanted) else ()
    gone = [
        one
        for digest, one in there.items()
        if digest not in wanted and not (one.state == Preview.State.REMOVED and one.address in linked)
    ]
    for one in gone:
        one.delete()
    now, on = timezone.now(), are_on()
    for place, (digest, (address, host)) in enumerate(wanted.items()):
        if digest not in there:
            if not on:
                continue
            made = Preview(post=post, place=place, address=address, digest=digest, host=host, due_at=now)
            made.save()
            _again(made)
        elif there[digest].place != place:
            Preview.objects.filter(pk=there[digest].pk).update(place=place)
    if any(one.state == Preview.State.READY for one in gone):
        _redraw(post)


@transaction.atomic
def look(*, person: User, drawn: str) -> list[Preview]:
    """The previews of the first links of a text that `person` is writing, as far as they are known; the others are
    asked for. One that fails, or is too many for now, is left out: it comes with the post, or stays a plain link.

    Args:
        person: who writes. Nobody else sees it.
        drawn: the HTML of the text.
    """
    wanted = _wanted(drawn)
    if not wanted or not are_on():
        return []
    now = timezone.now()
    mine = Preview.objects.filter(person=person)
    there = {one.digest: one for one in mine.filter(digest__in=wanted, at__gt=now - KEPT)}
    room = limits.LOOKS_PER_MINUTE.value - mine.filter(at__gt=now - timedelta(minutes=1)).count()
    for digest, (address, host) in wanted.items():
        if digest not in there and room > 0:
            mine.filter(digest=digest).delete()
            made = Preview(person=person, address=address, digest=digest, host=host, due_at=now)
            made.save()
            _again(made)
            there[digest] = made
            room -= 1
    shown = (Preview.State.WAITING, Preview.State.READY)
    return [there[digest] for digest in wanted if digest in there and there[digest].state in shown]


def forget_looks() -> int:
    """Texts that were not posted leave nothing behind; returns how many links of them are forgotten."""
    return Preview.objects.filter(person__isnull=False, at__lte=timezone.now() - KEPT).delete()[0]


def drain() -> int:
    """Fetch what is due, and write down what has come; the worker calls it in every round.

    Returns:
        How much was begun, brought or is still under way.
    """
    if not are_on():
        return 0
    done = _begin()
    if not _running:
        return done
    wait(_running.values(), timeout=WAIT)
    for pk, future in [(pk, future) for pk, future in _running.items() if future.done()]:
        del _running[pk]
        _hosts.pop(pk, None)
        try:
            found = future.result()
        except Exception:
            log.exception("a preview could not be read")
            found = Found(None)
        settle(pk=pk, found=found)
    return done + 1


def settle(*, pk: int, found: Found) -> None:
    """Write down what was found behind a link, if its post still has that link and is still shown."""
    with transaction.atomic():
        preview = (
            Preview.objects.select_for_update(of=("self",))
            .select_related("post", "post__author", "post__audience", "post__root")
            .filter(pk=pk, state=Preview.State.WAITING)
            .first()
        )
        if preview is None:
            return
        said = found.said
        # What others wrote is shown here: the word filter reads it too.
        if said is not None and screen(said.title, said.description).level == "hold":
            said = None
        if said is None:
            again = found.passing and preview.tries < limits.PREVIEW_TRIES.value
            preview.due_at = timezone.now() + PAUSES[min(preview.tries, len(PAUSES)) - 1] if again else None
            preview.state = preview.state if again else Preview.State.FAILED
            preview.save(update_fields=["due_at", "state"])
            return
        preview.title, preview.description = said.title, said.description
        _show(preview, found.picture)


@transaction.atomic
def put(*, post: Post, address: str, said: pages.Said, picture: bytes = b"") -> Preview:
    """Give a post a preview that was not fetched (the demo company).

    Raises:
        Unreachable: it is no address for a preview.
    """
    target = outgoing.target_of(address)
    made = Preview(post=post, address=target.address, digest=_digest(target.address), host=target.host)
    made.title, made.description = said.title, said.description
    made.place, made.tried_at = Preview.objects.filter(post=post).count(), timezone.now()
    made.save()
    _show(made, picture)
    return made


@transaction.atomic
def remove(*, post: Post, by: Any, public_id: str) -> None:
    """Take one preview of a post away; its link stays, and gets no other. Twice changes nothing.

    Raises:
        Refused: only its author does so.
    """
    if post.author_id != by.pk or not may(by, post).delete:
        raise Refused(_("Only its author can change this."))
    for one in Preview.objects.select_for_update().filter(post=post, public_id=public_id):
        attachments.remove(of=one, by=by)
        one.state, one.due_at, one.title, one.description = Preview.State.REMOVED, None, "", ""
        one.save(update_fields=["state", "due_at", "title", "description"])
        _redraw(post, by=by)


@transaction.atomic
def refuse(*, post: Post, by: Any, address: str) -> None:
    """Show nothing for a link of a post that has no preview: it stays a link, without a player. Twice changes nothing.

    Raises:
        Refused: only its author does so.
    """
    if post.author_id != by.pk or not may(by, post).delete:
        raise Refused(_("Only its author can change this."))
    digest = _digest(address)
    shown = Preview.objects.filter(post=post, digest=digest, state=Preview.State.READY).exists()
    if shown or address not in links_of(post.html):
        return
    removed = {"state": Preview.State.REMOVED, "due_at": None}
    made = {"address": address, "host": urlsplit(address).netloc[:255]}
    Preview.objects.update_or_create(post=post, digest=digest, defaults=removed, create_defaults={**removed, **made})
    _redraw(post, by=by)


def move(*, posts: Iterable[int], audience: Any, by: Any) -> None:
    """Posts, by their keys, are for another audience: so are the pictures of their previews."""
    for one in Preview.objects.filter(post__in=list(posts), state=Preview.State.READY):
        attachments.move(of=one, audience=audience, by=by)


def of_author(*, post: Post, person: Any) -> list[Preview]:
    """The previews that `person` may take away: those of their own post."""
    if post.author_id != person.pk or not post.has_previews:
        return []
    return list(Preview.objects.filter(post=post, state=Preview.State.READY).order_by("place", "pk"))


def forget(*, post: Post) -> None:
    """A post is gone for good, and its previews with it."""
    for one in Preview.objects.filter(post=post):
        one.delete()
    if post.has_previews:
        post.has_previews = False
        Post.objects.filter(pk=post.pk).update(has_previews=False)


def shown(posts: Iterable[Post], *, reader: Any) -> dict[int, list[Preview]]:
    """The previews of posts that were found through `visible_to(reader)`, by post, each with its picture in `picture`.

    Two queries, and none where no post has one.
    """
    return {
        post: ready
        for post, rows in known(posts, reader=reader).items()
        if (ready := [row for row in rows if row.state == Preview.State.READY])
    }


def known(posts: Iterable[Post], *, reader: Any) -> dict[int, list[Preview]]:
    """The same with those that their author has removed, of which nothing is shown."""
    keys = [post.pk for post in posts if post.has_previews]
    found: dict[int, list[Preview]] = {}
    if not keys:
        return found
    rows = _KNOWN.instances(keys=keys)
    pictures = {file.on_pk: file for file in _PICTURES.instances(user=reader, keys=[row.pk for row in rows])}
    for row in rows:
        row.picture = pictures.get(row.pk)  # type: ignore[attr-defined] # for the drawing alone
        found.setdefault(row.post_id, []).append(row)
    return found


# ---- Parts of the above

KIND = Preview._meta.label_lower
_SETTLED = (Preview.State.READY, Preview.State.REMOVED)
_KNOWN = Prepared(lambda keys: Preview.objects.filter(post__in=keys, state__in=_SETTLED).order_by("place", "pk"))
_PICTURES = Prepared(lambda user, keys: File.objects.visible_to(user).on_all(KIND, keys))
_threads = ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="preview")
#: What is under way in this process, by the key of the preview; and from which host.
_running: dict[int, Future[Found]] = {}
_hosts: dict[int, str] = {}


def _begin() -> int:
    """Hand over what is due to the threads."""
    room = AT_ONCE - len(_running)
    if room <= 0:
        return 0
    now = timezone.now()
    due = list(Preview.objects.filter(due_at__lte=now).order_by("due_at", "pk")[: 5 * AT_ONCE])
    if not due:
        return 0
    minute = now - timedelta(minutes=1)
    hosts = {one.host for one in due}
    recent = Counter(Preview.objects.filter(host__in=hosts, tried_at__gt=minute).values_list("host", flat=True))
    begun = 0
    for one in due:
        if begun == room:
            break
        if one.pk in _running or one.host in _hosts.values():
            continue
        if recent[one.host] >= limits.FETCHES_PER_HOST.value:
            Preview.objects.filter(pk=one.pk, due_at=one.due_at).update(due_at=now + timedelta(minutes=1))
            continue
        # Only one worker's update finds the row still as it was read.
        taken = Preview.objects.filter(pk=one.pk, tries=one.tries, due_at=one.due_at)
        if not taken.update(tries=F("tries") + 1, tried_at=now, due_at=now + LEASE):
            continue
        if one.tries >= limits.PREVIEW_TRIES.value:
            # Whoever fetched it died each time.
            Preview.objects.filter(pk=one.pk).update(state=Preview.State.FAILED, due_at=None)
            continue
        _hosts[one.pk] = one.host
        _running[one.pk] = _threads.submit(fetch, one.address)
        begun += 1
    return begun


def fetch(address: str) -> Found:
    """What the page at an address says of itself, with its picture as we draw it. Knows nothing but the address."""
    try:
        got = outgoing.get(address, accept=PAGES, most=limits.FETCH_BYTES.value, whole=False)
    except outgoing.Unreachable as error:
        return Found(None, passing=error.passing)
    said = pages.read(got.body, charset=got.charset, address=got.address)
    if said is None or not said.picture:
        return Found(said)
    try:
        picture = outgoing.get(said.picture, accept=PICTURES, most=limits.FETCH_PICTURE_BYTES.value)
    except outgoing.Unreachable:
        return Found(said)
    try:
        return Found(said, images.small(io.BytesIO(picture.body), SIDE))
    except Unfit:
        return Found(said)


def _wanted(drawn: str) -> dict[str, tuple[str, str]]:
    """The first links of a text that shall get a preview: digest → address and host."""
    wanted: dict[str, tuple[str, str]] = {}
    for link in _LINKS.findall(drawn):
        try:
            target = outgoing.target_of(html.unescape(link))
        except outgoing.Unreachable:
            # No address that we go to: it stays a plain link.
            continue
        wanted.setdefault(_digest(target.address), (target.address, target.host))
        if len(wanted) == limits.PREVIEWS_PER_POST.value:
            break
    return wanted


def _again(preview: Preview) -> None:
    """Use what the same page said not long ago, if it is in a post that the writer can see, or in what they wrote.

    Security door: nobody learns from how soon a preview comes that somebody else, elsewhere, has shared the link.
    """
    reader = preview.post.author if preview.post is not None else preview.person
    since = timezone.now() - timedelta(days=limits.PREVIEW_DAYS.value)
    known = Preview.objects.filter(digest=preview.digest, state=Preview.State.READY, tried_at__gt=since)
    before = known.filter(Q(seen_by(reader)) | Q(person=reader)).order_by("-tried_at").first()
    if before is None:
        return
    preview.title, preview.description, preview.tried_at = before.title, before.description, before.tried_at
    picture = bytes(before.thumbnail or b"")
    file = File.objects.on(before).first()
    if file is not None:
        with contextlib.suppress(FileNotFoundError), storage.store().open(file.key) as content:
            picture = content.read()
    _show(preview, picture)


def _show(preview: Preview, picture: bytes) -> None:
    """Let a preview be seen, with its picture drawn anew by us; one that cannot be drawn is left out."""
    post = preview.post
    preview.state, preview.due_at = Preview.State.READY, None
    if post is None:
        preview.thumbnail = picture or None
        preview.save()
        return
    preview.save()
    if picture:
        try:
            attachments.picture(
                of=preview,
                by=post.author,
                stream=io.BytesIO(picture),
                audience=post.audience,
                square=False,
                quiet=True,
            )
        except Unfit:
            log.info("the picture of a page could not be drawn")
    _redraw(post)


def _redraw(post: Post, by: Any = None) -> None:
    """The card of a post is another, and who looks at it is told."""
    has = Preview.objects.filter(post=post, state__in=_SETTLED).exists()
    Post.objects.filter(pk=post.pk).update(has_previews=has, version=F("version") + 1)
    post.has_previews = has
    # What the page says of itself is found with the post, and no longer when it is gone.
    changed(post)
    thread: dict[str, Any] = {"thread": post.root.public_id} if post.root is not None else {}
    record("feed.post.previewed", actor=by, target=post, id=post.public_id, **thread)


def _digest(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()


__all__ = [
    "are_on",
    "ask",
    "drain",
    "fetch",
    "forget",
    "forget_looks",
    "has_links",
    "known",
    "links_of",
    "look",
    "move",
    "of_author",
    "put",
    "refuse",
    "remove",
    "settle",
    "shown",
]
