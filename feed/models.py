"""Posts, replies, and what people do with them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.addresses import address
from core.audience import readable, readers_among
from core.content import Content, Visible
from core.ids import new_id
from core.models import Access, Audience
from core.prepared import now
from core.richtext import plain, text_of
from core.text import one_line
from groups.models import Group, Membership
from inbox.models import Watch
from people.models import Follow, User

#: Where an answer stands in its thread: the answer of the first level that it belongs under, or itself.
PLACE = Coalesce(F("branch"), F("id"))
#: People who reacted last that a post remembers, so that its card can name some whom the reader knows.
REACTORS = 5


class PostQuerySet(Visible):
    """Posts and replies, narrowed."""

    def roots(self) -> PostQuerySet:
        """Posts that begin a thread."""
        return self.filter(root=None)

    def replies(self) -> PostQuerySet:
        """Answers."""
        return self.exclude(root=None)

    def for_you(self, user: Any) -> PostQuerySet:
        """What concerns them: the whole company's, their groups', and what those they follow say or what they follow.

        Muted threads and groups are left out. A predicate like `visible_to`, which still has to be asked.
        """
        mine = Q(audience__in=Access.objects.filter(person_id=user.pk).values("audience"))
        if not user.is_guest:
            mine |= Q(group=None)
        return self.roots().filter(mine | self._followed(user)).unmuted(user)

    def following(self, user: Any) -> PostQuerySet:
        """What the people, topics and threads they follow bring."""
        return self.roots().filter(self._followed(user)).unmuted(user)

    def on_top(self, user: Any) -> PostQuerySet:
        """Announcements to all and to their groups that they have neither opened nor closed, first those to expire."""
        mine = Q(audience__in=Access.objects.filter(person_id=user.pk).values("audience"))
        if not user.is_guest:
            mine |= Q(group=None)
        seen = Seen.objects.filter(person_id=user.pk).values("post")
        shown = self.filter(mine, on_top_until__gt=now(), state=Post.State.PUBLISHED).exclude(author_id=user.pk)
        return shown.exclude(pk__in=seen).order_by("on_top_until", "pk")

    def company(self) -> PostQuerySet:
        """What is said to the whole company and in its public groups."""
        return self.roots().filter(Exists(Audience.objects.filter(pk=OuterRef("audience"), open=True)))

    def unmuted(self, user: Any) -> PostQuerySet:
        """Without the threads and groups they muted."""
        muted = Watch.objects.filter(person_id=user.pk, level=Watch.Level.MUTE)
        return self.exclude(pk__in=muted.filter(kind=Post.kind).values("object_pk")).exclude(
            group__in=muted.filter(kind=Group.kind).values("object_pk")
        )

    def about(self, topic: Any) -> PostQuerySet:
        """Posts and answers in which a topic stands."""
        return self.filter(pk__in=PostTopic.objects.filter(topic=topic).values("post"))

    def in_thread_order(self) -> PostQuerySet:
        """Answers as they are read: each answer of the first level, then what was said under it."""
        return self.annotate(place=PLACE).order_by("place", "pk")

    def _followed(self, user: Any) -> Q:
        return (
            Q(author__in=Follow.objects.filter(follower_id=user.pk).values("followed"))
            | Q(
                pk__in=Watch.objects.filter(person_id=user.pk, kind=Post.kind, level=Watch.Level.FOLLOW).values(
                    "object_pk"
                )
            )
            | Q(
                pk__in=PostTopic.objects.filter(
                    topic__in=TopicFollow.objects.filter(person_id=user.pk).values("topic")
                ).values("post")
            )
        )

    def shells_visible_to(self, user: Any) -> PostQuerySet:
        """The same audience, with what was deleted or hidden in it: for tombstones, never for content.

        Security door: deleted rows carry no text any more; of hidden ones a caller may draw the place, nothing else.
        """
        if not (user.is_authenticated and user.is_active):
            return self.none()
        shells = Q(state__in=[Post.State.PUBLISHED, Post.State.DELETED, Post.State.HIDDEN])
        own = Q(Q(author_id=user.pk) | Q(written_by_id=user.pk), state=Post.State.HELD)
        return self.filter(readable(user), shells | own, thread_shown=True)


class Post(Content):
    """A post, or (with `root`) an answer in its thread."""

    kind = "feed.post"
    card_template = "feed/_post.html"

    class Kind(models.TextChoices):
        STATUS = "status", _("Update")
        QUESTION = "question", _("Question")
        ANNOUNCEMENT = "announcement", _("Announcement")
        POLL = "poll", _("Poll")
        PRAISE = "praise", pgettext_lazy("kind of post", "Praise")
        EVENT = "event", pgettext_lazy("calendar", "Event")

    class State(models.TextChoices):
        PUBLISHED = "published", pgettext_lazy("state of a post", "Published")
        HELD = "held", _("Waiting for a moderator")
        HIDDEN = "hidden", pgettext_lazy("state of a post", "Hidden")
        DELETED = "deleted", pgettext_lazy("state of a post", "Deleted")

    # The only id outside.
    public_id = models.CharField(max_length=16, default=new_id, unique=True, editable=False)
    # Who says it.
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="posts", db_index=False)
    # Who wrote it for the author, in whose name it stands; null where that is the author.
    written_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    # Where; null for the whole company.
    group = models.ForeignKey(
        Group, on_delete=models.PROTECT, null=True, blank=True, related_name="posts", db_index=False
    )
    # The post that began the thread; null for that one.
    root = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="thread", db_index=False
    )
    # The answer (or post) that this one answers; null for a post.
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="answers")
    # The answer of the first level under which it is shown; null for posts and for those themselves.
    branch = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    # What kind of post.
    post_kind = models.CharField(max_length=12, choices=Kind, default=Kind.STATUS)
    # How it stands.
    state = models.CharField(max_length=10, choices=State, default=State.PUBLISHED)
    # False while the post that began its thread is hidden: the answers go with it.
    thread_shown = models.BooleanField(default=True)
    # Markdown as it was typed; emptied on deletion (earlier versions stay in `PostVersion` for the archive).
    body = models.TextField(blank=True)
    # Sanitised HTML made of it by the renderer of `html_version`.
    html = models.TextField(blank=True)
    html_version = models.PositiveSmallIntegerField(default=0)
    # Its first words on one line, without markup: notices, results, the page's title.
    line = models.CharField(max_length=200, blank=True)
    # Goes up with each change of anything that its fragment shows; the key of the fragment cache.
    version = models.PositiveIntegerField(default=1)
    # Its number in its audience (posts only): unread is counted with it.
    seq = models.PositiveBigIntegerField(null=True)
    # When it was said; imports keep the original time.
    created_at = models.DateTimeField(default=timezone.now)
    # When it was first shown; null while it waits for a moderator.
    published_at = models.DateTimeField(null=True)
    # Last change by its author; null if never.
    edited_at = models.DateTimeField(null=True)
    # Last answer, or its own time: lists of threads order by it.
    last_activity_at = models.DateTimeField(default=timezone.now)
    # Stays at the top of its group until then; null for no pin.
    pinned_at = models.DateTimeField(null=True)
    # Since when nobody answers or reacts but those who look after the place, who decided so, and why; null while open.
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    closed_why = models.CharField(max_length=200, blank=True)
    # Until when an announcement stands on top of the feed of each who has not seen it; null for no such place.
    on_top_until = models.DateTimeField(null=True)
    # Whether an announcement goes out by mail too, to those who want that: its author's choice.
    by_mail = models.BooleanField(default=True)
    # How often it was moved, split or merged: whoever answers what was moved meanwhile is told; see `Relocation`.
    moves = models.PositiveIntegerField(default=0)
    # Since when an answer is accepted as one that solves its question; null if it is not.
    accepted_at = models.DateTimeField(null=True)
    # Of a question: the answer that was accepted last.
    best_answer = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    # The newest answer shown in its thread, rebuilt by `manage.py recount`.
    last_reply = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    # Answers shown in its thread, rebuilt by `manage.py recount`.
    reply_count = models.PositiveIntegerField(default=0)
    # {"👍": 3}: rebuilt by `manage.py recount`.
    reaction_counts = models.JSONField(default=dict)
    # {"count": 4, "last": [keys]}: how many people reacted and who did last, newest first; rebuilt by `recount` too.
    reactors = models.JSONField(default=dict)
    # Whether a link of it has a preview, or had one that its author removed: saves a query where none has.
    has_previews = models.BooleanField(default=False)
    # Whether files hang on it: saves a query where none do.
    has_files = models.BooleanField(default=False)
    # "yammer:123": where an import found it.
    origin = models.CharField(max_length=80, null=True, unique=True, editable=False)

    # The people it names who cannot see it, as `feed.actions` tells its author.
    untold: list[User]
    # The groups it names, as `feed.actions.calling` counts them.
    called: list[Any]

    objects = PostQuerySet.as_manager()  # type: ignore[misc] # the plugin takes the base's manager for a class variable

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        indexes = [
            # Feeds: the newest and the liveliest posts of all, of an audience, of a group; what someone said.
            # Partial, so that a database does not take the index of threads for "is no answer".
            models.Index(fields=["-created_at", "-id"], condition=Q(root=None), name="post_new"),
            models.Index(fields=["-last_activity_at", "-id"], condition=Q(root=None), name="post_active"),
            models.Index(fields=["audience", "-created_at", "-id"], condition=Q(root=None), name="post_audience"),
            models.Index(fields=["group", "-created_at", "-id"], condition=Q(root=None), name="post_group"),
            models.Index(fields=["author", "-created_at", "-id"], name="post_author"),
            models.Index(
                fields=["written_by", "-created_at"], condition=Q(written_by__isnull=False), name="post_written"
            ),
            # Threads, in the order they are read.
            models.Index(F("root"), PLACE, F("id"), condition=Q(root__isnull=False), name="post_thread"),
            models.Index(fields=["on_top_until"], condition=Q(on_top_until__isnull=False), name="post_on_top"),
            models.Index(fields=["group", "pinned_at"], condition=Q(pinned_at__isnull=False), name="post_pinned"),
            # What names a post, so that taking one away does not read them all.
            models.Index(fields=["branch"], condition=Q(branch__isnull=False), name="post_branch"),
            models.Index(fields=["best_answer"], condition=Q(best_answer__isnull=False), name="post_best"),
            models.Index(fields=["last_reply"], condition=Q(last_reply__isnull=False), name="post_last"),
        ]

    def __str__(self) -> str:
        return f"{self.post_kind} {self.public_id}"

    @classmethod
    def visibility(cls, user: Any) -> Q:
        """Published posts of my audiences, and those of mine, or that I wrote, that wait for a moderator there."""
        shown = Q(state=cls.State.PUBLISHED, thread_shown=True)
        own = Q(author_id=user.pk) | Q(written_by_id=user.pk)
        mine = Q(own, state=cls.State.HELD, thread_shown=True)
        return super().visibility(user) & (shown | mine)

    def readers(self) -> QuerySet:
        readers = super().readers()
        if not self.thread_shown:
            return readers.none()
        if self.state == self.State.PUBLISHED:
            return readers
        if self.state == self.State.HELD:
            return readers.filter(pk__in=[key for key in (self.author_id, self.written_by_id) if key])
        return readers.none()

    def readers_among(self, keys: Collection[int]) -> set[int]:
        if self.state == self.State.PUBLISHED and self.thread_shown:
            return readers_among(self.audience, self.history_at, keys)
        return super().readers_among(keys)

    @property
    def is_shown(self) -> bool:
        return self.state == self.State.PUBLISHED and self.thread_shown

    def best_now(self) -> int | None:
        """The key of the answer to this question that was accepted last and is shown, if there is one."""
        kept = Post.objects.filter(root=self.pk, accepted_at__isnull=False, state=Post.State.PUBLISHED)
        return kept.order_by("-accepted_at", "-pk").values_list("pk", flat=True).first()

    @property
    def is_reply(self) -> bool:
        """Whether it is an answer."""
        return self.root_id is not None

    def get_absolute_url(self) -> str:
        """The thread's page; an answer's opens at it."""
        if self.root_id is None:
            return address("feed:post", self.public_id)
        return f"{address('feed:post', self.public_id)}#post-{self.public_id}"

    def summary(self) -> str:
        return self.line

    def search_text(self) -> str:
        text = text_of(self.html)
        if self.post_kind == self.Kind.EVENT:
            event = CalendarEvent.objects.filter(post=self).first() if self.state != self.State.DELETED else None
            return "\n".join([event.title, event.place, text]) if event else text
        if self.post_kind != self.Kind.POLL:
            return text
        # Of a deleted poll nothing is found any more.
        answers = Poll.objects.filter(post=self).values_list("options", flat=True).first() if self.body else None
        return "\n".join([text, *(answers or ())])

    def moderators(self) -> QuerySet:
        """The network's moderators and those of its group; never its author or who wrote it."""
        people = User.objects.active().filter(Q(is_moderator=True) | Q(is_admin=True))
        if self.group_id:
            leads = Membership.objects.filter(
                group_id=self.group_id, role__in=[Membership.Role.OWNER, Membership.Role.MODERATOR]
            )
            people = User.objects.active().filter(
                Q(is_moderator=True) | Q(is_admin=True) | Q(pk__in=leads.values("person"))
            )
        return people.exclude(pk__in=[key for key in (self.author_id, self.written_by_id) if key])

    def withhold(self, *, by: Any) -> None:
        from feed.actions import withhold

        withhold(post=self, by=by)

    def release(self, *, by: Any) -> None:
        from feed.actions import release

        release(post=self, by=by)

    def take_down(self, *, by: Any) -> None:
        from feed.actions import take_down

        take_down(post=self, by=by)


