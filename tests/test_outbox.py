"""What follows from an act happens at least once, is tried again after a failure, and given up without blocking others.

And what happens by the clock happens once, whoever watches the clock.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from core import events, outbox, worker
from core.models import Beat, Event
from inbox.models import Notice
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def verb(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """A verb of its own with its listeners, forgotten after the test."""

    def declared(*functions: Callable[[Event], None]) -> str:
        name = "core.tests.happened"
        monkeypatch.setitem(events.VERBS, name, "A test happened.")
        monkeypatch.setitem(events._in_worker, name, list(functions))
        return name

    return declared


def later(moment: timedelta) -> None:
    """As if that much time had passed for everything that waits."""
    for event in Event.objects.exclude(due_at=None):
        Event.objects.filter(pk=event.pk).update(due_at=event.due_at - moment)


def test_what_follows_is_queued_with_the_act_or_not_at_all(verb: Any) -> None:
    name = verb(lambda event: None)
    with pytest.raises(ValueError, match="no"), transaction.atomic():
        events.record(name, actor=None)
        raise ValueError("no")
    assert not Event.objects.filter(verb=name).exists()
    events.record(name, actor=None)
    assert Event.objects.get(verb=name).pending
    assert not events.record(name, actor=None, quiet=True).pending


def test_each_event_is_run_once_and_in_order(verb: Any) -> None:
    ran: list[int] = []
    name = verb(lambda event: ran.append(event.pk))
    made = [events.record(name, actor=None).pk for _ in range(5)]
    while outbox.drain():
        pass
    assert ran == made
    assert not Event.objects.filter(verb=name, pending=True).exists()


def test_a_worker_that_dies_between_taking_and_running_leaves_it_to_the_next(verb: Any) -> None:
    ran: list[int] = []
    name = verb(lambda event: ran.append(event.pk))
    made = events.record(name, actor=None)
    while (taken := outbox._take()) and taken.pk != made.pk:
        outbox.run(taken)
    # Here it is killed: the lease stands, and nobody else takes it.
    assert taken.pk == made.pk and outbox._take() is None
    later(outbox.LEASE + timedelta(seconds=1))
    outbox.drain()
    assert ran == [made.pk]
    assert Event.objects.get(pk=made.pk).attempts == 2


def test_two_workers_never_hold_the_same_event(verb: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    name = verb(lambda event: None)
    while outbox.drain():
        pass
    made = events.record(name, actor=None)
    read = Event.objects.get(pk=made.pk)
    first = outbox._take()
    assert first is not None and first.pk == made.pk
    # The second had read the row before the first moved it.
    assert not Event.objects.filter(pk=read.pk, pending=True, attempts=read.attempts).update(attempts=9)
    assert outbox._take() is None


def test_a_failure_waits_longer_each_time_and_the_others_go_on(verb: Any) -> None:
    ran: list[int] = []
    poison: list[int] = []

    def listener(event: Event) -> None:
        if event.pk in poison:
            raise RuntimeError("poison")
        ran.append(event.pk)

    name = verb(listener)
    bad = events.record(name, actor=None)
    poison.append(bad.pk)
    good = events.record(name, actor=None)
    outbox.drain()
    assert ran == [good.pk]
    pauses = []
    for _ in range(outbox.ATTEMPTS + 2):
        now = Event.objects.get(pk=bad.pk)
        if not now.pending:
            break
        pauses.append((now.due_at - timezone.now()).total_seconds())
        assert now.failure == "RuntimeError"
        later(timedelta(hours=2))
        outbox.drain()
    assert pauses == sorted(pauses) and pauses[-1] > pauses[0]
    assert len(pauses) == outbox.ATTEMPTS - 1
    assert outbox.dead() == 1
    assert "poison" not in str(Event.objects.filter(pk=bad.pk).values())


def test_a_failure_takes_back_what_its_listener_had_written(verb: Any) -> None:
    def listener(event: Event) -> None:
        Beat.objects.create(name="half done", at=timezone.now())
        raise RuntimeError("after writing")

    events.record(verb(listener), actor=None)
    outbox.drain()
    assert not Beat.objects.filter(name="half done").exists()


def test_running_again_tells_nobody_twice() -> None:
    alice, bob = make.person("Alice Archer"), make.person("Bob Baker")
    make.post(alice, "Hello @bob.baker")
    make.settle()
    told = list(Notice.objects.filter(recipient=bob).values_list("pk", "count"))
    assert len(told) == 1
    # The worker died after the listeners and before it could say so.
    Event.objects.filter(verb="feed.post.published").update(pending=True, due_at=None)
    make.settle()
    assert list(Notice.objects.filter(recipient=bob).values_list("pk", "count")) == told


def test_one_broken_drain_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    def broken() -> int:
        raise OSError("disk")

    def works() -> int:
        done.append("yes")
        return 0

    monkeypatch.setattr(worker, "_drains", {"broken": broken, "works": works})
    assert worker.work(once=True) == 0
    assert done == ["yes"]


def test_a_job_by_the_clock_runs_once_an_interval_whoever_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[int] = []
    monkeypatch.setattr(worker, "_jobs", {"tidy": (timedelta(hours=1), lambda: ran.append(1))})
    worker.clock()
    worker.clock()
    assert len(ran) == 1
    Beat.objects.filter(name="tidy").update(at=timezone.now() - timedelta(minutes=59))
    worker.clock()
    assert len(ran) == 1
    Beat.objects.filter(name="tidy").update(at=timezone.now() - timedelta(minutes=61))
    worker.clock()
    worker.clock()
    assert len(ran) == 2


def test_of_two_workers_that_see_a_job_due_one_runs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []
    old = timezone.now() - timedelta(hours=3)
    Beat.objects.create(name="tidy", at=old)

    def first() -> None:
        ran.append("first")
        # The other worker had read the same old moment, and comes to write it now.
        assert not Beat.objects.filter(name="tidy", at=old).update(at=timezone.now())

    monkeypatch.setattr(worker, "_jobs", {"tidy": (timedelta(hours=1), first)})
    worker.clock()
    assert ran == ["first"]


def test_a_job_that_fails_does_not_stop_the_next_and_waits_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []

    def broken() -> None:
        ran.append("broken")
        raise RuntimeError("no")

    jobs = {"broken": (timedelta(hours=1), broken), "works": (timedelta(hours=1), lambda: ran.append("works"))}
    monkeypatch.setattr(worker, "_jobs", jobs)
    worker.clock()
    worker.clock()
    assert ran == ["broken", "works"]
