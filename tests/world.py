"""The cast in a full house: one of everything in each of four places, every private string with a token of its own.

A token is sixteen random letters. Whoever finds one in an answer has been told the string it stands in.
"""

from __future__ import annotations

import io
import random
import string
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from core import pages, paging
from core.ids import new_id
from feed import actions as feed
from feed.actions import calendar, previews
from feed.actions import praise as praising
from feed.models import Post
from files import actions as files
from files.actions import captioning, parts, versions
from files.models import File
from groups import actions as groups
from groups import library
from groups.models import Group
from inbox.models import Notice
from knowledge import actions as knowledge
from moderation import actions as moderation
from moderation.models import Case, Word
from people import actions as people
from people.models import User
from social.models import SiteSettings
from tests import make
from tests.surfaces import HIDING, WORD, Place

#: Everyone who asks. rita was in every group and was removed; eva edits and is in every group; wim edits and is in
#: none; dave was in every group, has a browser that is still signed in, and is deactivated.
NAMES = ("alice", "bob", "carol", "dave", "mona", "ada", "gil", "rita", "eva", "wim", "nobody")
EMPLOYEES = frozenset(NAMES) - {"gil", "dave", "nobody"}
PLACES = ("private", "secret", "public", "everyone")
#: Who is in a place.
INSIDERS = {
    "private": frozenset({"alice", "bob", "eva", "gil"}),
    "secret": frozenset({"alice", "bob", "eva"}),
    "public": EMPLOYEES,
    "everyone": EMPLOYEES,
}
MODERATORS = frozenset({"mona", "ada"})


@dataclass
class World:
    """Who and where."""

    cast: make.Cast
    people: dict[str, User]
    browsers: dict[str, Client]
    places: dict[str, Place]
    groups: dict[str, Group]
    posts: dict[str, Post] = field(default_factory=dict)
    files: dict[str, File] = field(default_factory=dict)
    rows: dict[str, list] = field(default_factory=dict)

    def may_know(self, who: str, place: str, token: str, route: str = "") -> bool:
        """The policy, written from the policy and not from the code: may `who` be told this string at `route`?"""
        if token == "deleted" or who in ("nobody", "dave"):
            return False
        if token in ("reason", "filtered"):
            # Only those who decide about it: the network's moderators; of a report of alice's post, never alice.
            return who in MODERATORS
        if token == "held":
            return who == "alice" or (who in MODERATORS and route.startswith("moderation/cases/"))
        if token in ("asking", "sending"):
            return who == "alice"
        if token == "draft":
            # On the desk of those who edit and may read what the place holds.
            return route.startswith("admin/") and who in INSIDERS[place] and who in ("eva", "wim", "ada")
        if who in INSIDERS[place]:
            return True
        if place == "private" and token in ("name", "description"):
            return who in EMPLOYEES
        # A reported text: that very item, at its case alone.
        return token in ("body", "topic") and who in MODERATORS and route.startswith("moderation/cases/")

    def hidden(self, who: str, place: str, names: frozenset[str]) -> frozenset[str]:
        """Of the things an address names, those that `who` may not know to exist."""
        asked = names & HIDING
        if who in MODERATORS:
            asked -= {"case"}
        if who in INSIDERS[place]:
            # What alice is still sending is nobody's but hers.
            return asked & ({"case"} if who == "alice" else {"case", "sending"})
        return asked - {"group"} if place == "private" and who in EMPLOYEES else asked


def token(seed: random.Random) -> str:
    """Sixteen letters."""
    return "".join(seed.choices(string.ascii_lowercase, k=16))


def picture(name: str) -> SimpleUploadedFile:
    """A small picture."""
    held = io.BytesIO()
    Image.linear_gradient("L").resize((800, 600)).convert("RGB").save(held, "PNG")
    return SimpleUploadedFile(name, held.getvalue(), content_type="image/png")


def paper(name: str, text: str) -> SimpleUploadedFile:
    """A small text."""
    return SimpleUploadedFile(name, text.encode(), content_type="text/plain")


def sound(text: str) -> SimpleUploadedFile:
    """A sound of some bytes with a text among them."""
    return SimpleUploadedFile("song.mp3", b"ID3\x03" + bytes(40) + text.encode(), content_type="audio/mpeg")


#: A link in the post of each place, of which there is a preview, and which has a player.
FILM = "https://news.paper.org/film"


