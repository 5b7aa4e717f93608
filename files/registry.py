"""What others hand over to this room when the process starts.

Kinds of things whose files more people may see than their audience says.

A face is seen by whoever may see the person: every colleague, and the guests who share a group with them. The rooms
above say so in `AppConfig.ready()`; this room never learns what a person or a group is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet


@dataclass(frozen=True)
class Extra:
    """The rule of one kind, both ways round."""

    # user → a predicate over File (its `on_pk` is the key of the thing).
    visible: Callable[[Any], Q]
    # file → the people who may see it because of `visible`.
    readers: Callable[[Any], QuerySet]


_extra: dict[str, Extra] = {}


def extra_readers(kind: str, visible: Callable[[Any], Q], readers: Callable[[Any], QuerySet]) -> None:
    """Let more people see the files that hang on things of `kind`.

    Args:
        kind: as `files.models.kind_of` names it: "people.person".
        visible: from a person to a predicate over `File`, for example
            `lambda user: Q(on_pk__in=User.objects.visible_to(user).values("pk"))`. It is asked only for files of
            `kind` that are attached; it must not look at the state itself.
        readers: the same read backwards, from a file to people.
    """
    _extra[kind] = Extra(visible, readers)


def extras() -> dict[str, Extra]:
    """What was registered, by kind."""
    return _extra


#: What moderation does to one file, by name: `files.actions` fills it in, the model calls it (models know no actions).
care: dict[str, Callable[..., None]] = {}