class PostVersion(models.Model):
    """What a post said before it was edited or deleted."""

    # Of which post.
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="versions")
    # The text of that version.
    body = models.TextField()
    # From when it was shown.
    at = models.DateTimeField()
    # Who replaced it, and when.
    replaced_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    replaced_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["post", "id"], name="version_post")]

    def __str__(self) -> str:
        return f"version of {self.post_id}"


class Reaction(models.Model):
    """One person's emoji on one post; one of each per person."""

    # On which post.
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="reactions")
    # Whose.
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    # Which.
    emoji = models.CharField(max_length=32)
    # When.
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post", "person", "emoji"], name="one_reaction")]
        indexes = [models.Index(fields=["person", "post"], name="reaction_person")]

    def __str__(self) -> str:
        return f"{self.emoji} on {self.post_id}"


def seen_by(user: Any) -> Exists:
    """Of rows with a `post`: whether `user` may see it. Asked row by row: of all posts there are it would take long."""
    return Exists(Post.objects.visible_to(user).filter(pk=OuterRef("post")))


def tally(pairs: Iterable[tuple[int, str]]) -> dict[str, Any]:
    """What a post keeps of its reactions.

    Args:
        pairs: the key of who reacted and the emoji, in the order they came.

    Returns:
        Its columns `reaction_counts` and `reactors`.
    """
    counts: dict[str, int] = {}
    people: dict[int, None] = {}
    for person, emoji in pairs:
        counts[emoji] = counts.get(emoji, 0) + 1
        people.pop(person, None)
        people[person] = None
    last = list(people)[: -REACTORS - 1 : -1]
    return {"reaction_counts": counts, "reactors": {"count": len(people), "last": last} if people else {}}


