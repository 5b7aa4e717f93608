"""The index follows the row: whoever saves or deletes content leaves a note for the indexer in the same transaction."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_delete, post_save
from haystack.signals import BaseSignalProcessor

from core.content import kinds

#: Changes of these alone change nothing that can be found.
_QUIET = frozenset(
    {
        "last_login",
        "last_seen_at",
        "looking_at",
        "theme",
        "version",
        "reply_count",
        "reaction_counts",
        "last_activity_at",
    }
)


class OutboxSignalProcessor(BaseSignalProcessor):
    """Listens to every kind of content, and writes one `Pending` row per change."""

    def setup(self) -> None:
        """Connect to the kinds there are; all models are loaded when Haystack is ready."""
        for model in kinds():
            post_save.connect(self.handle_save, sender=model, dispatch_uid=f"search-save-{model.kind}")
            post_delete.connect(self.handle_delete, sender=model, dispatch_uid=f"search-delete-{model.kind}")

    def teardown(self) -> None:
        """Disconnect."""
        for model in kinds():
            post_save.disconnect(sender=model, dispatch_uid=f"search-save-{model.kind}")
            post_delete.disconnect(sender=model, dispatch_uid=f"search-delete-{model.kind}")

    def handle_save(self, sender: Any, instance: Any, **kwargs: Any) -> None:
        """A row is new or has changed."""
        from search.outbox import enqueue

        fields = kwargs.get("update_fields")
        if fields is None or not _QUIET.issuperset(fields):
            enqueue(instance.kind, [instance.pk])

    def handle_delete(self, sender: Any, instance: Any, **kwargs: Any) -> None:
        """A row is gone."""
        from search.outbox import enqueue

        enqueue(instance.kind, [instance.pk])
