"""Lets something happen at another time than now.

Everything that the actions write takes its time from Django's clock (`django.utils.timezone.now`), be it asked by name
or as the default of a column. While a story is told, that clock shows the story's time; so every row that an act
writes, in whichever room, agrees with every other, and no list of columns has to be moved back afterwards.

For a command that has the process to itself: the clock is one for all threads.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, tzinfo
from typing import Any

from django.utils import timezone


class Clock:
    """A hand that the story moves."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def set(self, moment: datetime) -> None:
        """It is `moment` now; never earlier than it was."""
        self.moment = max(moment, self.moment)

    def tick(self) -> datetime:
        """The moment; each time it is asked, a thousandth of a second goes by, so that what follows comes after."""
        self.moment += timedelta(milliseconds=1)
        return self.moment


@contextmanager
def told(start: datetime) -> Iterator[Clock]:
    """Within it, Django's clock begins at `start` and moves with the `Clock` that is given."""
    clock = Clock(start)

    class Instances(type):
        def __instancecheck__(cls, value: Any) -> bool:
            return isinstance(value, datetime)

    class Story(datetime, metaclass=Instances):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override] # plain moments, as those who compare want
            moment = clock.tick()
            return moment.astimezone(tz) if tz else moment.replace(tzinfo=None)

    # `now` looks the name up in its module each time it is called, so this reaches those who hold the function too.
    timezone.datetime = Story  # type: ignore[attr-defined]
    try:
        yield clock
    finally:
        timezone.datetime = datetime  # type: ignore[attr-defined]