class Bookmark(models.Model):
    """A post that someone keeps for later; gone when they may no longer see it."""

    # Whose.
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="bookmarks")
    # Which post.
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="+")
    # When.
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "post"], name="one_bookmark")]
        indexes = [models.Index(fields=["person", "-id"], name="bookmark_person")]

    def __str__(self) -> str:
        return f"{self.post_id} for {self.person_id}"


class Mention(models.Model):
    """A person named in a post, and whether they were told: at most once, and only if they may see it."""

    # In which post.
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="mentions")
    # Who.
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    # When they were told; null while they may not see it.
    told_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post", "person"], name="one_mention")]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.post_id}"


class ThreadMark(models.Model):
    """How far someone has read one thread: a row for each thread that a person opened, none for posts that are made."""

    # Who.
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    # Which thread.
    root = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="+")
    # The newest answer that they had before them (its key, which outlives the answer).
    read_pk = models.BigIntegerField(default=0)
    # When.
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "root"], name="one_thread_mark")]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.root_id}"


class Relocation(models.Model):
    """What became of a discussion as a whole; its page says it in a line, of what the reader may know."""

    class Kind(models.TextChoices):
        # It came from another place.
        MOVED = "moved"
        # It was a part of another discussion.
        SPLIT = "split"
        # A part of it became another discussion.
        PARTED = "parted"
        # Another discussion was merged into it.
        MERGED = "merged"

    # The post that begins the discussion.
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="+", db_index=False)
    # What became of it.
    kind = models.CharField(max_length=6, choices=Kind)
    # Of a move: the group it left; null for the whole company.
    group = models.ForeignKey(Group, on_delete=models.CASCADE, null=True, related_name="+")
    # Otherwise: the first post of the other discussion, or what it is now.
    other = models.ForeignKey(Post, on_delete=models.CASCADE, null=True, related_name="+")
    # Who did it, and when.
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["post", "-id"], name="relocation_post")]

    def __str__(self) -> str:
        return f"{self.post_id} {self.kind}"


