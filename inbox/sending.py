"""Mail and messages to devices: who shall get one is written down with the notices, and sent by the worker after that.

    deliver() → `queue` writes a row for each person and channel → `drain` claims some, asks everything again, sends

A row is the key: one happening, one person, one channel. It is claimed before it is sent and closed right after, so
that a worker that dies repeats at most what it had just sent. Nothing is decided when it is written that is not asked
again when it is sent.
"""

from __future__ import annotations

import logging
import smtplib
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, NamedTuple

from django.contrib.auth import get_user_model
from django.core.mail import get_connection
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from core import site
from core.content import Content, find
from core.ids import new_id
from core.models import Event
from core.prepared import Insert, Prepared
from inbox import letters, push, registry
from inbox.models import Delivery, Device, Notice, Preference, Watch

logger = logging.getLogger(__name__)

MAIL, PUSH = Preference.Channel.MAIL, Preference.Channel.PUSH
#: Claimed at a time, and for how long: after that a worker that died is taken to have sent nothing.
BATCH, LEASE = 50, timedelta(minutes=5)
#: Seconds that one round of the worker spends on it, so that nothing else waits.
BUDGET = 4.0
#: Messages that are brought at the same time.
AT_ONCE = 8
#: Who has the network before their eyes sees it there: a mail and a message wait so long for that.
LOOKING: dict[str, timedelta] = {MAIL: timedelta(minutes=10), PUSH: timedelta(minutes=5)}
#: What could not be sent by then is no news any more.
LATE = timedelta(days=2)
#: Tries of one address that is refused for now.
TRIES = 8
#: How long what was delivered is remembered.
REMEMBERED = timedelta(days=7)
#: The longest pause, in seconds, after a mail server that does not answer.
LONGEST = 900.0


def is_on(channel: str) -> bool:
    """Whether anything is told on a channel: the administrators' choice."""
    return site.current().notice_mail if channel == MAIL else push.is_on()


def queue(event: Event, kind: registry.Kind, telling: registry.Telling, people: set[int]) -> int:
    """Write down who shall be told of an event outside the network; again for the same event it changes nothing.

    Called in the transaction that writes the notices.

    Args:
        event: what happened.
        kind, telling: what is told of it.
        people: keys of those who may know it and hear it, up to some hundreds.

    Returns:
        How many rows there are at most.
    """
    if not people or timezone.now() - event.at > LATE:
        return 0
    about = telling.about or telling.target
    written = 0
    for channel in kind.channels:
        if not is_on(channel) or (channel == MAIL and not telling.mail):
            continue
        wanted = people - unwanted(kind.verb, channel, people)
        if channel == PUSH and wanted:
            wanted &= {person for (person,) in _EQUIPPED.rows(people=list(wanted))}
        row = Delivery(event_id=event.pk, channel=channel, verb=kind.verb, object_kind=about.kind, object_pk=about.pk)
        _DELIVERY.each(row, [{"person_id": person, "public_id": new_id()} for person in sorted(wanted)])
        written += len(wanted)
    return written


#: Of the same event, person and channel a second one is none.
_DELIVERY = Insert(Delivery, replacing=["verb"], unique=["event", "person", "channel"])


def unwanted(verb: str, channel: str, people: set[int]) -> set[int]:
    """Those of some people who have switched a kind of notice off on a channel."""
    rows = _UNWANTED.rows(verb=verb, channel=str(channel), people=list(people))
    return {person for (person,) in rows}


_UNWANTED = Prepared(
    lambda verb, channel, people: Preference.objects.filter(
        verb=verb, channel=channel, wanted=False, person__in=people
    ).values_list("person_id")
)
_EQUIPPED = Prepared(lambda people: Device.objects.filter(person__in=people).values_list("person_id").distinct())


def drain() -> int:
    """Send what is due, for some seconds; the worker calls it in every round.

    Returns:
        How many deliveries were looked at.
    """
    until = time.monotonic() + BUDGET
    done = 0
    while time.monotonic() < until:
        rows = _claim()
        if not rows:
            _postman.hang_up()
            break
        done += len(rows)
        _send_messages([row for row in rows if row.channel == PUSH])
        _send_mails([row for row in rows if row.channel == MAIL], until=until)
    return done


def undelivered(about: Content) -> QuerySet:
    """Keys of the people who could be told of a row in no way that they chose."""
    failed = Delivery.objects.filter(object_kind=about.kind, object_pk=about.pk, state=Delivery.State.FAILED)
    return failed.values("person")


def forget() -> None:
    """Forget what was delivered some days ago, and devices whose signing-in is over; the worker calls it at times."""
    now = timezone.now()
    done = Delivery.objects.filter(state=Delivery.State.DONE, event__at__lt=now - REMEMBERED, event__pending=False)
    while keys := list(done.values_list("pk", flat=True)[:1000]):
        Delivery.objects.filter(pk__in=keys).delete()
    Device.objects.filter(until__lt=now).delete()


