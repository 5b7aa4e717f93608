"""What follows in this room from what happens to rows elsewhere."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

from django.core.signals import request_finished
from django.db.models.signals import post_delete
from django.dispatch import receiver

from core import worker
from core.content import Content
from files import actions, scanner
from files.actions import library, making, parts, reading, scans
from files.models import File


@receiver(post_delete, dispatch_uid="files.thing_deleted")
def thing_deleted(sender: type, instance: Any, **kwargs: Any) -> None:
    """A deleted thing takes its files along, however it was deleted; a deleted file frees its bytes."""
    if sender is File:
        actions.bytes_of_gone(instance)
    elif isinstance(sender, type) and issubclass(sender, Content) and instance.pk is not None:
        actions.remove(of=instance)
        library.clear(place=instance)


@receiver(request_finished, dispatch_uid="files.settle")
def settle(**kwargs: Any) -> None:
    """After a request whose transaction was undone, the bytes it wrote go."""
    actions.settle()


def sweep() -> None:
    """By the clock: uploads that nobody attached or finished, and bytes that no row knows."""
    actions.sweep()
    parts.sweep()


worker.every(timedelta(hours=1), "uploads that nobody attached", sweep)


def rescan() -> None:
    """By the clock: what was scanned with older signatures is scanned again."""
    with suppress(scanner.Unreachable):
        scans.rescan()


worker.every(timedelta(hours=1), "files scanned with older signatures", rescan)
worker.drains("files in parts", parts.drain)
worker.drains("pictures and films", making.drain)
worker.drains("virus scan", scans.drain)
worker.drains("documents", reading.drain)
