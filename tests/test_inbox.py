"""The bell: who is told, once, of what they may see; and who is not."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from core import outbox
from core.models import Event
from core.outbox import run
from groups import actions as groups
from inbox import actions
from inbox.models import Notice, Watch
from moderation.models import Case
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> make.Cast:
    made = make.cast()
    make.settle()
    Notice.objects.all().delete()
    return made


def told(person: object) -> list[str]:
    return sorted(Notice.objects.filter(recipient=person).values_list("verb", flat=True))


def test_a_mention_reaches_the_person_and_nobody_who_may_not_see_it(cast: make.Cast) -> None:
    make.post(cast.alice, "Hello @bob.baker @carol.cook @gil.guest @dave.dyer @alice.archer", group=cast.private)
    make.settle()
    assert "feed.mentioned" in told(cast.bob) and "feed.mentioned" in told(cast.gil)
    for person in (cast.carol, cast.dave, cast.alice, cast.mona, cast.ada):
        assert told(person) == []
    assert not Watch.objects.filter(person=cast.carol).exists()


def test_a_mention_weighs_more_than_a_reply_and_is_one_line(cast: make.Cast) -> None:
    post = make.post(cast.alice, "A question")
    make.reply(cast.bob, post, "An answer for @alice.archer")
    make.settle()
    assert told(cast.alice) == ["feed.mentioned"]


def test_replies_of_a_thread_are_one_unread_line_that_counts(cast: make.Cast) -> None:
    post = make.post(cast.alice, "A question")
    for person in (cast.bob, cast.carol, cast.mona):
        make.reply(person, post, "An answer")
    make.settle()
    (notice,) = Notice.objects.filter(recipient=cast.alice)
    assert notice.count == 3 and notice.actor == cast.mona
    page = cast.browser("alice").get("/notifications/").content.decode()
    assert "Mona Mason" in page and "2 other answers" in page


def test_the_same_event_tells_nobody_twice(cast: make.Cast) -> None:
    first = Event.objects.latest("pk").pk
    make.reply(cast.bob, make.post(cast.alice, "A question"), "An answer")
    make.settle()
    before = list(Notice.objects.order_by("pk").values_list("pk", "count"))
    assert before
    for event in Event.objects.filter(pk__gt=first).order_by("pk"):
        run(event)
    assert list(Notice.objects.order_by("pk").values_list("pk", "count")) == before


def test_what_is_no_longer_mine_to_see_leaves_my_bell_at_once(cast: make.Cast) -> None:
    make.post(cast.alice, "canarywordshere @bob.baker", group=cast.private)
    make.settle()
    browser = cast.browser("bob")
    assert "Alice Archer" in browser.get("/notifications/").content.decode()
    groups.remove_member(group=cast.private, person=cast.bob, by=cast.alice)
    page = browser.get("/notifications/").content.decode()
    assert "canarywordshere" not in page and "Private reorg" not in page
    left = Notice.objects.filter(recipient=cast.bob, unread=True).count()
    assert browser.get("/notifications/count/").json() == {"unread": left}
    assert not Notice.objects.filter(recipient=cast.bob, audience=cast.private.audience).exists()


def test_a_removed_member_is_not_told_of_what_was_waiting(cast: make.Cast) -> None:
    make.post(cast.alice, "waiting for the worker @bob.baker", group=cast.private)
    groups.remove_member(group=cast.private, person=cast.bob, by=cast.alice)
    make.settle()
    assert "feed.mentioned" not in told(cast.bob)


def test_a_muted_thread_is_silent_and_a_mention_still_arrives(cast: make.Cast) -> None:
    post = make.post(cast.alice, "A question")
    browser = cast.browser("alice")
    answer = browser.post("/notifications/watch/", {"kind": "feed.post", "id": post.public_id, "level": "mute"})
    assert answer.status_code == 302
    make.reply(cast.bob, post, "An answer")
    make.settle()
    assert told(cast.alice) == []
    make.reply(cast.bob, post, "For @alice.archer")
    make.settle()
    assert told(cast.alice) == ["feed.mentioned"]


def test_a_kind_that_is_switched_off_is_not_told(cast: make.Cast) -> None:
    page = cast.browser("alice").get("/notifications/preferences/").content.decode()
    kinds = set(re.findall(r'name="wanted" value="([\w.:]+)"', page))
    assert {"feed.mentioned:bell", "feed.replied:bell", "moderation.decided:bell"} <= kinds
    cast.browser("alice").post("/notifications/preferences/", {"wanted": sorted(kinds - {"feed.replied:bell"})})
    make.reply(cast.bob, make.post(cast.alice, "A question"), "An answer")
    make.settle()
    assert told(cast.alice) == []


def test_reading_is_mine_alone_and_a_get_changes_nothing(cast: make.Cast) -> None:
    post = make.post(cast.alice, "Hello @bob.baker")
    make.settle()
    notice = Notice.objects.get(recipient=cast.bob, verb="feed.mentioned")
    bob, carol = cast.browser("bob"), cast.browser("carol")
    opened = bob.get(f"/notifications/{notice.public_id}/")
    assert opened.status_code == 302 and post.public_id in opened["Location"]
    assert carol.get(f"/notifications/{notice.public_id}/").status_code == 404
    notice.refresh_from_db()
    assert notice.unread
    carol.post("/notifications/read/", {"id": notice.public_id})
    notice.refresh_from_db()
    assert notice.unread
    bob.post("/notifications/seen/", {"kind": "feed.post", "id": post.public_id})
    notice.refresh_from_db()
    assert not notice.unread and notice.read_at


def test_watching_needs_eyes_on_the_thing(cast: make.Cast) -> None:
    post = make.post(cast.alice, "Inside", group=cast.private)
    data = {"kind": "feed.post", "id": post.public_id, "level": "follow"}
    hidden = cast.browser("carol").post("/notifications/watch/", data)
    unknown = cast.browser("carol").post("/notifications/watch/", {**data, "id": "AAAAAAAAAAAAAAAA"})
    assert hidden.status_code == unknown.status_code == 404 and hidden.content == unknown.content
    assert cast.browser("bob").post("/notifications/watch/", data).status_code == 302
    make.reply(cast.alice, post, "More")
    make.settle()
    assert told(cast.bob) == ["feed.replied"] and not Case.objects.exists()


def test_a_poisoned_consequence_waits_and_blocks_nobody(cast: make.Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    genuine = actions._write

    def poisoned(event: Event, *args: object) -> int:
        if event.data.get("id") == poison.public_id:
            raise RuntimeError
        return genuine(event, *args)

    poison = make.post(cast.alice, "First @bob.baker")
    make.post(cast.alice, "Second @carol.cook")
    monkeypatch.setattr(actions, "_write", poisoned)
    make.settle()
    assert told(cast.carol) == ["feed.mentioned"] and told(cast.bob) == []
    event = Event.objects.get(pending=True, data__id=poison.public_id)
    assert event.failure == "RuntimeError" and event.attempts == 1 and event.due_at
    monkeypatch.setattr(actions, "_write", genuine)
    Event.objects.filter(pk=event.pk).update(due_at=None)
    make.settle()
    assert told(cast.bob) == ["feed.mentioned"]


def test_what_is_told_to_many_goes_on_where_it_was_broken_off(cast: make.Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    make.settle()
    monkeypatch.setattr(actions, "BATCH", 2)
    post = make.post(cast.alice, "For all of you @carol.cook", group=cast.public, kind="announcement")
    audience = {cast.bob, cast.carol, cast.mona, cast.ada}
    event = Event.objects.get(verb="feed.post.published", target_pk=post.pk)
    held: list[int] = []

    def dies(event: Event) -> None:
        held.append(event.pk)
        if len(held) == 2:
            # As if the process were killed between two pieces: nothing of it is tidied up.
            raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(outbox, "hold", dies)
        outbox.drain()
    first = list(Notice.objects.filter(event=event).values_list("pk", "recipient"))
    assert len(first) == 2 and Event.objects.get(pk=event.pk).pending
    # One of them has read it before the next worker comes, who finds the lease ended.
    actions.mark_read(person=first[0][1])
    Event.objects.filter(pk=event.pk).update(due_at=timezone.now() - timedelta(seconds=1))
    make.settle()
    lines = Notice.objects.filter(event=event)
    assert sorted(lines.values_list("recipient", flat=True)) == sorted(person.pk for person in audience)
    assert set(first) < set(lines.values_list("pk", "recipient")) and set(lines.values_list("count")) == {(1,)}
    assert told(cast.carol) == ["feed.mentioned"] and told(cast.mona) == ["feed.announced"]


def test_a_worker_that_was_too_slow_leaves_it_to_the_one_who_has_it_now(cast: make.Cast) -> None:
    make.settle()
    make.post(cast.alice, "For all of you", group=cast.public, kind="announcement")
    slow = outbox._take()
    assert slow is not None
    slow.due_at = timezone.now()
    outbox.hold(slow)
    assert Event.objects.get(pk=slow.pk).due_at == slow.due_at > timezone.now() + outbox.LEASE / 2
    Event.objects.filter(pk=slow.pk).update(attempts=2)
    slow.due_at = timezone.now()
    assert not run(slow)
    assert not Notice.objects.filter(event=slow).exists() and Event.objects.get(pk=slow.pk).pending