def waiting() -> tuple[int, int]:
    """How many deliveries wait to be sent, and how many were refused for good of late."""
    rows = Delivery.objects.filter(state=Delivery.State.WAITING).count()
    late = timezone.now() - REMEMBERED
    return rows, Delivery.objects.filter(state=Delivery.State.FAILED, event__at__gte=late).count()


# ---- Claims


def _claim() -> list[Delivery]:
    """Some deliveries that are due and that nobody else sends."""
    now = timezone.now()
    if not _DUE.rows(now=now):
        return []
    due = Delivery.objects.filter(state=Delivery.State.WAITING, due_at__lte=now)
    if _postman.rests:
        due = due.exclude(channel=MAIL)
    if _makers.rests:
        due = due.exclude(channel=PUSH)
    with transaction.atomic():
        free = due.select_related("event").select_for_update(skip_locked=True, of=("self",))
        rows = list(free.order_by("due_at", "pk")[:BATCH])
        Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(due_at=now + LEASE, attempts=F("attempts") + 1)
    return rows


_DUE = Prepared(
    lambda now: Delivery.objects.filter(state=Delivery.State.WAITING, due_at__lte=now).values_list("pk")[:1]
)


def _give_back(rows: Iterable[Delivery]) -> None:
    """Claimed and not tried."""
    keys = [row.pk for row in rows]
    Delivery.objects.filter(pk__in=keys).update(due_at=timezone.now(), attempts=F("attempts") - 1)


def _later(row: Delivery, pause: timedelta) -> None:
    Delivery.objects.filter(pk=row.pk).update(due_at=timezone.now() + pause)


def _again(row: Delivery) -> None:
    """Tried in vain, for now."""
    if row.attempts + 1 >= TRIES:
        _close(row, Delivery.State.FAILED)
    else:
        _later(row, timedelta(seconds=min(3600, 30 * 2**row.attempts)))


def _close(row: Delivery, state: str) -> None:
    """It is over: delivered (or not needed), or refused for good. Whom one channel reached the other did not miss."""
    others = Delivery.objects.filter(event=row.event_id, person=row.person_id).exclude(pk=row.pk)
    if state == Delivery.State.DONE:
        others.filter(state=Delivery.State.FAILED).update(state=Delivery.State.DONE)
    elif others.filter(state=Delivery.State.DONE).exists():
        state = Delivery.State.DONE
    Delivery.objects.filter(pk=row.pk).update(state=state)


class _Asked(NamedTuple):
    person: Any
    kind: registry.Kind
    about: Content


def _asked(row: Delivery) -> _Asked | None:
    """What is sent to whom; None when there is nothing to be sent any more, or not yet: then the row says so.

    Security door: asked for one person at the moment of sending. Who left the place, who was deactivated, what was
    deleted, hidden, moved or is over, what they have seen meanwhile, what they or the administrators have switched off.
    """
    kind, person = registry.get(row.verb), _PERSON.instance(key=row.person_id)
    about = find(row.object_kind, row.object_pk)
    key = {row.person_id}
    wanted = (
        kind is not None
        and person is not None
        and about is not None
        and row.channel in kind.channels
        and is_on(row.channel)
        and about.readers_among(key) == key
        and not unwanted(kind.verb, row.channel, key)
        and not _READ.rows(person=row.person_id, event=row.event_id)
        and (kind.through_mute or not _MUTED.rows(kind=about.kind, key=about.pk, person=row.person_id))
        and (kind.duty or not registry.not_hearing({getattr(about, "author_id", None) or 0}) & key)
        and kind.news(about, key) == key
    )
    if not wanted:
        _close(row, Delivery.State.DONE)
        return None
    age = timezone.now() - row.event.at
    if age > LATE:
        _close(row, Delivery.State.FAILED)
        return None
    if registry.here(key):
        if age < LOOKING[row.channel]:
            # No try: the row is asked again when they have had the time to see it.
            Delivery.objects.filter(pk=row.pk).update(
                due_at=row.event.at + LOOKING[row.channel], attempts=F("attempts") - 1
            )
            return None
        if row.channel == PUSH:
            _close(row, Delivery.State.DONE)
            return None
    assert kind is not None and about is not None  # noqa: S101 - asked above
    return _Asked(person, kind, about)


_PERSON = Prepared(lambda key: get_user_model()._default_manager.filter(pk=key, is_active=True))
_READ = Prepared(
    lambda person, event: Notice.objects.filter(recipient=person, event=event, unread=False).values_list("pk")[:1]
)
_MUTED = Prepared(
    lambda kind, key, person: Watch.objects.filter(
        kind=kind, object_pk=key, level=Watch.Level.MUTE, person=person
    ).values_list("pk")[:1]
)


