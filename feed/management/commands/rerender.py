"""Draw stored text anew with the renderer of today."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction
from django.db.models import F

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
    """Only who was told is a mention: whoever could not see the post stays plain text, as when it was written."""
    people: dict[int, dict[str, Person]] = {}
    for mention in Mention.objects.filter(post__in=posts, told_at__isnull=False).select_related("person"):
        person = mention.person
        people.setdefault(mention.post_id, {})[person.handle] = Person(person.public_id, person.name)
    for post in posts:
        document = parse(post.body, strict=False)
        Post.objects.filter(pk=post.pk, version=post.version).update(
            html=document.html(people.get(post.pk, {})),
            line=one_line(document.plain(), 200),
            html_version=RENDERER_VERSION,
            version=F("version") + 1,
        )
    return len(posts)