class Poll(models.Model):
    """What a poll asks besides its post: the answers to choose from, how, and until when."""

    # Of which post.
    post = models.OneToOneField(Post, on_delete=models.CASCADE, related_name="poll")
    # The answers in order; they never change, so their places name them.
    options = models.JSONField(default=list)
    # Votes for each answer, in the same order, and how many people voted: rebuilt by `recount` where names are kept.
    counts = models.JSONField(default=list)
    voters = models.PositiveIntegerField(default=0)
    # Whether one may choose several.
    many = models.BooleanField(default=False)
    # Whether nobody can be told from their vote.
    anonymous = models.BooleanField(default=False)
    # Whether one sees the result only after voting (or when it is closed).
    hidden = models.BooleanField(default=False)
    # When it closes; null for never.
    closes_at = models.DateTimeField(null=True)
    # Of an anonymous poll: what its tokens are made with; thrown away, with them, when it is closed.
    salt = models.CharField(max_length=40, blank=True, editable=False)

    class Meta:
        indexes = [models.Index(fields=["closes_at"], condition=~Q(salt=""), name="poll_closing")]

    def __str__(self) -> str:
        return f"poll of {self.post_id}"

    def token(self, person: Any) -> str:
        """What stands for a person in an anonymous poll while it is open.

        So that a vote can be changed, and is one, no id of the voter is kept but a keyed digest, which only who has the
        site's own key could try against everyone's; after closing there is nothing left to try it on.
        """
        return salted_hmac(f"feed.poll.{self.salt}", str(person.pk), algorithm="sha256").hexdigest()


