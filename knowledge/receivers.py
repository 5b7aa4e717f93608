"""What follows when Wagtail publishes, unpublishes or deletes a page."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import pre_delete
from django.dispatch import receiver
from wagtail.log_actions import LogContext  # noqa: F401
from wagtail.signals import page_published, page_unpublished

from knowledge import actions, desk
from knowledge.models import Article, Page


@receiver(page_published, dispatch_uid="knowledge.published")
def _published(sender: type[Page], instance: Page, revision: Any = None, **kwargs: Any) -> None:
    by = getattr(revision, "user", None) or desk.seated()
    first = instance.first_published_at is not None and instance.first_published_at == instance.last_published_at
    actions.published(page=instance, by=by, first=first)


@receiver(page_unpublished, dispatch_uid="knowledge.unpublished")
def _unpublished(sender: type[Page], instance: Page, **kwargs: Any) -> None:
    actions.unpublished(page=instance, by=desk.seated())


@receiver(pre_delete, sender=Article, dispatch_uid="knowledge.deleted")
def _deleted(sender: type[Article], instance: Article, **kwargs: Any) -> None:
    actions.deleted(page=instance, by=desk.seated())
