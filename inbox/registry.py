"""The kinds of notices, and who is told what when something happens: declared by the rooms above.

registry.kind(verb="feed.mentioned", label=_("Someone mentions me"), weight=90, template="feed/notices/_mentioned.html")

@registry.tells("feed.post.published")
def mentioned(event): yield Telling(kind="feed.mentioned", people=[…], target=thread, about=post)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from core.content import Content
from core.events import later
from core.models import Event


@dataclass(frozen=True)
class Words:
    """What a mail says of a row, in the language that is spoken while it is asked."""

    #: One line.
    subject: str
    #: Its template without the ending: "feed/mail/announced" is `.txt` and `.html`.
    template: str
    #: What the template needs.
    context: dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """One kind of notice."""

    #: "feed.mentioned": a past participle.
    verb: str
    #: What it is called in the preferences (lazy translation).
    label: Any
    #: The heaviest reason wins where one happening concerns a person twice.
    weight: int
    #: Draws its line from `notice`.
    template: str
    #: Whether a mute of the thread does not silence it (a mention still arrives).
    through_mute: bool = False
    #: Whether it may be switched off at all.
    optional: bool = True
    #: Part of what someone looks after, or the company's own word: told also of people whom they have silenced.
    duty: bool = False
    #: What else its template needs, from the notice; None for nothing.
    extra: Callable[[Any], dict[str, Any]] | None = None
    #: Puts what its lines need on all notices of it at once (`function(notices)`); None for nothing.
    together: Callable[[list[Any]], None] | None = None
    #: Where it leads, from the notice; None for the page of what it is about.
    link: Callable[[Any], str] | None = None
    #: What its mail says of a row (`function(about)`); it answers None where the mail says only that there is something
    #: new. Without a function it is not told by mail.
    mail: Callable[[Any], Words | None] | None = None
    #: What a message to a device says, and nothing more (lazy translation); empty where none is sent.
    push: Any = ""
    #: Of some people those for whom a row is still news (`function(about, keys)`): asked when mail and messages go out.
    news: Callable[[Any, set[int]], set[int]] = lambda _about, people: people

    @property
    def channels(self) -> tuple[str, ...]:
        """Where it can be told besides the bell."""
        return (*(("mail",) if self.mail else ()), *(("push",) if self.push else ()))


@dataclass(frozen=True)
class Telling:
    """Who is told what: one reason, many people."""

    #: Verb of a registered kind.
    kind: str
    #: Ids or a queryset of people; whoever may not see `about` is left out by the inbox.
    people: Iterable[Any]
    #: The thread or place it belongs to; watches and mutes are asked of it.
    target: Content
    #: The row it is about; None for the target itself.
    about: Content | None = None
    #: Unread notices of the same bundle are one line; by default the kind and the target.
    bundle: str = ""
    #: Told even if the person may not see the row (a decision about their own hidden post).
    private: bool = False
    #: Whether it goes out by mail too: its author may say no.
    mail: bool = True


_kinds: dict[str, Kind] = {}
_closed: Callable[[set[int]], frozenset[int]] | None = None
_here: Callable[[set[int]], set[int]] | None = None
_tellers: dict[str, list[Callable[[Event], Iterable[Telling]]]] = defaultdict(list)


def closed_to(function: Callable[[set[int]], frozenset[int]]) -> None:
    """Register who knows which people want to hear nothing of some others (`function(keys) -> keys of people`)."""
    global _closed
    _closed = function


def not_hearing(actors: set[int]) -> frozenset[int]:
    """Keys of the people who want to hear nothing of any of these."""
    return _closed(actors) if _closed is not None and actors else frozenset()


def here_are(function: Callable[[set[int]], set[int]]) -> None:
    """Register who knows which of some people have the network before their eyes (`function(keys) -> keys`)."""
    global _here
    _here = function


def here(people: set[int]) -> set[int]:
    """Keys of those of some people who have the network before their eyes now."""
    return _here(people) if _here is not None and people else set()


def kind(**fields: Any) -> Kind:
    """Declare a kind of notice.

    Raises:
        ValueError: another kind has this verb.
    """
    made = Kind(**fields)
    if _kinds.setdefault(made.verb, made).template != made.template:
        raise ValueError(f"{made.verb} is declared twice")
    return made


def kinds() -> list[Kind]:
    """All kinds, heaviest first."""
    return sorted(_kinds.values(), key=lambda made: (-made.weight, made.verb))


def get(verb: str) -> Kind | None:
    """The kind of a verb, or None when its room is gone."""
    return _kinds.get(verb)


def tells(*verbs: str) -> Callable:
    """Subscribe `function(event) -> tellings` to events; the worker asks it and delivers."""

    def subscribe(function: Callable[[Event], Iterable[Telling]]) -> Callable:
        from inbox.actions import deliver

        for verb in verbs:
            if function not in _tellers[verb]:
                _tellers[verb].append(function)
            later(verb, piecewise=True)(deliver)
        return function

    return subscribe


def tellings(event: Event) -> Iterator[Telling]:
    """Everything that anyone has to tell about an event."""
    for function in _tellers.get(event.verb, ()):
        yield from function(event)