def world(only: tuple[str, ...] = PLACES) -> World:
    """The whole house; `only` furnishes some of the places."""
    cast = make.cast()
    everyone = {name: getattr(cast, name) for name in NAMES if hasattr(cast, name)}
    everyone["rita"] = make.person("Rita Reed")
    everyone["eva"] = make.person("Eva Editor", is_editor=True)
    everyone["wim"] = make.person("Wim Writer", is_editor=True)
    people.reactivate(person=cast.dave, by=cast.ada)
    everyone["dave"].refresh_from_db()
    rooms = {"private": cast.private, "secret": cast.secret, "public": cast.public}
    for group in rooms.values():
        for name in ("rita", "eva", "dave"):
            groups.add_member(group=group, person=everyone[name], by=cast.alice)
    browsers = {name: make.client(everyone.get(name)) for name in NAMES}
    moderation.save_word(by=cast.ada, text="forbiddenword", level=Word.Level.HOLD)
    people.delegate(person=cast.alice, to=cast.bob)
    SiteSettings(own_players=f"{FILM.replace('film', '{id}')} https://play.paper.org/{{id}}").save()
    made = World(cast, everyone, browsers, {}, rooms)
    for name in only:
        made.places[name] = furnish(made, name)
    for group in rooms.values():
        groups.remove_member(group=group, person=everyone["rita"], by=cast.alice)
    people.deactivate(person=cast.dave, by=cast.ada)
    return made