class Ballot(models.Model):
    """What one person chose in one poll: by their key, or in an anonymous poll by a token that goes when it closes."""

    # In which poll.
    poll = models.ForeignKey(Poll, on_delete=models.CASCADE, related_name="ballots", db_index=False)
    # Who; null in an anonymous poll.
    person = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")
    # Who, in an anonymous poll.
    token = models.CharField(max_length=64, blank=True)
    # The places of the answers they chose.
    chosen = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["poll", "person"], condition=Q(token=""), name="one_ballot"),
            models.UniqueConstraint(fields=["poll", "token"], condition=~Q(token=""), name="one_secret_ballot"),
            models.CheckConstraint(condition=Q(token="") | Q(person=None), name="secret_without_a_name"),
        ]

    def __str__(self) -> str:
        return f"ballot in {self.poll_id}"


class Praise(models.Model):
    """One person whom a post praises, with the badge that it gives to all whom it praises."""

    class Badge(models.TextChoices):
        THANKS = "thanks", pgettext_lazy("badge of praise", "Thank you")
        TEAMWORK = "teamwork", pgettext_lazy("badge of praise", "Team player")
        HELP = "help", pgettext_lazy("badge of praise", "Great help")
        IDEA = "idea", pgettext_lazy("badge of praise", "Bright idea")
        CRAFT = "craft", pgettext_lazy("badge of praise", "Fine work")
        COURAGE = "courage", pgettext_lazy("badge of praise", "Courage")
        CARE = "care", pgettext_lazy("badge of praise", "A heart for customers")
        GOAL = "goal", pgettext_lazy("badge of praise", "Goal reached")

    # In which post.
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="praises", db_index=False)
    # Who is praised.
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    # What for.
    badge = models.CharField(max_length=12, choices=Badge)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post", "person"], name="one_praise")]
        indexes = [models.Index(fields=["person", "-post"], name="praise_person")]

    def __str__(self) -> str:
        return f"{self.badge} for {self.person_id}"

    @property
    def sign(self) -> str:
        """The picture of its badge."""
        return SIGNS[self.badge]


