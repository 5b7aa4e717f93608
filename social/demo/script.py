"""Reads the story: plain text files, one a place, that people can write and translate by hand.

    ## amira 24m question =scanner        a thread: who, when, kind, and a label for `telling` to find it by
                                          (`by:els`: els writes it in amira's name)
    What she says, in Markdown.           until a line begins with one of the signs of this list
    ~ 👀 6 ❤️ 2                            how many react with what
    ? 7 Brussels                          an answer of a poll, and how many choose it
    & https://port.org/ Title — what      the preview of a link in the text; `& photo:hall.jpg https://…` with that picture
    ! help luc greet                      the badge of praise, and for whom it is
    ^ +6d 15:00 90m | Round table | Canteen   an event: when, how long, what, where (`+9d 2d`: two whole days from then)
    % going 9 maybe 2                     how many answer it with what
    + photo:hall.jpg In low light         a picture or a file, and the words that stand for a picture
    > jonas 12m best                      an answer; `>>` answers the last `>`, `>>>` the last `>>`

When: `24m` and `3h` are minutes and hours before now; `2d 14:20` is a time of day, two working days ago; in answers
`+15m`, `+2h` and `+1d` count from what was said before in the thread. In a text, `@jonas` is the handle of that key,
`{page:handhelds}` the address of a page, `{opening}` the day the depot opens and `{day+9 en}` a day to come.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

FOLDER = Path(__file__).parent / "story"

_HEAD = re.compile(r"^(?P<level>##|>{1,3}) (?P<who>[a-z]+) (?P<rest>\S.*)$")
_AGO = re.compile(r"^(\d+)([mh])$")
_LATER = re.compile(r"^\+(\d+)([mhd])$")
_KINDS = ("status", "question", "announcement", "poll", "praise", "event")


@dataclass
class Said:
    """One post or answer, with what hangs on it."""

    place: str
    who: str
    at: datetime
    #: 0 for a thread, 1 to 3 for an answer.
    level: int
    kind: str = "status"
    best: bool = False
    pinned: bool = False
    label: str = ""
    #: The key of who writes it in the other's name; empty where nobody does.
    writer: str = ""
    lines: list[str] = field(default_factory=list)
    reactions: list[tuple[str, int]] = field(default_factory=list)
    #: Answers of a poll, and how many choose each.
    options: list[tuple[str, int]] = field(default_factory=list)
    #: Previews of its links: (address, title, description, picture)
    links: list[tuple[str, str, str, str]] = field(default_factory=list)
    #: The badge of praise, and keys of those whom it is for.
    badge: str = ""
    praised: list[str] = field(default_factory=list)
    #: What an event is, as `feed.actions.calendar.planned` takes it, and how many answer it with what.
    event: dict[str, Any] = field(default_factory=dict)
    answers: list[tuple[str, int]] = field(default_factory=list)
    #: (kind, name, words that stand for it)
    files: list[tuple[str, str, str]] = field(default_factory=list)
    #: What it answers; None for a thread.
    to: Said | None = None

    @property
    def body(self) -> str:
        """What is said."""
        return "\n".join(self.lines).strip()


def read(now: datetime) -> list[Said]:
    """The whole story in the order it happens, told from `now` backwards.

    Raises:
        ValueError: a line cannot be read; it says which.
    """
    said = [one for path in sorted(FOLDER.glob("*.txt")) for one in _file(path, now)]
    return sorted(said, key=lambda one: one.at)


def working_day(now: datetime, days: int) -> datetime:
    """The start of the day that lies so many working days before now (or, when negative, after)."""
    day = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    step = timedelta(days=-1 if days > 0 else 1)
    for _count in range(abs(days)):
        day += step
        while day.weekday() > 4:
            day += step
    return day


def _file(path: Path, now: datetime) -> Iterator[Said]:
    above: list[Said] = []
    last: Said | None = None
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            if found := _HEAD.match(line):
                last = _head(path.stem, found, above, last, now)
                above = [*above[: last.level], last]
                yield last
            elif last is None:
                if line.strip():
                    raise ValueError("nobody says this")
            elif line.startswith("~ "):
                words = line[2:].split()
                last.reactions = [(words[at], int(words[at + 1])) for at in range(0, len(words), 2)]
            elif line.startswith("? "):
                votes, _space, answer = line[2:].partition(" ")
                last.options.append((answer, int(votes)))
            elif line.startswith("& "):
                address, _space, rest = line[2:].partition(" ")
                shows = ""
                if address.startswith("photo:"):
                    shows = address.removeprefix("photo:")
                    address, _space, rest = rest.partition(" ")
                title, _dash, about = rest.partition(" — ")
                last.links.append((address, title, about, shows))
            elif line.startswith("! "):
                last.badge, *last.praised = line[2:].split()
            elif line.startswith("^ "):
                last.event = _event(line[2:], now)
            elif line.startswith("% "):
                words = line[2:].split()
                last.answers = [(words[at], int(words[at + 1])) for at in range(0, len(words), 2)]
            elif line.startswith("+ "):
                what, _space, alt = line[2:].partition(" ")
                kind, _colon, name = what.partition(":")
                last.files.append((kind, name, alt))
            else:
                last.lines.append(line)
        except (ValueError, IndexError) as error:
            raise ValueError(f"{path.name}, line {number}: {error}: {line}") from error


def _event(line: str, now: datetime) -> dict[str, Any]:
    """An event of its line: so many working days ahead, at an hour for some minutes, or for whole days."""
    times, title, place = (piece.strip() for piece in line.split("|"))
    day, *rest = times.split()
    start = working_day(now, -int(day.strip("+d")))
    if len(rest) == 1:
        return {
            "title": title,
            "starts_at": start,
            "ends_at": start + timedelta(days=int(rest[0].strip("d")) - 1),
            "all_day": True,
            "place": place,
        }
    hour, _colon, minute = rest[0].partition(":")
    start = start.replace(hour=int(hour), minute=int(minute))
    return {
        "title": title,
        "starts_at": start,
        "ends_at": start + timedelta(minutes=int(rest[1].strip("m"))),
        "place": place,
    }


def _head(place: str, found: re.Match[str], above: list[Said], last: Said | None, now: datetime) -> Said:
    level = 0 if found["level"] == "##" else len(found["level"])
    words = found["rest"].split()
    before = last.at if level and last else now
    at = _when(words, before, now)
    if level:
        # Nothing is answered before it was said, or after now.
        at = max(before + timedelta(seconds=20), min(at, now - timedelta(seconds=40)))
    one = Said(place=place, who=found["who"], at=at, level=level, to=above[level - 1] if level else None)
    for word in words:
        if word in _KINDS:
            one.kind = word
        elif word == "best":
            one.best = True
        elif word == "pinned":
            one.pinned = True
        elif word.startswith("by:"):
            one.writer = word[3:]
        elif word.startswith("="):
            one.label = word[1:]
        else:
            raise ValueError(f"what is “{word}”?")
    return one


def _when(words: list[str], before: datetime, now: datetime) -> datetime:
    """Take the time off the front of a head's words."""
    word = words.pop(0)
    steps = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
    if found := _AGO.match(word):
        return now - int(found[1]) * steps[found[2]]
    if found := _LATER.match(word):
        return before + int(found[1]) * steps[found[2]]
    if not re.fullmatch(r"\d+d", word):
        raise ValueError("when?")
    hour, _colon, minute = words.pop(0).partition(":")
    return datetime.combine(
        working_day(now, int(word[:-1])).date(), time(int(hour), int(minute)), timezone.get_default_timezone()
    )
