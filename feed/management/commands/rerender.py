"""Draw stored text anew with the renderer of today."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction
from django.db.models import F

from core.audience import readers_of
from core.richtext import RENDERER_VERSION, Person, parse
from core.text import one_line
from feed.models import Mention, Post

#: Posts that are drawn in one transaction.
BATCH = 200


class Command(BaseCommand):
    """`manage.py rerender [--all]`: after an upgrade of the renderer no post keeps HTML of an earlier one."""

    help = "Draw the HTML of posts anew where an earlier renderer made it (or of all posts)."

    def add_arguments(self, parser: CommandParser) -> None:
        """`--all`."""
        parser.add_argument("--all", action="store_true", help="every post, not only those of an earlier renderer")

    def handle(self, *args: Any, **options: Any) -> None:
        """Go through the posts; a second run has nothing to do."""
        posts = Post.objects.exclude(state=Post.State.DELETED)
        if not options["all"]:
            posts = posts.filter(html_version__lt=RENDERER_VERSION)
        done, last = 0, 0
        while found := list(posts.filter(pk__gt=last).order_by("pk")[:BATCH]):
            last = found[-1].pk
            with transaction.atomic():
                done += _draw(found)
        self.stdout.write(f"{done} posts drawn anew.")


def _draw(posts: list[Post]) -> int:
    """Only who was told is a mention: whoever could not see the post stays plain text, as when it was written.

    Of what waits nobody was told yet; there it is whoever may see it once it is shown.
    """
    named: dict[int, list[Mention]] = {}
    for mention in Mention.objects.filter(post__in=posts).select_related("person"):
        named.setdefault(mention.post_id, []).append(mention)
    people: dict[int, dict[str, Person]] = {}
    for post in posts:
        mentions = named.get(post.pk, [])
        shown = {mention.person_id for mention in mentions if mention.told_at is not None}
        if mentions and (post.state == Post.State.HELD or post.published_at is None):
            keys = [mention.person_id for mention in mentions]
            shown |= set(readers_of(post.audience, post.history_at).filter(pk__in=keys).values_list("pk", flat=True))
        people[post.pk] = {
            mention.person.handle: Person(mention.person.public_id, mention.person.name)
            for mention in mentions
            if mention.person_id in shown
        }
    for post in posts:
        document = parse(post.body, strict=False)
        Post.objects.filter(pk=post.pk, version=post.version).update(
            html=document.html(people.get(post.pk, {})),
            line=one_line(document.plain(), 200),
            html_version=RENDERER_VERSION,
            version=F("version") + 1,
        )
    return len(posts)