#: The picture of each badge.
SIGNS = {
    "thanks": "💐",
    "teamwork": "🤝",
    "help": "🛟",
    "idea": "💡",
    "craft": "🛠️",
    "courage": "🦁",
    "care": "💛",
    "goal": "🏆",
}


class Preview(models.Model):
    """A link in a post, and what the page behind it says of itself: fetched by the worker, gone with the post.

    Its picture is a file that hangs on it (`files.File.on(preview)`), seen by whoever may see the post. While a text is
    being written there is no post: then it is the writer's alone, holds its picture itself, and is gone after a day.
    """

    class State(models.TextChoices):
        # To be fetched.
        WAITING = "waiting"
        # Shown.
        READY = "ready"
        # There is nothing to show; the link stays plain.
        FAILED = "failed"
        # Its author wants none.
        REMOVED = "removed"

    # The only id outside.
    public_id = models.CharField(max_length=16, default=new_id, unique=True, editable=False)
    # Of which post or answer; or, of a text that is being written, whose.
    post = models.ForeignKey(Post, null=True, on_delete=models.CASCADE, related_name="previews", db_index=False)
    person = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    # Which of its links, from 0.
    place = models.PositiveSmallIntegerField(default=0)
    # The address as it stands in the post, and a digest of it that is looked up.
    address = models.TextField()
    digest = models.CharField(max_length=64, db_index=True)
    # The name of the host, for who reads and for being polite to it.
    host = models.CharField(max_length=255)
    # How it stands.
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    # What the page says of itself.
    title = models.CharField(max_length=200, blank=True)
    description = models.CharField(max_length=300, blank=True)
    # Its picture, drawn by us, while there is no post.
    thumbnail = models.BinaryField(null=True)
    # Since when it is there.
    at = models.DateTimeField(default=timezone.now)
    # How often it was tried, when it was last, and when it is tried next; null when there is nothing more to do.
    tries = models.PositiveSmallIntegerField(default=0)
    tried_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["post", "digest"], name="one_preview"),
            models.UniqueConstraint(fields=["person", "digest"], name="one_look"),
            models.CheckConstraint(
                condition=Q(post__isnull=False, person__isnull=True) | Q(post__isnull=True, person__isnull=False),
                name="of_post_or_person",
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="preview_due"),
            models.Index(fields=["host", "tried_at"], name="preview_host"),
        ]

    def __str__(self) -> str:
        return f"preview in {self.post_id or 'a draft'}"


