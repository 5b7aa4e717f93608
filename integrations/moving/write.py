"""Writes an export into the rooms: people, places, memberships, threads, files, private conversations.

Every row keeps where it came from (`origin`), so a second run finds it and adds nothing. Rows are written in bulk and
in batches, each in one transaction; nothing follows from them: no notice, no mail, no live frame. Times and authors are
those of the source. What was private is private.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, F, Max, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from core import limits, richtext
from core.audience import everyone
from core.bulk import insert, reserve
from core.events import record
from core.ids import new_id
from core.models import Access, Audience, Event
from core.refusal import Refused
from core.text import clean, emoji, one_line
from feed.models import Mention, Post, PostTopic, PostVersion, Reaction, Topic, TopicAlias, tally
from files import actions as files
from groups.models import Group, GroupAudience, Membership
from integrations.models import ImportedConversation, ImportedMessage
from integrations.moving.records import MENTION_END, MENTION_START, Attached, Export, Member, Message, Place, Trouble
from people import actions as people
from people.models import User
from search.actions import changed, changed_keys

#: Messages a transaction.
BATCH = 500
#: What is written of a post; the rest of its fields are as in any new one.
_POST = (
    *("id", "public_id", "author_id", "group_id", "audience_id", "root_id", "parent_id", "branch_id", "post_kind"),
    *("state", "history_at", "body", "html", "html_version", "line", "seq", "created_at", "published_at"),
    *("last_activity_at", "edited_at", "pinned_at", "closed_at", "closed_why", "origin"),
)
#: Addresses for people of whom the export has none; the domain can never receive mail (RFC 2606).
NOWHERE = "import.invalid"


@dataclass
class Outcome:
    """What an import has done, or with `--dry-run` would do."""

    counts: Counter = field(default_factory=Counter)
    troubles: list[Trouble] = field(default_factory=list)


def write(
    export: Export,
    *,
    memberships: Iterable[tuple[str, str, str]] = (),
    dry_run: bool = False,
    progress: Callable[[int], None] = lambda done: None,
) -> Outcome:
    """Write an export.

    Args:
        export: as a reader gave it.
        memberships: (e-mail address or source key of a person, name or source key of a place, role) beside the export.
        dry_run: count what would be written and write nothing.
        progress: called with the number of messages just done.
    """
    return _Writer(export, list(memberships), dry_run, progress).run()


@dataclass(slots=True)
class _Drawn:
    """A message on its way to its row."""

    message: Message
    body: str
    document: richtext.Document
    html: str
    line: str
    pk: int = 0
    audience_id: int = 0
    history_at: datetime | None = None


class _Writer:
    def __init__(
        self, export: Export, memberships: list[tuple[str, str, str]], dry_run: bool, progress: Callable[[int], None]
    ) -> None:
        self.export = export
        self.memberships = memberships
        self.dry_run = dry_run
        self.progress = progress
        self.outcome = Outcome(troubles=list(export.troubles))
        self.count = self.outcome.counts
        #: Source key → our row.
        self.people: dict[str, User] = {}
        self.places: dict[str, Group] = {}
        #: Message key → (our key, root's key or None, branch's key or None).
        self.known: dict[str, tuple[int, int | None, int | None]] = {}
        self.private: list[Message] = []
        self.topics: dict[str, int] = {}
        #: Earlier names among them.
        self.earlier: set[str] = set()

    def run(self) -> Outcome:
        """Everything, in the order in which rows need one another."""
        if self.dry_run:
            self.forecast()
            return self.outcome
        self.write_people()
        self.write_places()
        self.write_posts()
        self.write_numbers()
        self.write_memberships()
        self.write_talks()
        self.finish()
        return self.outcome

    def origin(self, kind: str, key: str) -> str:
        """Where a row came from, as it is kept."""
        return f"{self.export.name}:{kind}:{key}"[:80]

    # ---- What is there already

    def forecast(self) -> None:
        """Count what `run` would write."""
        have = set(User.objects.exclude(origin=None).values_list("origin", flat=True))
        mails = set(User.objects.values_list("email", flat=True))
        for member in self.export.members.values():
            if self.origin("person", member.key) in have:
                self.count["people known"] += 1
            elif member.email in mails:
                self.count["people matched by e-mail"] += 1
            else:
                self.count["people left" if member.left_at else "people new"] += 1
        groups = set(Group.objects.exclude(origin=None).values_list("origin", flat=True))
        for place in self.export.places.values():
            known = self.origin("place", place.key) in groups
            self.count["groups known" if known else f"groups {'private' if place.private else 'public'}"] += 1
        for batch in _batches(self.export.messages(), BATCH):
            posts = {self.origin("message", message.key) for message in batch if not message.talk}
            talks = {self.origin("message", message.key) for message in batch if message.talk}
            done = set(Post.objects.filter(origin__in=posts).values_list("origin", flat=True))
            done |= set(ImportedMessage.objects.filter(origin__in=talks).values_list("origin", flat=True))
            for message in batch:
                if self.origin("message", message.key) in done:
                    self.count["messages known"] += 1
                elif message.talk:
                    self.count["private messages"] += 1
                else:
                    self.count["posts" if self.begins(message) else "replies"] += 1
                    self.count["files"] += len(message.attached)
            self.progress(len(batch))
        self.count["private conversations"] = len(self.export.talks)

    # ---- People

    def write_people(self) -> None:
        """Find or make everyone; whoever is unknown here becomes a placeholder that their address can claim."""
        by_origin = {user.origin: user for user in User.objects.exclude(origin=None)}
        by_mail = {user.email: user for user in User.objects.all()}
        fresh: list[Member] = []
        for member in self.export.members.values():
            known = by_origin.get(self.origin("person", member.key)) or by_mail.get(member.email or "-")
            if known is None:
                fresh.append(member)
            else:
                self.people[member.key] = known
        for members in _batches(iter(fresh), BATCH):
            made = people.take_in(newcomers=[self.newcomer(member) for member in members])
            self.people.update(zip((member.key for member in members), made, strict=True))
        self.count["people"] += len(fresh)

    def newcomer(self, member: Member) -> people.Newcomer:
        """What is kept of a person."""
        profile: dict[str, Any] = {}
        for name, limit in people.LINES.items():
            value = str(getattr(member, name, "") or "")
            if name != "name" and value:
                profile[name] = _line(value, limit)
        if member.time_zone:
            profile["time_zone"] = member.time_zone
        return people.Newcomer(
            origin=self.origin("person", member.key),
            name=_line(member.name, limits.NAME_CHARS) or "?",
            email=member.email,
            other_email=f"{self.export.name}-{''.join(c for c in member.key if c.isalnum()).lower() or 'x'}@{NOWHERE}",
            profile=profile,
            joined_at=member.joined_at or self.export.outline.first.get(member.key),
            left_at=member.left_at,
            is_guest=member.guest,
        )

    # ---- Places

    def write_places(self) -> None:
        """Find or make every group, in its own audience."""
        known = {group.origin: group for group in Group.objects.exclude(origin=None).select_related("audience")}
        fresh = []
        with transaction.atomic():
            for place in self.export.places.values():
                found = known.get(self.origin("place", place.key))
                if found is None:
                    found = self.make_place(place)
                    self.count["groups"] += 1
                    fresh.append(found)
                self.places[place.key] = found
            changed(fresh)

    def make_place(self, place: Place) -> Group:
        """A group as the source had it: private groups are private here, asked to join."""
        audience = Audience.objects.create(kind=Audience.Kind.GROUP, open=not place.private)
        creator = self.people.get(place.creator)
        group = Group.objects.create(
            name=_line(place.name, limits.GROUP_NAME_CHARS) or "?",
            description=_text(place.description, limits.DESCRIPTION_CHARS),
            privacy=Group.Privacy.PRIVATE if place.private else Group.Privacy.PUBLIC,
            join=Group.Join.REQUEST if place.private else Group.Join.OPEN,
            audience=audience,
            created_by=creator,
            created_at=place.created_at or timezone.now(),
            archived_at=timezone.now() if place.closed else None,
            origin=self.origin("place", place.key),
        )
        GroupAudience.objects.create(group=group, own=audience)
        record("groups.group.created", actor=None, target=group, quiet=True, imported=self.export.name)
        return group

    # ---- Posts

    def write_posts(self) -> None:
        """Everything that was said, in the order in which it was said."""
        self.everyone = everyone()
        self.seqs = dict(
            Audience.objects.filter(
                pk__in=[group.audience_id for group in self.places.values()] + [self.everyone.pk]
            ).values_list("pk", "seq")
        )
        self.handles = {key: person.handle for key, person in self.people.items()}
        self.shown = {person.handle: richtext.Person(person.public_id, person.name) for person in self.people.values()}
        self.by_handle = {person.handle: person.pk for person in self.people.values()}
        self.again = Post.objects.filter(origin__startswith=f"{self.export.name}:message:").exists()
        messages = self.export.messages()
        if not self.export.outline.in_order:
            # An answer stands before what it answers: by the clock then, and what begins a thread before its answers.
            messages = iter(sorted(messages, key=lambda message: (not self.begins(message), message.created_at)))
        for batch in _batches(messages, BATCH):
            self.private += [message for message in batch if message.talk]
            self.write_batch([message for message in batch if not message.talk])

    def begins(self, message: Message) -> bool:
        """Whether a message begins its thread here."""
        return self.export.outline.begins.get(message.thread) == message.key

    def look_up(self, keys: set[str]) -> None:
        """Learn which messages are here already, from an earlier run."""
        wanted = {self.origin("message", key): key for key in keys if key and key not in self.known}
        rows = Post.objects.filter(origin__in=wanted).values_list("origin", "pk", "root_id", "branch_id")
        for origin, pk, root, branch in rows:
            self.known[wanted[origin or ""]] = (pk, root, branch)

    def write_batch(self, batch: list[Message]) -> None:
        """Write messages that are not here yet, with all that hangs on them."""
        if self.again:
            begun = {self.export.outline.begins[message.thread] for message in batch}
            self.look_up(begun | {key for message in batch for key in (message.key, message.parent)})
        fresh = [message for message in batch if message.key not in self.known]
        self.count["messages known"] += len(batch) - len(fresh)
        # Drawn before the transaction, which keeps everybody else from writing.
        drawn = [self.draw(message) for message in fresh]
        with transaction.atomic():
            made = self.insert_posts(drawn)
            self.write_marks(made)
            self.write_reactions(made)
            self.write_versions(made)
            self.write_files(made)
            changed_keys(Post.kind, [one.pk for one in made])
        self.progress(len(batch))

    def draw(self, message: Message) -> _Drawn:
        """What a message says, drawn."""
        body = "" if message.deleted else self.body(message)
        document = richtext.parse(body, strict=False)
        html = document.html(self.shown) if body else ""
        return _Drawn(message, body, document, html, one_line(document.plain(), 200))

    def insert_posts(self, drawn: list[_Drawn]) -> list[_Drawn]:
        """Rows for messages; one that has no thread to stand in is reported and left out."""
        made: list[_Drawn] = []
        rows: list[tuple] = []
        for one, pk in zip(drawn, reserve(Post, len(drawn)), strict=True):
            message = one.message
            is_root = self.begins(message)
            group = self.places.get(message.place) if message.place else None
            one.pk = pk
            one.audience_id = group.audience_id if group else self.everyone.pk  # type: ignore[assignment]
            one.history_at = self.export.outline.started[message.thread]
            root = parent = branch = None
            if not is_root:
                found = self.known.get(self.export.outline.begins[message.thread])
                if found is None:
                    text = f"{message.key}: what it answers could not be written"
                    self.outcome.troubles.append(Trouble("messages", 0, text))
                    continue
                root = found[1] or found[0]
                above = self.known.get(message.parent, found)
                parent = above[0] if (above[1] or above[0]) == root else root
                branch = (above[2] or above[0]) if parent != root else None
            else:
                self.seqs[one.audience_id] += 1
            self.known[message.key] = (pk, root, branch)
            made.append(one)
            self.count["posts" if is_root else "replies"] += 1
            rows.append(
                (
                    pk,
                    new_id(),
                    self.people[message.author].pk,
                    group.pk if group else None,
                    one.audience_id,
                    root,
                    parent,
                    branch,
                    message.kind,
                    "deleted" if message.deleted else "published",
                    one.history_at,
                    one.body,
                    one.html,
                    richtext.RENDERER_VERSION,
                    one.line,
                    self.seqs[one.audience_id] if is_root else None,
                    message.created_at,
                    message.created_at,
                    message.created_at,
                    message.edited_at,
                    message.pinned_at if is_root else None,
                    message.created_at if is_root and message.closed else None,
                    _("It was closed in the earlier network.") if is_root and message.closed else "",
                    self.origin("message", message.key),
                )
            )
        insert(Post, _POST, rows)
        return made

    def body(self, message: Message) -> str:
        """The text, with the people it names by their handles here."""
        return self.named(message.body)

    def named(self, text: str) -> str:
        """A converted text with the people it names by their handles here, as it may be stored."""
        parts = text.split(MENTION_START)
        said = [parts[0]]
        for part in parts[1:]:
            key, _end, rest = part.partition(MENTION_END)
            handle = self.handles.get(key)
            if handle is None:
                said.append(rest if not key else f"{key}{rest}")
                continue
            before = said[-1][-1:] if said[-1] else ""
            space = " " if before and not before.isspace() and before not in "([{\"'" else ""
            glued = rest[:1].isalnum() or (rest[:1] in ("_", "-", ".") and rest[1:2].isalnum())
            after = " " if glued else ""
            said.append(f"{space}@{handle}{after}{rest}")
        text = "".join(said).replace("\0", "")
        try:
            return clean(text, multiline=True)
        except ValidationError:
            return clean(text.encode("utf-8", "replace").decode(), multiline=True)

    def write_marks(self, made: list[_Drawn]) -> None:
        """Who is named, as told already; and the topics."""
        now = timezone.now()
        mentions = [
            (one.pk, self.by_handle[handle], now)
            for one in made
            for handle in one.document.mentions
            if handle in self.by_handle
        ]
        insert(Mention, ("post_id", "person_id", "told_at"), mentions)
        named = {one.pk: dict.fromkeys(name[:80] for name in one.document.topics) for one in made}
        missing = {name for names in named.values() for name in names} - self.topics.keys()
        earlier = dict(TopicAlias.objects.filter(name__in=missing).values_list("name", "topic_id"))
        self.earlier |= earlier.keys()
        self.topics |= earlier
        missing -= earlier.keys()
        if missing:
            Topic.objects.bulk_create([Topic(name=name, label=name) for name in missing], ignore_conflicts=True)
            self.topics.update(Topic.objects.filter(name__in=missing).values_list("name", "pk"))
        topics: dict[tuple[int, int], str] = {}
        for pk, names in named.items():
            # An earlier name leads to the topic; where both are written, its own comes first.
            for name in sorted(names, key=self.earlier.__contains__):
                topics.setdefault((pk, self.topics[name]), name if name in self.earlier else "")
        rows = [(pk, topic, written) for (pk, topic), written in topics.items()]
        insert(PostTopic, ("post_id", "topic_id", "written"), rows)

    def write_reactions(self, made: list[_Drawn]) -> None:
        """Who reacted how: emoji that we know, of people who are in the export."""
        rows: list[tuple] = []
        for one in made:
            if one.message.deleted or not one.message.reactions:
                continue
            pairs = dict.fromkeys(
                (self.people[key].pk, sign)
                for name, key in one.message.reactions
                if key in self.people and (sign := emoji(name))
            )
            rows += [(one.pk, person, sign, one.message.created_at) for person, sign in pairs]
            Post.objects.filter(pk=one.pk).update(**tally(pairs))
        insert(Reaction, ("post_id", "person_id", "emoji", "at"), rows)
        self.count["reactions"] += len(rows)

    def write_versions(self, made: list[_Drawn]) -> None:
        """What was said before it was changed."""
        rows = []
        for one in made:
            found = one.message.versions
            if not found or one.message.deleted:
                continue
            ends = [at for _text, at in found[1:]] + [one.message.edited_at]
            rows += [(one.pk, self.named(text), at, end) for (text, at), end in zip(found, ends, strict=True)]
        insert(PostVersion, ("post_id", "body", "at", "replaced_at"), rows)

    def write_best(self) -> None:
        """The best answers; a thread that has one is a question."""
        keys = self.export.best
        self.look_up(set(keys))
        for key in sorted(keys & self.known.keys()):
            pk, root, _branch = self.known[key]
            questions = Post.objects.filter(pk=root or 0, best_answer=None, state=Post.State.PUBLISHED)
            if Post.objects.filter(pk=pk, state=Post.State.PUBLISHED).exists() and questions.update(
                best_answer=pk, post_kind=Post.Kind.QUESTION
            ):
                Post.objects.filter(pk=pk).update(accepted_at=F("created_at"))
                self.count["best answers"] += 1
                changed_keys(Post.kind, [root or pk])

    def write_files(self, made: list[_Drawn]) -> None:
        """Files that are in the archive, through the same checks as any upload."""
        for one in made:
            if one.message.deleted:
                continue
            stored = [self.write_file(attached, one) for attached in one.message.attached]
            if any(stored):
                Post.objects.filter(pk=one.pk).update(has_files=True)

    def write_file(self, attached: Attached, one: _Drawn) -> bool:
        """One file; one that is refused is reported and left out."""
        message = one.message
        try:
            with attached.open() as stream:
                files.store_import(
                    owner=self.people[message.author],
                    stream=stream,
                    name=attached.name,
                    to=Post(pk=one.pk),
                    audience=Audience(pk=one.audience_id),
                    history_at=one.history_at,
                    created_at=message.created_at,
                    origin=self.origin("file", attached.key),
                )
        except (Refused, ValidationError, OSError) as error:
            self.outcome.troubles.append(Trouble("files", 0, f"{attached.name}: {error}"))
            return False
        self.count["files"] += 1
        return True

    def write_numbers(self) -> None:
        """How far each audience has counted: before anyone comes in, so that nothing of the past is unread."""
        with transaction.atomic():
            for audience, seq in self.seqs.items():
                last = Post.objects.filter(audience=audience, root=None).aggregate(last=Max("created_at"))["last"]
                Audience.objects.filter(pk=audience, seq__lt=seq).update(seq=seq, last_at=last)

    # ---- Who is in which place

    def write_memberships(self) -> None:
        """Members are those the export names, those who wrote there, and those of the list beside it."""
        wanted: dict[int, dict[int, str]] = defaultdict(dict)
        for place in self.export.places.values():
            group = self.places[place.key]
            for key in place.members | set(self.export.outline.senders[place.key]):
                if key in self.people:
                    wanted[group.pk].setdefault(self.people[key].pk, Membership.Role.MEMBER)
            owner = self.owner_of(place)
            if owner is not None:
                wanted[group.pk][owner.pk] = Membership.Role.OWNER
        self.add_listed(wanted)
        guests = {person.pk for person in self.people.values() if person.is_guest}
        have: dict[int, set[int]] = defaultdict(set)
        rows = Membership.objects.filter(group__in=wanted).values_list("group_id", "person_id")
        for group_pk, person_pk in rows:
            have[group_pk].add(person_pk)
        by_pk = {group.pk: group for group in self.places.values()}
        with transaction.atomic():
            for pk, members in wanted.items():
                group = by_pk[pk]
                # Whoever left, or was taken out, after an earlier run stays out.
                gone = set(
                    Event.objects.filter(
                        verb__in=("groups.member.removed", "groups.member.left"), target_kind=Group.kind, target_pk=pk
                    ).values_list("data__person", flat=True)
                )
                fresh = {
                    person: role for person, role in members.items() if person not in have[pk] and person not in gone
                }
                if have[pk]:
                    # An owner is chosen once; a second run takes nobody's place.
                    fresh = dict.fromkeys(fresh, Membership.Role.MEMBER)
                Membership.objects.bulk_create(
                    [
                        Membership(
                            group=group, person_id=person, role=Membership.Role.MEMBER if person in guests else role
                        )
                        for person, role in fresh.items()
                    ],
                    ignore_conflicts=True,
                )
                self.count["memberships"] += len(fresh)

    def owner_of(self, place: Place) -> User | None:
        """Who made it, else who wrote most there, among those who have not left."""
        candidates = [
            place.creator,
            *(key for key, _count in self.export.outline.senders[place.key].most_common()),
            *sorted(place.members),
        ]
        for key in candidates:
            person = self.people.get(key)
            if person is not None and person.deactivated_at is None and not person.is_guest:
                return person
        return None

    def add_listed(self, wanted: dict[int, dict[int, str]]) -> None:
        """The memberships of the list beside the export."""
        by_mail = {person.email: person for person in self.people.values()}
        by_mail.update(
            {person.email: person for person in User.objects.exclude(pk__in=[row.pk for row in self.people.values()])}
        )
        by_name = {place.name.casefold(): self.places[key] for key, place in self.export.places.items()}
        for number, (who, where, role) in enumerate(self.memberships, 2):
            person = by_mail.get(who.strip().lower()) or self.people.get(who.strip())
            group = self.places.get(where.strip()) or by_name.get(where.strip().casefold())
            if person is None or group is None:
                missing = who if person is None else where
                self.outcome.troubles.append(Trouble("members", number, f"“{missing}” is not known"))
                continue
            role = role.strip().lower() if role.strip().lower() in Membership.Role.values else Membership.Role.MEMBER
            wanted[group.pk][person.pk] = role
            self.people.setdefault(who.strip(), person)

    # ---- Private conversations

    def write_talks(self) -> None:
        """Private conversations, whole, for their people alone."""
        if not self.export.talks:
            return
        rows: dict[str, ImportedConversation] = {}
        private = sorted(self.private, key=lambda message: (message.created_at, message.key))
        first = {message.talk: message.created_at for message in reversed(private)}
        last = {message.talk: message.created_at for message in private}
        origins = {self.origin("talk", key): key for key in self.export.talks}
        for row in ImportedConversation.objects.filter(origin__in=origins):
            rows[origins[row.origin]] = row
        now = timezone.now()
        with transaction.atomic():
            for key, talk in self.export.talks.items():
                if key not in rows:
                    audience = Audience.objects.create(kind=Audience.Kind.CONVERSATION)
                    rows[key] = ImportedConversation.objects.create(
                        origin=self.origin("talk", key),
                        audience=audience,
                        name=_line(talk.name, limits.NAME_CHARS),
                        started_at=first.get(key, now),
                        last_at=last.get(key, now),
                    )
                    self.count["private conversations"] += 1
                Access.objects.bulk_create(
                    [
                        Access(audience_id=rows[key].audience_id, person=self.people[member])
                        for member in sorted(talk.members)
                        if member in self.people
                    ],
                    ignore_conflicts=True,
                )
        seqs = dict(
            ImportedMessage.objects.filter(conversation__in=rows.values())
            .values_list("conversation")
            .annotate(last=Max("seq"))
        )
        for batch in _batches(iter(private), BATCH):
            have = set(
                ImportedMessage.objects.filter(
                    origin__in=[self.origin("message", message.key) for message in batch]
                ).values_list("origin", flat=True)
            )
            fresh = [message for message in batch if self.origin("message", message.key) not in have]
            self.count["messages known"] += len(batch) - len(fresh)
            made = []
            for message in fresh:
                row = rows[message.talk]
                seqs[row.pk] = seqs.get(row.pk, 0) + 1
                made.append(
                    ImportedMessage(
                        origin=self.origin("message", message.key),
                        conversation=row,
                        seq=seqs[row.pk],
                        author=self.people[message.author],
                        body=self.body(message),
                        created_at=message.created_at,
                        source=_plain(message.source),
                    )
                )
            with transaction.atomic():
                ImportedMessage.objects.bulk_create(made)
            self.count["private messages"] += len(made)
            self.progress(len(batch))

    # ---- The end

    def finish(self) -> None:
        """Counters, the index, and one line in the audit log."""
        with transaction.atomic():
            self.write_best()
            self.recount()
            record("integrations.import.finished", actor=None, quiet=True, source=self.export.name, **dict(self.count))

    def recount(self) -> None:
        """Answers of each thread, its last one and when it was: one statement over what came."""
        mine = Post.objects.filter(origin__startswith=f"{self.export.name}:message:", root=None)
        answers = Post.objects.filter(root=OuterRef("pk"), state=Post.State.PUBLISHED).order_by().values("root")
        mine.update(
            reply_count=Coalesce(Subquery(answers.annotate(n=Count("pk")).values("n")), 0),
            last_reply=Subquery(answers.annotate(last=Max("pk")).values("last")),
            last_activity_at=Coalesce(Subquery(answers.annotate(at=Max("created_at")).values("at")), F("created_at")),
        )


def _batches(items: Iterator[Any], size: int) -> Iterator[list[Any]]:
    while batch := list(islice(items, size)):
        yield batch


def _line(value: str, limit: limits.Limit) -> str:
    """A line as the table of limits allows it."""
    try:
        return one_line(clean(value, multiline=False), limit.value)
    except ValidationError:
        return one_line(
            clean(value.replace("\0", "").encode("utf-8", "replace").decode(), multiline=False), limit.value
        )


def _text(value: str, limit: limits.Limit) -> str:
    try:
        return clean(value, multiline=True)[: limit.value]
    except ValidationError:
        return clean(value.replace("\0", "").encode("utf-8", "replace").decode(), multiline=True)[: limit.value]


def _plain(source: dict[str, Any]) -> dict[str, Any]:
    """A source's record as JSON that a database takes: no NUL, no half of a surrogate pair."""
    text = json.dumps(source, ensure_ascii=True).replace("\\u0000", "")
    return json.loads(text.encode("utf-8", "replace").decode())
