"""The worker: consequences of events, queued tasks, the search index, and what happens by the clock."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable
from datetime import timedelta

from django.db import DatabaseError, OperationalError, close_old_connections
from django.utils import timezone
from django_tasks import DEFAULT_TASK_BACKEND_ALIAS
from django_tasks_db.management.commands.db_worker import Worker as TaskWorker
from django_tasks_db.models import DBTaskResult
from django_tasks_db.utils import exclusive_transaction

from core import outbox
from core.models import Beat

logger = logging.getLogger(__name__)

#: Seconds of rest when nothing was to do.
REST = 0.3
#: Seconds after which a round that has not ended counts as hanging (a large import is indexed in one).
STUCK = 1800

_drains: dict[str, Callable[[], int]] = {}
_jobs: dict[str, tuple[timedelta, Callable[[], object]]] = {}


def drains(name: str, function: Callable[[], int]) -> None:
    """Register something the worker empties in every round; the function returns how much it did."""
    _drains[name] = function


def every(interval: timedelta, name: str, function: Callable[[], object]) -> None:
    """Register a job by the clock; it runs at most once an interval, across restarts and workers."""
    _jobs[name] = (interval, function)


def _tasks(limit: int = 50) -> int:
    """Run up to `limit` queued tasks that are due, with the library's own worker for each."""
    runner = TaskWorker(
        queue_names=["*"],
        interval=0,
        batch=True,
        backend_name=DEFAULT_TASK_BACKEND_ALIAS,
        startup_delay=False,
        max_tasks=None,
        worker_id="kring",
        excluded_queue_names=[],
    )
    done = 0
    while done < limit:
        due = DBTaskResult.objects.ready().filter(backend_name=DEFAULT_TASK_BACKEND_ALIAS)
        if not due.exists():
            break
        with exclusive_transaction(due.db):
            task = due.get_locked()
            if task is not None:
                task.claim(runner.worker_id)
        if task is None:
            break
        runner.run_task(task)
        done += 1
    return done


def _abandoned() -> None:
    """Give tasks whose worker died in the middle back to the queue, and drop finished ones after a week."""
    now = timezone.now()
    DBTaskResult.objects.running().filter(started_at__lt=now - timedelta(minutes=15)).update(status="READY")
    DBTaskResult.objects.finished().filter(finished_at__lt=now - timedelta(days=7)).delete()


drains("outbox", outbox.drain)
drains("tasks", _tasks)
every(timedelta(minutes=5), "abandoned tasks", _abandoned)


def work(*, once: bool = False) -> int:
    """One round of everything; with `once`, rounds until nothing is left. Returns how much was done."""
    total = 0
    while True:
        done = 0
        for name, function in _drains.items():
            try:
                done += function()
            except OperationalError:
                logger.warning("the database is busy; %s waits for the next round", name)
            except Exception:
                logger.exception("%s failed", name)
        total += done
        if not once or not done:
            return total


def clock() -> None:
    """Run the jobs that are due. The row of a job is the lock: one worker moves it ahead and runs it."""
    now = timezone.now()
    last = dict(Beat.objects.values_list("name", "at"))
    for name, (interval, function) in _jobs.items():
        at = last.get(name)
        if at is None:
            _row, mine = Beat.objects.get_or_create(name=name, defaults={"at": now})
        elif now - at < interval:
            continue
        else:
            mine = bool(Beat.objects.filter(name=name, at=at).update(at=now))
        if mine:
            try:
                function()
            except Exception:
                logger.exception("job %s failed", name)


def alive() -> float | None:
    """Seconds since a worker last gave a sign, or None if it never did."""
    at = Beat.objects.filter(name="worker").values_list("at", flat=True).first()
    return (timezone.now() - at).total_seconds() if at else None


class Loop:
    """Runs until told to stop."""

    def __init__(self) -> None:
        self.running = True
        self.moved = time.monotonic()

    def stop(self, *_: object) -> None:
        """Finish the round and end."""
        self.running = False

    def run(self) -> None:
        """Work, watch the clock, rest."""
        signal.signal(signal.SIGTERM, self.stop)
        signal.signal(signal.SIGINT, self.stop)
        threading.Thread(target=self.show, daemon=True, name="sign of life").start()
        watched = 0.0
        while self.running:
            close_old_connections()
            self.moved = time.monotonic()
            try:
                if self.moved - watched > 5:
                    watched = self.moved
                    clock()
                done = work()
            except Exception:
                logger.exception("a round of the worker failed")
                done = 0
            if not done and self.running:
                time.sleep(REST)

    def show(self) -> None:
        """Give a sign of life every five seconds, also during a long round; none once a round hangs."""
        while self.running:
            if time.monotonic() - self.moved < STUCK:
                try:
                    Beat.objects.update_or_create(name="worker", defaults={"at": timezone.now()})
                except DatabaseError:
                    logger.warning("the database is busy; the next sign of life follows")
                close_old_connections()
            time.sleep(5)
