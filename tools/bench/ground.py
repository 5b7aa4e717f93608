"""Companies to measure in: the same people, groups, posts and answers each time, written in bulk.

Everything follows from one seed. Texts have the frequencies of words of real text, are Markdown with mentions, topics,
lists and code, and are converted by the site's own converter. One person reads: in 40 groups, following 20 people, with
some threads followed and muted, some posts saved, some notices unread. Their place is the same in every size, so that
two sizes differ in nothing but the size of the company.
"""

from __future__ import annotations

import hashlib
import itertools
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

#: When the company's last word was said; a fixed day, so that every run writes the same bytes.
END = datetime(2026, 9, 1, 12, tzinfo=UTC)
SPAN = timedelta(days=365)
#: Different texts; each is converted once.
TEXTS = 3_000
READER = "reader@bench.example"
#: Goes up when what is written here changes, so that kept companies are built anew.
VERSION = 1
#: Groups of the one who reads, as far as there are so many.
MINE = 40
BATCH = 2_000


@dataclass(frozen=True)
class Size:
    """How large a company is."""

    name: str
    people: int
    groups: int
    #: Posts and answers together.
    posts: int
    #: Answers of the longest thread.
    longest: int = 0
    #: One group of everybody, and one person whom everybody follows.
    crowd: bool = False


SIZES = {
    size.name: size
    for size in (
        Size("XS", 20, 6, 160),
        Size("S", 100, 50, 1_000),
        Size("M", 1_000, 100, 20_000, longest=1_000),
        Size("L", 10_000, 1_000, 200_000, longest=1_000),
        Size("XL", 100_000, 5_000, 1_000_000, longest=10_000, crowd=True),
    )
}


def fingerprint() -> str:
    """Of the tables, the converter and what is written: a company built under another one is built anew."""
    from django.apps import apps
    from django.db import connection

    from core.richtext import RENDERER_VERSION

    lines = [str(RENDERER_VERSION), str(VERSION)]
    for model in apps.get_models(include_auto_created=True):
        lines.append(model._meta.db_table)
        lines += [
            f"{field.column} {field.db_type(connection)} {field.null} {field.unique}"
            for field in model._meta.local_concrete_fields
        ]
        lines += [repr(index) for index in model._meta.indexes]
        lines += [repr(constraint) for constraint in model._meta.constraints]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def tables() -> None:
    """Empty tables and what the migrations put into them; needs `tools.bench.settings`."""
    from django.core.management import call_command

    from tests.ground import plant

    call_command("migrate", run_syncdb=True, interactive=False, verbosity=0)
    plant()


def fill(size: Size) -> None:
    """Write a company into empty tables."""
    _Company(size).write()


def crowd(members: int) -> None:
    """So many people, all of them in one public group, into empty tables."""
    from django.db import transaction

    company = _Company(Size("crowd", members, 1, 0, crowd=True))
    with transaction.atomic():
        company.people()
        company.groups()
        company.members()


