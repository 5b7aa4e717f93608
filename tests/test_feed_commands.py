"""Numbers are rebuilt, and old HTML is drawn anew; a second run changes nothing."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command

from feed import actions
from feed.models import Post
from moderation import actions as moderation
from tests import make

pytestmark = pytest.mark.django_db


def run(*command: str) -> str:
    """What a command says."""
    out = StringIO()
    call_command(*command, stdout=out)
    return out.getvalue()


def test_recount_rebuilds_what_is_wrong_and_leaves_what_is_right():
    cast = make.cast()
    root = make.post(cast.alice, "root", group=cast.private)
    answer = make.reply(cast.bob, root)
    actions.react(post=root, person=cast.bob, emoji="👍")
    assert run("recount").startswith("0 counters")
    Post.objects.filter(pk=root.pk).update(reply_count=7, last_reply=None, reaction_counts={"🎉": 3}, has_files=True)
    version = Post.objects.get(pk=root.pk).version
    run("recount")
    root.refresh_from_db()
    assert (root.reply_count, root.last_reply_id, root.reaction_counts, root.has_files) == (
        1,
        answer.pk,
        {"👍": 1},
        False,
    )
    assert root.version > version
    assert run("recount").startswith("0 counters")


def test_rerender_draws_html_of_an_earlier_renderer_anew():
    cast = make.cast()
    post = make.post(cast.alice, f"**Hello** @{cast.bob.handle} @{cast.carol.handle}", group=cast.private)
    html = post.html
    Post.objects.filter(pk=post.pk).update(html="<b onclick=x>old</b>", html_version=0)
    assert run("rerender").startswith("1 posts")
    post.refresh_from_db()
    assert post.html == html and cast.carol.public_id not in post.html
    assert run("rerender").startswith("0 posts")
    # What waits for a moderator keeps its mentions too, though nobody has been told.
    moderation.save_word(by=cast.ada, text="forbidden", level="hold")
    moderation.words.forget()
    held = make.post(cast.alice, f"forbidden @{cast.bob.handle} @{cast.carol.handle}", group=cast.private)
    assert held.state == Post.State.HELD and cast.bob.public_id in held.html
    Post.objects.filter(pk=held.pk).update(html_version=0)
    assert run("rerender").startswith("1 posts")
    assert Post.objects.get(pk=held.pk).html == held.html and cast.carol.public_id not in held.html