def furnish(made: World, name: str) -> Place:
    """One of everything in a place."""
    seed = random.Random(f"kring {name}")
    tokens = {
        key: token(seed)
        for key in (
            *(
                "name",
                "description",
                "body",
                "topic",
                "reply",
                "earlier",
                "held",
                "deleted",
                "filename",
                "alt",
                "bytes",
            ),
            *(
                "reason",
                "title",
                "text",
                "paper",
                "draft",
                "asking",
                "question",
                "solved",
                "folder",
                "shelved",
                "sending",
                "praise",
                "link",
            ),
            *("gathering", "venue", "stead", "spoken", "outdated"),
        )
    }
    cast, group, eva = made.cast, made.groups.get(name), made.people["eva"]
    if group is not None:
        groups.edit_group(
            group=group, by=cast.alice, name=f"Kangaroo {tokens['name']}", description=f"About {tokens['description']}"
        )
        group.refresh_from_db()
    text = files.upload(
        by=cast.alice, stream=paper("k.txt", f"{WORD} {tokens['bytes']}"), name=f"{WORD} {tokens['filename']}.txt"
    )
    photo = files.upload(by=cast.alice, stream=picture("k.png"), name="photo.png", alt=f"{WORD} {tokens['alt']}")
    praise = praising.meant(author=cast.alice, badge="help", handles="@bob.baker")
    feed.publish(author=cast.alice, body=f"{WORD} {tokens['praise']}", group=group, kind="praise", praise=praise)
    sending = parts.begin(by=cast.alice, name=f"{WORD} {tokens['sending']}.txt", size=20)
    post = feed.publish(author=cast.alice, body=f"Once {tokens['earlier']}", group=group)
    post = feed.edit(
        post=post,
        by=cast.alice,
        body=f"{WORD} {tokens['body']} #t{tokens['topic']} for @bob.baker @rita.reed @carol.cook {FILM}",
        files=[text.public_id, photo.public_id],
    )
    said = pages.Said(f"Page {tokens['link']}", f"About {tokens['link']}")
    link = previews.put(post=post, address=FILM, said=said, picture=picture("l.png").read())
    reply = feed.reply(author=cast.bob, to=post, body=f"{WORD} {tokens['reply']}")
    feed.react(post=post, person=cast.bob, emoji="👍")
    for person in ("bob", "rita", "dave"):
        feed.bookmark(post=post, person=made.people[person])
    held = feed.publish(author=cast.alice, body=f"{WORD} {tokens['held']} forbiddenword", group=group)
    assert held.state == Post.State.HELD
    gone = feed.publish(author=cast.alice, body=f"{WORD} {tokens['deleted']} #t{tokens['deleted']}", group=group)
    feed.delete(post=gone, by=cast.alice)
    moderation.report(obj=post, by=cast.bob, reason=f"It is {tokens['reason']}")
    shelf = knowledge.write_section(by=eva, title=f"Kangaroo shelf {tokens['title']}", group=group)
    figure = knowledge.add_picture(by=eva, file=picture("f.png"), title=f"Map {tokens['title']}")
    document = knowledge.add_paper(by=eva, file=paper("p.txt", tokens["paper"]), title=f"Paper {tokens['title']}")
    article = knowledge.write_article(
        by=eva,
        title=f"Kangaroo {tokens['title']}",
        abstract=f"About {tokens['text']}",
        parent=shelf,
        body=[
            ("text", f"<p>{WORD} {tokens['text']}</p>"),
            ("picture", {"image": {"image": figure.pk, "alt_text": "A map", "decorative": False}, "caption": ""}),
            ("document", document.pk),
        ],
    )
    knowledge.write_article(by=eva, title=f"Kangaroo {tokens['draft']}", parent=shelf, publish=False)
    folder = None
    if group is not None:
        folder = library.add_folder(group=group, by=cast.alice, name=f"Kangaroo {tokens['folder']}")
        plan = files.upload(by=cast.alice, stream=paper("s.txt", WORD), name=f"{WORD} {tokens['shelved']}.txt")
        library.add_files(group=group, by=cast.alice, ids=[plan.public_id])
    ask = None
    if name == "private":
        ask = groups.request_to_join(group=group, person=made.people["wim"], message=f"I am {tokens['asking']}")
    # A best answer about the topic hangs on the page of who knows about it; the word itself is everyone's.
    # With a sound that has captions, and had another content before.
    song = files.upload(by=cast.alice, stream=sound(tokens["outdated"]), name="song.mp3")
    question = feed.publish(
        author=cast.alice,
        body=f"{WORD} {tokens['question']} #{WORD}-tail",
        group=group,
        kind="question",
        files=[song.public_id],
    )
    song = versions.replace(file=song, by=cast.alice, stream=sound(tokens["spoken"]), name="song.mp3")
    said_in = f"WEBVTT\n\n00:01.000 --> 00:02.000\n{WORD} {tokens['spoken']}\n"
    captioning.caption(file=song, by=cast.alice, content=said_in.encode(), language="en")
    solved = feed.reply(author=cast.bob, to=question, body=f"{WORD} {tokens['solved']}")
    feed.accept_answer(answer=solved, by=cast.alice)
    meeting = feed.publish(
        author=cast.alice,
        body="",
        group=group,
        kind="event",
        event=calendar.planned(
            title=f"{WORD} {tokens['gathering']}",
            starts_at=datetime(2029, 5, 31, 9, tzinfo=UTC),
            place=f"Room {tokens['venue']}",
        ),
    )
    calendar.answer(post=meeting, person=cast.bob, answer="going")
    stead = feed.publish(author=cast.alice, writer=cast.bob, body=f"{WORD} {tokens['stead']}", group=group)
    # Long ago, so that they take nobody's place on the first page.
    Post.objects.filter(pk__in=[meeting.pk, stead.pk]).update(created_at=datetime(2020, 2, 1, tzinfo=UTC))
    skill = people.add_skill(person=cast.alice, by=cast.alice, name=f"{WORD} tail").skill
    make.settle()
    case = Case.objects.filter(kind="feed.post", object_pk=post.pk).order_by("pk").first()
    notice = Notice.objects.filter(recipient=cast.bob).order_by("-pk").first()
    ids = {
        "preview": link.public_id,
        "linked": FILM,
        "glimpse": File.objects.on(link).get().public_id,
        "post": post.public_id,
        "reply": reply.public_id,
        "stead": stead.public_id,
        "event": meeting.public_id,
        "group": group.public_id if group else post.public_id,
        "file": text.public_id,
        "picture": photo.public_id,
        "song": song.public_id,
        "older": File.objects.get(newer=song).public_id,
        "figure": figure.public_id,
        "paper": document.public_id,
        "shelf": shelf.slug,
        "article": article.slug,
        "articleid": article.public_id,
        "case": case.public_id,
        "ask": ask.public_id if ask else reply.public_id,
        "notice": notice.public_id,
        "author": cast.alice.public_id,
        "member": cast.bob.public_id,
        "left": cast.dave.public_id,
        "sending": sending.public_id,
        "folder": folder.public_id if folder else new_id(),
        "topic": f"t{tokens['topic']}",
        "skill": skill.public_id,
        "word": WORD,
        "mark": paging.encode([datetime(2020, 1, 1, tzinfo=UTC), 0]),
    }
    made.posts[name], made.files[name] = post, text
    made.rows[name] = [post, meeting, stead, reply, held, gone, text, photo, article, *([group] if group else [])]
    made.rows[name].append(meeting.calendar)
    return Place(name, ids, tokens)