class _Company:
    def __init__(self, size: Size) -> None:
        self.size = size
        self.chance = random.Random(f"kring {size.name}")

    def write(self) -> None:
        """Everything, in the order in which rows need one another."""
        from django.db import transaction

        for part in (
            self.people,
            self.groups,
            self.texts,
            self.posts,
            self.counts,
            self.members,
            self.marks,
            self.notices,
        ):
            with transaction.atomic():
                part()

    def id(self) -> str:
        """A public id that is the same in every run."""
        return "".join(self.chance.choices("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", k=16))

    def people(self) -> None:
        """Everyone; the first of them reads."""
        from core.text import fold
        from people.models import Follow, User

        def made() -> Iterator[User]:
            for number in range(self.size.people):
                name = f"{self.chance.choice(FIRST)} {self.chance.choice(LAST)}"
                title, department = self.chance.choice(TITLES), self.chance.choice(DEPARTMENTS)
                yield User(
                    email=READER if not number else f"person{number}@bench.example",
                    name=name,
                    handle=f"{fold(name).replace(' ', '.')}.{number}",
                    public_id=self.id(),
                    job_title=title,
                    department=department,
                    location=self.chance.choice(PLACES),
                    folded=f"{fold(name)} {fold(title)} {fold(department)}",
                    password="!",  # noqa: S106 - nobody signs in with it
                    language="en",
                    time_zone="Europe/Brussels",
                    date_joined=END - SPAN,
                )

        _bulk(User, made())
        self.everyone = list(User.objects.order_by("pk").values_list("pk", "handle", "public_id", "name"))
        keys = [row[0] for row in self.everyone]
        self.reader = keys[0]

        def follows() -> Iterator[Follow]:
            for number, key in enumerate(keys):
                wanted = set(self.chance.sample(keys, min(20 if not number else 8, len(keys) - 1)))
                if self.size.crowd:
                    wanted.add(keys[1])
                yield from (Follow(follower_id=key, followed_id=other, at=END) for other in wanted - {key})

        _bulk(Follow, follows())

    def groups(self) -> None:
        """Half of them public, two in five private, one in ten secret."""
        from core.audience import everyone
        from core.models import Audience
        from core.text import fold
        from groups.models import Group, GroupAudience

        self.company = everyone()
        kinds = ["public"] * 5 + ["private"] * 4 + ["secret"]
        privacies = [kinds[number % 10] for number in range(self.size.groups)]
        if self.size.crowd:
            privacies[0] = "public"
        audiences = [
            Audience(kind=Audience.Kind.GROUP, open=privacy == "public", topic=self.id()) for privacy in privacies
        ]
        Audience.objects.bulk_create(audiences, batch_size=BATCH)
        joins = {"public": "open", "private": "request", "secret": "invite"}
        groups = []
        for number, (privacy, audience) in enumerate(zip(privacies, audiences, strict=True)):
            name = f"{self.chance.choice(DEPARTMENTS)} {self.chance.choice(THINGS)} {number}"
            groups.append(
                Group(
                    name=name,
                    folded=fold(name),
                    description=f"Where we talk about {name}.",
                    public_id=self.id(),
                    privacy=privacy,
                    join=joins[privacy],
                    audience=audience,
                    created_by_id=self.reader,
                    created_at=END - SPAN,
                )
            )
        Group.objects.bulk_create(groups, batch_size=BATCH)
        GroupAudience.objects.bulk_create(
            [GroupAudience(group=group, own=group.audience) for group in groups], batch_size=BATCH
        )
        self.places = groups
        # Some groups are large and loud, most are small.
        self.loud = list(itertools.accumulate(1 / (number + 3) for number in range(len(groups))))

    def texts(self) -> None:
        """Bodies and what the converter makes of them."""
        from core.richtext import Person, parse
        from core.text import one_line
        from feed.models import Topic

        words = _Words(self.chance)
        topics = ["".join(letter for letter in word if letter.isalpha()) for word in words.words[40:100]]
        known = self.everyone[: min(50, len(self.everyone))]
        shown = {handle: Person(public_id, name) for _pk, handle, public_id, name in known}
        self.said: list[tuple[str, str, str, tuple[str, ...]]] = []
        self.answers: list[tuple[str, str, str, tuple[str, ...]]] = []
        for number in range(min(TEXTS, self.size.posts)):
            short = number % 5 > 1
            body = words.body(short=short, handles=[row[1] for row in known], topics=topics)
            document = parse(body)
            found = (body, document.html(shown), one_line(document.plain(), 200), tuple(document.topics))
            (self.answers if short else self.said).append(found)
        names = sorted({name for _b, _h, _l, names in self.said + self.answers for name in names})
        Topic.objects.bulk_create([Topic(name=name, label=name) for name in names])
        self.topics = dict(Topic.objects.values_list("name", "pk"))

    def posts(self) -> None:
        """Two in five begin a thread, the others answer; the oldest first."""
        from django.db.models import F, Min, OuterRef, Subquery
        from django.db.models.functions import Mod

        from core.richtext import RENDERER_VERSION
        from feed.models import Post

        chance, total = self.chance, self.size.posts
        longest = min(self.size.longest, total // 4)
        beginning = int(total * 0.4)
        step = SPAN / total
        keys = [row[0] for row in self.everyone]
        self.seqs: dict[int, int] = {}

        def row(number: int, text: tuple, **fields: Any) -> Post:
            at = END - SPAN + step * number
            body, html, line, _topics = text
            self.spoken.append(text)
            return Post(
                public_id=self.id(),
                author_id=chance.choice(keys),
                body=body,
                html=html,
                html_version=RENDERER_VERSION,
                line=line,
                created_at=at,
                published_at=at,
                **fields,
            )

        self.spoken: list[tuple] = []

        def roots() -> Iterator[Post]:
            for index in range(beginning):
                number = int(index * total / beginning)
                place = None
                if chance.random() > 0.3:
                    place = chance.choices(self.places, cum_weights=self.loud)[0]
                # The longest thread and the one of a hundred answers are for everyone.
                if index in (beginning - 1, beginning - 2):
                    place = None
                audience = (place and place.audience_id) or self.company.pk
                self.seqs[audience] = self.seqs.get(audience, 0) + 1
                at = END - SPAN + step * number
                kind = (
                    "question" if index % 11 == 0 else "announcement" if place is None and index % 97 == 0 else "status"
                )
                counts = {"👍": chance.randint(1, 9)} if chance.random() < 0.4 else {}
                yield row(
                    number,
                    chance.choice(self.said),
                    group_id=place.pk if place else None,
                    audience_id=audience,
                    history_at=at,
                    last_activity_at=at,
                    seq=self.seqs[audience],
                    post_kind=kind,
                    reaction_counts=counts,
                )

        _bulk(Post, roots())
        begun = list(
            Post.objects.order_by("pk").values_list("pk", "group_id", "audience_id", "history_at", "created_at")
        )
        hundred, long = begun[-2], begun[-1]

        def replies() -> Iterator[Post]:
            targets = [hundred] * min(100, total // 8) + [long] * longest
            while len(targets) < total - beginning:
                thread = begun[min(len(begun) - 3, int(len(begun) * chance.random() ** 0.7))]
                targets += [thread] * min(chance.choice((1, 1, 2, 3, 5, 8)), total - beginning - len(targets))
            for index, (root, group, audience, history, began) in enumerate(targets):
                number = int(index * total / len(targets))
                at = max(END - SPAN + step * number, began + timedelta(minutes=5))
                answer = row(
                    number,
                    chance.choice(self.answers),
                    group_id=group,
                    audience_id=audience,
                    history_at=history,
                    root_id=root,
                    parent_id=root,
                    last_activity_at=at,
                )
                answer.created_at = answer.published_at = at
                yield answer

        _bulk(Post, replies())
        # Every fifth answer answers another one.
        first = (
            Post.objects.filter(root=OuterRef("root")).order_by().values("root").annotate(pk_=Min("pk")).values("pk_")
        )
        deeper = Post.objects.annotate(fifth=Mod("pk", 5), first=Subquery(first)).filter(fifth=0, root__isnull=False)
        deeper.exclude(pk=F("first")).update(branch=Subquery(first), parent=Subquery(first))

    def counts(self) -> None:
        """What rows know of one another: answers of a thread, the last of them, how far an audience has counted."""
        from django.db.models import Count, F, Max, OuterRef, Subquery
        from django.db.models.functions import Coalesce

        from core.models import Audience, Event
        from feed.models import Post, PostTopic

        answers = Post.objects.filter(root=OuterRef("pk")).order_by().values("root")
        Post.objects.filter(root=None).update(
            reply_count=Coalesce(Subquery(answers.annotate(n=Count("pk")).values("n")), 0),
            last_reply=Subquery(answers.annotate(last=Max("pk")).values("last")),
            last_activity_at=Coalesce(Subquery(answers.annotate(at=Max("created_at")).values("at")), F("created_at")),
        )
        for audience, seq in self.seqs.items():
            Audience.objects.filter(pk=audience).update(seq=seq, last_at=END)
        rows = Post.objects.order_by("pk").values_list("pk", "root_id", "author_id", "audience_id", "created_at")
        topics, events = [], []
        for (pk, root, author, audience, at), text in zip(rows.iterator(chunk_size=BATCH), self.spoken, strict=True):
            topics += [PostTopic(post_id=pk, topic_id=self.topics[name]) for name in dict.fromkeys(text[3])]
            events.append(
                Event(
                    verb="feed.reply.published" if root else "feed.post.published",
                    actor_id=author,
                    target_kind=Post.kind,
                    target_pk=pk,
                    audience_id=audience,
                    at=at,
                )
            )
        _bulk(PostTopic, topics)
        _bulk(Event, events)

    def members(self) -> None:
        """Everyone is in some groups; the reader in 40, as an owner of none."""
        from django.db.models import F

        from core.models import Access, Audience
        from groups.models import Membership

        count = len(self.places)
        inside: dict[int, set[int]] = {number: set() for number in range(count)}
        for index, (person, *_rest) in enumerate(self.everyone):
            if index:
                mine = {int(count * self.chance.random() ** 1.5) for _ in range(self.chance.randint(2, 10))}
            else:
                mine = set(range(0, count, max(1, count // MINE)))
                mine = set(sorted(mine)[: min(MINE, count)])
            if self.size.crowd:
                mine.add(0)
            for number in mine:
                inside[number].add(person)
        for number, people in inside.items():
            group = self.places[number]
            group.audience = Audience.objects.get(pk=group.audience_id or 0)
            ordered = sorted(people)
            Membership.objects.bulk_create(
                [
                    Membership(
                        group=group,
                        person_id=person,
                        role="owner" if person == ordered[-1] else "member",
                        joined_at=END - SPAN,
                    )
                    for person in ordered
                ],
                batch_size=BATCH,
            )
        # Some things are new in every third group.
        for access in Access.objects.filter(person=self.reader, audience__kind="group", audience__seq__gt=7):
            if access.audience_id % 3 == 0:
                Access.objects.filter(pk=access.pk).update(read_seq=F("read_seq") - 7)

    def marks(self) -> None:
        """What the reader follows, mutes, keeps and likes; and others' likes."""
        from feed.models import Bookmark, Post, Reaction, tally
        from inbox.models import Watch

        newest = list(
            Post.objects.filter(audience=self.company, root=None).order_by("-pk").values_list("pk", "audience")[:400]
        )
        Watch.objects.bulk_create(
            [
                Watch(
                    person_id=self.reader,
                    kind=Post.kind,
                    object_pk=pk,
                    audience_id=audience,
                    level="mute" if number < 3 else "follow",
                    at=END,
                )
                for number, (pk, audience) in enumerate(newest[10:60])
            ]
        )
        Bookmark.objects.bulk_create(Bookmark(person_id=self.reader, post_id=pk, at=END) for pk, _a in newest[::7][:30])
        liked = Post.objects.filter(root=None).exclude(reaction_counts={}).order_by("pk")
        keys = [row[0] for row in self.everyone]

        tallies = []

        def reactions() -> Iterator[Reaction]:
            for pk, counts in liked.values_list("pk", "reaction_counts").iterator(chunk_size=BATCH):
                people = self.chance.sample(keys, min(counts["👍"], len(keys)))
                tallies.append(Post(pk=pk, **tally((person, "👍") for person in people)))
                for person in people:
                    yield Reaction(post_id=pk, person_id=person, emoji="👍", at=END)

        _bulk(Reaction, reactions())
        Post.objects.bulk_update(tallies, ["reactors"], batch_size=300)

    def notices(self) -> None:
        """Twelve lines in the reader's bell, half of them unread."""
        from django.contrib.contenttypes.models import ContentType

        from feed.models import Post
        from inbox.models import Notice
        from people.models import User

        person, post = ContentType.objects.get_for_model(User), ContentType.objects.get_for_model(Post)
        rows = Post.objects.filter(audience=self.company, root=None).order_by("-pk")[5:17]
        Notice.objects.bulk_create(
            [
                Notice(
                    recipient_id=self.reader,
                    actor_content_type=person,
                    actor_object_id=str(row.author_id),
                    verb="feed.mentioned",
                    target_content_type=post,
                    target_object_id=str(row.pk),
                    action_object_content_type=post,
                    action_object_object_id=str(row.pk),
                    audience_id=row.audience_id,
                    bundle=f"feed.thread:{row.pk}",
                    unread=bool(number % 2),
                    public_id=self.id(),
                    timestamp=END,
                )
                for number, row in enumerate(rows)
            ]
        )


class _Words:
    """Texts with the frequencies that words have."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        letters = "etaoinshrdlucmfwypvbgk"
        self.words = ["".join(chance.choices(letters, k=chance.randint(2, 9))) for _ in range(20_000)]
        self.weights = list(itertools.accumulate(1 / (rank + 12) for rank in range(len(self.words))))

    def some(self, count: int) -> str:
        """A sentence."""
        found = self.chance.choices(self.words, cum_weights=self.weights, k=count)
        return " ".join(found).capitalize() + "."

    def body(self, *, short: bool, handles: list[str], topics: list[str]) -> str:
        """Markdown as people write it: mostly plain, sometimes with a name, a topic, a list, a link or code."""
        chance = self.chance
        parts = [self.some(chance.randint(4, 24 if short else 40))]
        if chance.random() < 0.25:
            parts[0] = f"@{chance.choice(handles)} {parts[0]}"
        if chance.random() < (0.1 if short else 0.35):
            parts[0] += f" #{chance.choice(topics)}"
        if not short and chance.random() < 0.5:
            parts.append(self.some(chance.randint(10, 50)))
        if chance.random() < 0.12:
            parts.append("\n".join(f"- {self.some(chance.randint(3, 8))}" for _ in range(chance.randint(2, 5))))
        if chance.random() < 0.1:
            parts.append(
                f"See https://intranet.example/{chance.choice(self.words)} and **{chance.choice(self.words)}**."
            )
        if not short and chance.random() < 0.04:
            parts.append(f"```python\ndef {chance.choice(topics)}(x):\n    return x + 1\n```")
        return "\n\n".join(parts)


def _bulk(model: Any, rows: Iterable[Any]) -> None:
    rows = iter(rows)
    while batch := list(itertools.islice(rows, BATCH)):
        model.objects.bulk_create(batch, batch_size=BATCH)


FIRST = [
    "Anna",
    "Bram",
    "Chloé",
    "Daan",
    "Elif",
    "Femke",
    "Gert",
    "Hanne",
    "Ines",
    "Joris",
    "Kaat",
    "Lotte",
    "Marek",
    "Nora",
    "Otto",
    "Priya",
    "Quinten",
    "Roos",
    "Sven",
    "Tess",
    "Yusuf",
    "Zoë",
]
LAST = [
    "Aerts",
    "Bakker",
    "Claes",
    "Dubois",
    "Engel",
    "Fischer",
    "Girard",
    "Hoffmann",
    "Ivanova",
    "Jansen",
    "Khan",
    "Lambert",
    "Meyer",
    "Nowak",
    "Okafor",
    "Peeters",
    "Roux",
    "Schmidt",
    "Thijs",
    "Vermeer",
    "Wouters",
]
TITLES = ["Engineer", "Account manager", "Designer", "Planner", "Nurse", "Team lead", "Buyer", "Technician"]
DEPARTMENTS = ["Sales", "Research", "Care", "Logistics", "Finance", "People", "Support", "Plant"]
PLACES = ["Brussels", "Ghent", "Köln", "Lille", "Utrecht"]
THINGS = ["news", "questions", "planning", "lunch", "tools", "safety", "ideas", "projects"]
