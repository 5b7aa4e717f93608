"""What others hand over to this room when the process starts.

Kinds of things whose files more people may see than their audience says.

A face is seen by whoever may see the person: every colleague, and the guests who share a group with them. The rooms
above say so in `AppConfig.ready()`; this room never learns what a person or a group is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet


@dataclass(frozen=True)
class Rule:
    """A rule of one kind, both ways round."""

    # user → a predicate over File (its `on_pk` is the key of the thing).
    visible: Callable[[Any], Q]
    # file → the people who may see it because of `visible`.
    readers: Callable[[Any], QuerySet]


#: Who still holds loose uploads, by ids: `sweep` leaves those.
_needed: list[Callable[[], Iterable[str]]] = []
_extra: dict[str, Rule] = {}
_bound: dict[str, Rule] = {}
_changed: dict[str, Callable[[Any, Any], bool]] = {}


def needs(function: Callable[[], Iterable[str]]) -> None:
    """Keep the loose uploads whose ids `function` gives, however old: what waits in a draft is not abandoned."""
    _needed.append(function)


def needed() -> set[str]:
    """The ids of all loose uploads that someone still holds."""
    return {public_id for function in _needed for public_id in function()}


def extra_readers(kind: str, visible: Callable[[Any], Q], readers: Callable[[Any], QuerySet]) -> None:
    """Let more people see the files that hang on things of `kind`.

    Args:
        kind: as `files.models.kind_of` names it: "people.person".
        visible: from a person to a predicate over `File`, for example
            `lambda user: Q(on_pk__in=User.objects.visible_to(user).values("pk"))`. It is asked only for files of
            `kind` that are attached; it must not look at the state itself.
        readers: the same read backwards, from a file to people.
    """
    _extra[kind] = Rule(visible, readers)


def bound_to(kind: str, visible: Callable[[Any], Any], readers: Callable[[Any], QuerySet]) -> None:
    """Let nobody see the files that hang on things of `kind` who does not see the thing itself.

    The state of a file follows its thing by itself only where somebody says so; a thing may also be hidden by what
    it stands in (an answer in a hidden thread). With this, its files are hidden in the same moment.

    Args:
        kind: as `files.models.kind_of` names it: "feed.post".
        visible: from a person to a condition over `File`; correlated, so that it costs one look-up by key:
            `lambda user: Exists(Post.objects.visible_to(user).filter(pk=OuterRef("on_pk")))`.
        readers: the same read backwards, from a file to people.
    """
    _bound[kind] = Rule(visible, readers)


def changed_by(kind: str, allowed: Callable[[Any, Any], bool]) -> None:
    """Let a file that hangs on a thing of `kind` be changed (a new version, captions) only where the thing may be.

    Args:
        kind: as `files.models.kind_of` names it: "feed.post".
        allowed: from a person and a file of theirs to whether they may write there now: a place that is archived, or
            an edit window that has closed, closes its files too.
    """
    _changed[kind] = allowed


def may_change(person: Any, file: Any) -> bool:
    """Whether what a file hangs on lets `person` change the file now; what hangs on nothing yet is its owner's."""
    allowed = _changed.get(file.on_kind)
    return allowed is None or allowed(person, file)


def bounds() -> dict[str, Rule]:
    """What was bound, by kind."""
    return _bound


def extras() -> dict[str, Rule]:
    """What was registered, by kind."""
    return _extra


_scanned: dict[type, Callable[[Any], tuple[str, Any, Any]]] = {}


def also_scanned(model: type, read: Callable[[Any], tuple[str, Any, Any]]) -> None:
    """Have what a room keeps outside of this one scanned again when the signatures change.

    Args:
        model: a `files.models.Scanned`.
        read: from a row to its name, to who sent it (or None), and to its bytes, open for reading.
    """
    _scanned[model] = read


def scanned_elsewhere() -> dict[Any, Callable[[Any], tuple[str, Any, Any]]]:
    """What was handed over, by model."""
    return _scanned


#: What moderation does to one file, by name: `files.actions` fills it in, the model calls it (models know no actions).
care: dict[str, Callable[..., None]] = {}
