"""A discussion that is put off: silence until a moment, then one notice; and the line where the new begins."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from core.models import Event
from groups import actions as groups
from inbox import actions as inbox
from inbox.models import Notice, Watch
from tests import make

pytestmark = pytest.mark.django_db


def test_what_is_put_off_is_silent_until_its_moment_and_then_comes_back_once() -> None:
    cast = make.cast()
    post = make.post(cast.alice, "walrus plans", group=cast.private)
    bob, carol = cast.browser("bob"), cast.browser("carol")
    inbox.watch(person=cast.bob, obj=post)
    make.settle()
    Notice.objects.all().delete()
    at = f"/posts/{post.public_id}/"
    assert carol.get(f"{at}snooze/").status_code == carol.post(f"{at}snooze/", {"when": "hours"}).status_code == 404
    assert "Tomorrow morning" in bob.get(f"{at}snooze/").content.decode()
    for wrong in (
        {},
        {"when": "at"},
        {"when": "at", "at": "2020-01-01T09:00"},
        {"when": "at", "at": "2099-13-01T09:00"},
    ):
        assert bob.post(f"{at}snooze/", wrong).status_code == 422, wrong
    assert bob.post(f"{at}snooze/", {"when": "tomorrow"}).status_code == 302
    menu = bob.get(f"{at}menu/").content.decode()
    assert "Put off until" in menu and "No longer put it off" in menu
    # Nothing is heard of it, but a mention.
    make.reply(cast.alice, post, "first")
    make.settle()
    assert not Notice.objects.filter(recipient=cast.bob).exists()
    assert "walrus" not in bob.get("/").content.decode()
    make.reply(cast.alice, post, "@bob.baker second")
    make.settle()
    assert Notice.objects.get(recipient=cast.bob).verb == "feed.mentioned"
    assert inbox.wake_due() == 0
    with time_machine.travel(timezone.now() + timedelta(days=2), tick=False):
        assert (inbox.wake_due(), inbox.wake_due()) == (1, 0)
        make.settle()
        bell = bob.get("/notifications/").content.decode()
        assert bell.count("is back, as you asked") == 1 and "walrus plans" in bell
        # As it was before: followed, and heard of.
        assert inbox.wish_of(person=cast.bob, obj=post) == ("follow", None)
        assert "walrus" in bob.get("/").content.decode()
        # The API, and thinking better of it.
        api = f"/api/v1{at}watch"
        moment = timezone.now() + timedelta(hours=3)
        sent = {"level": "snooze", "until": moment.isoformat()}
        assert bob.put(api, sent, content_type="application/json").json()["level"] == "snooze"
        assert bob.put(api, {"level": "snooze"}, content_type="application/json").status_code == 422
        assert carol.put(api, sent, content_type="application/json").status_code == 404
        assert bob.delete(api).json() == {"level": "follow", "until": None} == bob.get(api).json()
        bob.put(api, {"level": "mute"}, content_type="application/json")
        assert Watch.objects.get(person=cast.bob).until is None
        # Who lost the place is not told that it is back.
        inbox.snooze(person=cast.bob, obj=post, until=moment)
        groups.remove_member(group=cast.private, person=cast.bob, by=cast.alice)
        assert not Watch.objects.filter(person=cast.bob).exists()
    verbs = Event.objects.filter(verb__startswith="inbox.watch.").order_by("pk").values_list("verb", flat=True)
    assert [verb.rpartition(".")[2] for verb in verbs] == [
        "set",
        "snoozed",
        "woken",
        "snoozed",
        "set",
        "set",
        "snoozed",
    ]


def test_a_line_stands_where_the_new_begins() -> None:
    cast = make.cast()
    post = make.post(cast.alice, "plans", group=cast.private)
    first = make.reply(cast.alice, post, "one")
    bob = cast.browser("bob")
    at = f"/posts/{post.public_id}/"
    assert "New since you were here" not in bob.get(at).content.decode()
    bob.post(f"{at}read/", {"upto": first.public_id})
    make.reply(cast.bob, post, "my own")
    assert "New since you were here" not in bob.get(at).content.decode()
    make.reply(cast.alice, post, "two")
    make.reply(cast.alice, post, "three")
    page = bob.get(at).content.decode()
    assert page.count("New since you were here") == 1
    assert page.index(">one<") < page.index("my own") < page.index("New since") < page.index(">two<")