# ---- Mail


class _Down(Exception):
    """The mail server takes nothing from us now, whoever it is for."""


class _Patience:
    """Rests ever longer while nobody answers."""

    def __init__(self) -> None:
        self.failures = 0
        self.rests_until = 0.0

    @property
    def rests(self) -> bool:
        """Whether it is too early to try again."""
        return time.monotonic() < self.rests_until

    def answered(self, yes: bool) -> None:
        """Whether anybody did."""
        self.failures = 0 if yes else self.failures + 1
        if not yes:
            self.rests_until = time.monotonic() + min(LONGEST, 15 * 2**self.failures)


class _Postman(_Patience):
    """One line to the mail server, kept while there is something to send."""

    def __init__(self) -> None:
        super().__init__()
        self.line: Any = None

    def send(self, mail: Any) -> None:
        """Hand a letter over.

        Raises:
            _Down: nobody takes letters now.
            smtplib.SMTPException, ValueError: this one is not taken.
        """
        try:
            fresh = self.line is None
            self._dial()
            try:
                self.line.send_messages([mail])
            except smtplib.SMTPServerDisconnected:
                # Many servers end a line after so many letters.
                self.hang_up()
                if fresh:
                    raise
                self._dial()
                self.line.send_messages([mail])
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError, smtplib.SMTPNotSupportedError):
            self.answered(True)
            raise
        except OSError as error:
            self.hang_up()
            self.answered(False)
            raise _Down from error
        self.answered(True)

    def _dial(self) -> None:
        if self.line is None:
            self.line = get_connection()
            self.line.open()

    def hang_up(self) -> None:
        """There is nothing more to send."""
        line, self.line = self.line, None
        if line is not None:
            try:
                line.close()
            except OSError:
                logger.info("the line to the mail server was gone before it was closed")


_postman = _Postman()
#: The same of the servers that take messages for devices: a server that may not go out waits for none of them.
_makers = _Patience()


def _send_mails(rows: list[Delivery], *, until: float) -> None:
    for index, row in enumerate(rows):
        if time.monotonic() > until:
            _give_back(rows[index:])
            return
        try:
            _send_mail(row)
        except _Down:
            logger.warning("the mail server does not answer; %s letters wait", len(rows) - index)
            _give_back(rows[index:])
            return
        except Exception:
            # Something of ours: the others are sent all the same.
            logger.exception("a letter of delivery %s could not be written", row.pk)
            _again(row)


def _send_mail(row: Delivery) -> None:
    asked = _asked(row)
    if asked is None:
        return
    person, kind, about = asked
    try:
        _postman.send(letters.write(delivery=row, person=person, kind=kind, about=about))
    except smtplib.SMTPRecipientsRefused as error:
        code = next(iter(error.recipients.values()), (550, b""))[0]
        _refused(row, for_good=500 <= code < 600)
    except smtplib.SMTPDataError as error:
        _refused(row, for_good=500 <= error.smtp_code < 600)
    except (smtplib.SMTPNotSupportedError, ValueError):
        # An address that no server can be told of.
        _refused(row, for_good=True)
    else:
        _close(row, Delivery.State.DONE)


def _refused(row: Delivery, *, for_good: bool) -> None:
    if for_good:
        _close(row, Delivery.State.FAILED)
    else:
        _again(row)


# ---- Messages to devices


def _send_messages(rows: list[Delivery]) -> None:
    """Bring messages to devices, some at the same time; the threads know addresses and no database."""
    parcels: list[tuple[Delivery, Device, tuple[bytes, dict[str, str]]]] = []
    for row in rows:
        try:
            asked = _asked(row)
            if asked is None:
                continue
            person, kind, about = asked
            devices = push.reachable(person)
            said = push.message(person=person, kind=kind, about=about)
            parcels += [(row, device, push.parcel(device, said)) for device in devices]
            if not devices:
                _close(row, Delivery.State.FAILED)
        except Exception:
            logger.exception("a message of delivery %s could not be written", row.pk)
            _again(row)
    if not parcels:
        return
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="push") as pool:
        answers = list(pool.map(lambda one: push.bring(one[1].endpoint, *one[2]), parcels))
    _makers.answered(any(status is not None for status in answers))
    came: dict[int, list[bool | None]] = {}
    tried: dict[int, Delivery] = {}
    for (row, device, _parcel), status in zip(parcels, answers, strict=True):
        tried[row.pk] = row
        came.setdefault(row.pk, []).append(push.reached(device, status))
    for pk, results in came.items():
        if True in results:
            _close(tried[pk], Delivery.State.DONE)
        elif None in results:
            _again(tried[pk])
        else:
            _close(tried[pk], Delivery.State.FAILED)