def words_of(posts: Iterable[int]) -> dict[int, list[str]]:
    """What the pages behind their links say of themselves, by post: found with the post, by who may see it.

    No part of a post's own text: whoever decides about a report of it reads that alone.
    """
    rows = Preview.objects.filter(post__in=posts, state=Preview.State.READY).order_by("place", "pk")
    found: dict[int, list[str]] = {}
    for post, *words in rows.values_list("post", "host", "title", "description"):
        found.setdefault(post, []).extend(one for one in words if one)
    return found


class CalendarEvent(models.Model):
    """What an event says besides its post: what, when and where.

    "Event" is the word of calendars (RFC 5545's VEVENT) and of people. In code it is a `CalendarEvent`, because
    `core.models.Event` is something that happened in Kring; an answer to it is an `Rsvp`, as everywhere.
    """

    # Of which post.
    post = models.OneToOneField(Post, on_delete=models.CASCADE, related_name="calendar")
    # What it is called.
    title = models.CharField(max_length=200)
    # From when to when (the end is no part of it). Of whole days: the first midnight and the one after the last day.
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    # Whether it takes whole days, by the clock of `time_zone`, whoever looks.
    all_day = models.BooleanField(default=False)
    # By which clock its times were said: "Europe/Brussels".
    time_zone = models.CharField(max_length=40)
    # Where one goes, and the page where one joins from afar; each may be empty.
    place = models.CharField(max_length=200, blank=True)
    link = models.CharField(max_length=500, blank=True)
    # How many go, perhaps go, and do not: rebuilt by `manage.py recount`.
    going = models.PositiveIntegerField(default=0)
    maybe = models.PositiveIntegerField(default=0)
    declined = models.PositiveIntegerField(default=0)
    # Since when it does not take place, who said so, and why; null while it does.
    cancelled_at = models.DateTimeField(null=True)
    cancelled_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    cancelled_why = models.CharField(max_length=200, blank=True)
    # When those who go are reminded; null when they have been, or need not be.
    remind_at = models.DateTimeField(null=True)
    # How often and when it was last changed, for the calendars that hold a copy.
    revision = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["ends_at"], name="calendar_ends"),
            models.Index(fields=["starts_at", "id"], name="calendar_starts"),
            models.Index(fields=["remind_at"], condition=Q(remind_at__isnull=False), name="calendar_remind"),
        ]
        constraints = [models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="ends_after_it_starts")]

    def __str__(self) -> str:
        return f"event of {self.post_id}"


class Rsvp(models.Model):
    """Whether one person comes to one event; gone when they can no longer see it."""

    class Answer(models.TextChoices):
        GOING = "going", pgettext_lazy("answer to an event", "Going")
        MAYBE = "maybe", pgettext_lazy("answer to an event", "Maybe")
        NO = "no", pgettext_lazy("answer to an event", "Not going")

    # To which event.
    event = models.ForeignKey(CalendarEvent, on_delete=models.CASCADE, related_name="rsvps", db_index=False)
    # Who.
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    # What they say.
    answer = models.CharField(max_length=5, choices=Answer)
    # When they last said so.
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "person"], name="one_rsvp")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.answer}: {self.event_id}"


#: The column of an event that counts each answer.
COUNTED: dict[str, str] = {Rsvp.Answer.GOING: "going", Rsvp.Answer.MAYBE: "maybe", Rsvp.Answer.NO: "declined"}


class PlayerConsent(models.Model):
    """A person lets the players of a host load by themselves, until they take it back. Nobody else sees it."""

    # Whose.
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    # Whom their browser may ask: the host of the player.
    host = models.CharField(max_length=253)
    # Since when.
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "host"], name="one_consent")]

    def __str__(self) -> str:
        return f"{self.person_id} plays from {self.host}"


