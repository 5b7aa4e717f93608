"""Rebuild the numbers that are kept beside the rows they count."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction
from django.db.models import Count, F, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from feed.actions import calendar
from feed.models import CalendarEvent, Post, Reaction, tally
from files.models import File
from groups.models import Group, recount_members
from people.models import recount_skills

#: Posts that are looked at in one transaction: writers wait no longer than for a few of them.
BATCH = 1_000


class Command(BaseCommand):
    """`manage.py recount`: answers, last answers, reactions, files of posts; members of groups; skills."""

    help = "Rebuild counters from the rows they count: answers, reactions and files of posts, members, skills."

    def handle(self, *args: Any, **options: Any) -> None:
        """Look at every post and group; say how many numbers were wrong."""
        wrong = 0
        last = Post.objects.aggregate(last=Max("pk"))["last"] or 0
        for start in range(0, last + 1, BATCH):
            with transaction.atomic():
                posts = Post.objects.filter(pk__gt=start, pk__lte=start + BATCH)
                wrong += _threads(posts.filter(root=None)) + _reactions(posts) + _files(posts)
                wrong += calendar.count(events=CalendarEvent.objects.filter(post__in=posts))
        recount_members(Group.objects.values("pk"))
        recount_skills()
        self.stdout.write(f"{wrong} counters of posts corrected; members of all groups and skills counted.")


def _threads(posts: QuerySet) -> int:
    answers = Post.objects.filter(root=OuterRef("pk"), state=Post.State.PUBLISHED).order_by().values("root")
    counted = posts.annotate(
        answers_now=Coalesce(Subquery(answers.annotate(n=Count("pk")).values("n")), 0),
        last_now=Subquery(answers.annotate(n=Max("pk")).values("n")),
    )
    # A post without answers has no last one, which equals nothing, not even that there is none.
    other = Q(last_reply__isnull=False, last_now__isnull=False) & ~Q(last_reply=F("last_now"))
    one = Q(last_reply=None, last_now__isnull=False) | Q(last_reply__isnull=False, last_now=None)
    differs = ~Q(reply_count=F("answers_now")) | one | other
    wrong = 0
    for pk, count, last in counted.filter(differs).values_list("pk", "answers_now", "last_now"):
        wrong += Post.objects.filter(pk=pk).update(reply_count=count, last_reply=last, version=F("version") + 1)
    return wrong


def _reactions(posts: QuerySet) -> int:
    now: dict[int, list[tuple[int, str]]] = {}
    given = Reaction.objects.filter(post__in=posts).order_by("pk")
    for post, person, emoji in given.values_list("post_id", "person_id", "emoji"):
        now.setdefault(post, []).append((person, emoji))
    wrong = 0
    for pk, *kept in posts.values_list("pk", "reaction_counts", "reactors"):
        columns = tally(now.get(pk, []))
        if list(columns.values()) != kept:
            wrong += Post.objects.filter(pk=pk).update(**columns, version=F("version") + 1)
    return wrong


def _files(posts: QuerySet) -> int:
    hung = set(
        File.objects.filter(on_kind=Post.kind, on_pk__in=posts.values("pk"))
        .exclude(state=File.State.REMOVED)
        .values_list("on_pk", flat=True)
    )
    wrong = 0
    for pk, has in posts.values_list("pk", "has_files"):
        if has != (pk in hung):
            wrong += Post.objects.filter(pk=pk).update(has_files=pk in hung, version=F("version") + 1)
    return wrong
