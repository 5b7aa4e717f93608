"""What follows from a word said to many: the answer to who says it, and the worker that tells ten thousand of it."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

from tools.bench import ground
from tools.bench.figures import Figures
from tools.bench.pages import Browser, counted

MEMBERS = 10_000
#: Announcements that are posted, and how many of them are told to everyone.
POSTED, TOLD = 20, 3
#: Answers, reactions and posts whose consequences are measured.
EVENTS = 100


def measure(members: int = MEMBERS) -> list[Figures]:
    """One group of so many, in the empty tables of this process's database."""
    from core.models import Event
    from groups.models import Group
    from inbox.models import Notice
    from people.models import User

    ground.crowd(members)
    place = Group.objects.get()
    owner = User.objects.get(memberships__group=place, memberships__role="owner")
    browser = Browser(owner)
    in_words = f"{members:,} members"

    def post(number: int) -> None:
        data = {"body": f"Announced, number {number}.", "kind": "announcement", "group": place.public_id}
        answer = browser.post("/posts/", data, HX_Request="true")
        if answer.status != 200:
            raise RuntimeError(f"announcing: {answer.status}: {answer.body[:300]!r}")

    post(0)
    cpu, wall = [], []
    for number in range(POSTED):
        used, began = time.process_time(), time.perf_counter()
        post(number + 1)
        cpu.append((time.process_time() - used) * 1000)
        wall.append((time.perf_counter() - began) * 1000)
    values = {
        "cpu": statistics.median(cpu),
        "p50": statistics.median(wall),
        "p95": sorted(wall)[int(len(wall) * 0.95)],
    }
    found = [Figures(f"announce to a group of {in_words}", "", values, {"p50": 40})]

    waiting = list(Event.objects.filter(pending=True).order_by("pk").values_list("pk", flat=True))
    Event.objects.filter(pk__in=waiting[TOLD:]).update(pending=False)
    _clock, used, began = _drained()
    told = Notice.objects.count()
    if told != TOLD * (members - 1):
        raise RuntimeError(f"{told} notices of {TOLD} announcements to {members} people")
    values = {"rate": told / used, "notices/s by the clock": told / began, "notices": told}
    found.append(Figures(f"the worker tells a group of {in_words} (of CPU)", "", values, {"rate": 5000}))
    found += _each(owner, place)
    return found


def _each(owner: Any, place: Any) -> list[Figures]:
    """What the worker does for one event that concerns one person, or nobody."""
    from feed import actions as feed
    from people.models import User

    others = list(User.objects.exclude(pk=owner.pk).order_by("pk")[: EVENTS + 1])
    said = feed.publish(author=owner, body="What do you say?", group=place)
    _drained()

    def answer(person: Any) -> None:
        feed.reply(author=person, to=said, body="This.")

    def react(person: Any) -> None:
        feed.react(post=said, person=person, emoji="👍")

    def post(person: Any) -> None:
        feed.publish(author=person, body="Nobody follows this group.", group=place)

    kinds: list[tuple[str, Callable[[Any], None]]] = [("an answer", answer), ("a reaction", react), ("a post", post)]
    found = []
    for name, act in kinds:
        act(others[0])
        queries, rows, _done = counted(lambda: _drained())
        for person in others[1:]:
            act(person)
        done, used, _began = _drained()
        values = {"cpu": used * 1000 / done, "queries": queries, "rows": rows}
        found.append(Figures(f"the worker, of {name}", "", values, {"cpu": 4, "queries": 14}))
    return found


def _drained() -> tuple[int, float, float]:
    """How many events the worker's outbox ran, and what that took of CPU and of time, in seconds."""
    from core import outbox

    used, began, done = time.process_time(), time.perf_counter(), 0
    while now := outbox.drain():
        done += now
    return done, time.process_time() - used, time.perf_counter() - began