class CalendarFeed(models.Model):
    """The address where someone's own calendar fetches the events that concern them.

    The secret in it is our signature of `public_id`, so no row, backup or log holds it; a new address is a new id.
    """

    # What stands in the address; never shown without the signature.
    public_id = models.CharField(max_length=16, default=new_id, unique=True, editable=False)
    # Whose; whoever has none has no such address.
    person = models.OneToOneField(User, on_delete=models.CASCADE, related_name="+")
    # Since when.
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"calendar of {self.person_id}"


class Draft(models.Model):
    """What someone has written and not said: kept while they type, put aside, or waiting for its hour. Theirs alone."""

    # The only id outside.
    public_id = models.CharField(max_length=16, default=new_id, unique=True, editable=False)
    # Whose.
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    # The field it is written in, "everyone" or "post-…", one draft each; empty for those that were put aside.
    place = models.CharField(max_length=60, blank=True)
    # Where it shall be said; with none, `to_everyone` says whether it is meant for all.
    group = models.ForeignKey(Group, on_delete=models.SET_NULL, null=True, related_name="+")
    to_everyone = models.BooleanField(default=False)
    # What it answers; null for a post.
    to = models.ForeignKey(Post, on_delete=models.CASCADE, null=True, related_name="+")
    # Markdown as it stands.
    body = models.TextField(blank=True)
    # Ids of loose files, in order.
    files = models.JSONField(default=list)
    # What else was chosen: {"kind": "question", "days": 7}.
    choices = models.JSONField(default=dict)
    # When it shall be said by itself; null for never.
    due_at = models.DateTimeField(null=True)
    # Why it could not be said at its hour, in its author's language.
    failed = models.CharField(max_length=300, blank=True)
    # Last change.
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "place"], condition=~Q(place=""), name="one_draft_per_place")
        ]
        indexes = [
            models.Index(fields=["person", "-updated_at"], name="draft_person"),
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="draft_due"),
        ]

    def __str__(self) -> str:
        return f"draft {self.public_id}"

    @property
    def line(self) -> str:
        """Its first words; of an event its title."""
        return one_line(plain(self.body) or str(self.choices.get("title", "")), 120)


class Seen(models.Model):
    """A person who has opened or closed an announcement: for the few posts that ask for it, none for others."""

    # Who.
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    # Which announcement.
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="+")
    # When.
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "post"], name="one_seen")]

    def __str__(self) -> str:
        return f"{self.post_id} seen by {self.person_id}"


class Topic(models.Model):
    """A word with a # before it."""

    # As it is looked up: NFC, case-folded.
    name = models.CharField(max_length=80, unique=True)
    # As it was first written.
    label = models.CharField(max_length=80)
    # What it is about, in plain text; read by whoever sees the topic.
    description = models.CharField(max_length=500, blank=True)
    # The posts it stands in.
    posts = models.ManyToManyField(Post, through="PostTopic", related_name="topics")

    def __str__(self) -> str:
        return f"#{self.label}"

    def get_absolute_url(self) -> str:
        return address("feed:topic", self.name)


class PostTopic(models.Model):
    """A topic in a post."""

    # Which post.
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="+")
    # Which topic.
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="+")
    # The name that stands in the text, where it is an earlier one; empty where it is the topic's own.
    written = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post", "topic"], name="one_topic_per_post")]
        indexes = [models.Index(fields=["topic", "-post"], name="topic_posts")]

    def __str__(self) -> str:
        return f"{self.topic_id} in {self.post_id}"


class TopicAlias(models.Model):
    """An earlier name of a topic, or of one that was merged into it: what was written leads on.

    It leads those alone who see it written somewhere (`PostTopic.written`): for others it was never used.
    """

    # As it is looked up; never the name of a topic.
    name = models.CharField(max_length=80, unique=True)
    # Where it leads.
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="aliases")

    def __str__(self) -> str:
        return f"#{self.name} is {self.topic_id}"


class TopicFollow(models.Model):
    """A person who reads a topic in their Following feed."""

    # Who.
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    # What.
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "topic"], name="one_topic_follow")]

    def __str__(self) -> str:
        return f"{self.person_id} follows {self.topic_id}"
