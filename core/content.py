"""The contract between what people say and the services that show, find, tell, report and keep it.

Every kind of content subclasses `Content` and answers a handful of questions. The most important is
`visibility(user)`: the one rule that says who may see a row. Everything that shows content starts at
`Model.objects.visible_to(user)`; nothing else may.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, Self

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import Q, QuerySet

from core.audience import readable, readers_among, readers_of


class Visible(models.QuerySet):
    """Queryset mixin: the one door to content (also fits Wagtail's `PageQuerySet`)."""

    def visible_to(self, user: Any) -> Self:
        """The rows that `user` may see now. Everyone who shows content starts here.

        Security door: an anonymous or deactivated person sees nothing, whatever the kind says.
        """
        if not (user.is_authenticated and user.is_active):
            return self.none()
        return self.filter(self.model.visibility(user))  # type: ignore[attr-defined]

    def of(self, event: Any) -> Self:
        """The row that an event (or its target's key) is about, whoever may see it: for `notices.py`, which says whom
        it concerns.

        Whom it is told is another question, asked of `readers` when it is delivered.
        """
        return self.filter(pk=getattr(event, "target_pk", event))


class Content(models.Model):
    """What a thing must answer to be shown, found, told about, reported and kept.

    A subclass sets `kind` and either inherits the audience rule below or writes its own
    `visibility` and `readers`, which a matrix test holds against each other.
    """

    #: "feed.post": names the kind in events, reports, notices and the search index.
    kind: str = ""
    #: "feed/_post.html": the only drawing of it.
    card_template: str = ""

    # The one audience it is for; null means that only its owner can see it (a loose upload, a draft).
    audience = models.ForeignKey("core.Audience", on_delete=models.PROTECT, null=True, related_name="+")
    # The moment that decides whether a newcomer's history reaches it: the start of its thread.
    history_at = models.DateTimeField(null=True)

    objects = Visible.as_manager()

    class Meta:
        abstract = True

    @classmethod
    def visibility(cls, user: Any) -> Q:
        """The rule as a predicate: who is in the audience, and from when. Kinds add their states."""
        return readable(user)

    def readers(self) -> QuerySet:
        """The same rule read backwards: the people who may see this row now."""
        return readers_of(self.audience, self.history_at)

    def readers_among(self, keys: Collection[int]) -> set[int]:
        """Those of some people (up to 500) who are among its `readers`; a kind may ask it by a kept question."""
        if type(self).readers is Content.readers:
            return readers_among(self.audience, self.history_at, keys)
        return set(self.readers().filter(pk__in=keys).values_list("pk", flat=True))

    @property
    def is_shown(self) -> bool:
        """Whether its audience may see it now: not while it is a draft, held or hidden."""
        return True

    def is_visible_to(self, user: Any) -> bool:
        """Whether `user` may see this row; derived from the queryset, never written by hand."""
        return type(self)._default_manager.visible_to(user).filter(pk=self.pk).exists()  # type: ignore[attr-defined]

    def get_absolute_url(self) -> str:
        """The page that shows it, opened at it."""
        raise NotImplementedError(f"{type(self).__name__} must say where it is shown")

    def summary(self) -> str:
        """One plain line of at most 200 characters: notices, results, reports."""
        raise NotImplementedError(f"{type(self).__name__} must give a one-line summary")

    def search_text(self) -> str:
        """Plain text to find it by; empty where it is not to be found."""
        return ""

    def search_audience_id(self) -> int | None:
        """Id of the audience that may find this row; null keeps it out of the index."""
        return self.audience_id

    def moderators(self) -> QuerySet:
        """The people who may decide on a report of it: the network's moderators, unless a kind knows better."""
        people = get_user_model()._default_manager
        return people.filter(is_active=True).filter(Q(is_moderator=True) | Q(is_admin=True))

    # --- What moderation does to it. Kinds implement these through their own actions. ---

    def withhold(self, *, by: Any) -> None:
        """Hide it from everyone while it is looked at or because a rule was broken."""
        raise NotImplementedError(f"{type(self).__name__} cannot be hidden")

    def release(self, *, by: Any) -> None:
        """Show it again."""
        raise NotImplementedError(f"{type(self).__name__} cannot be released")

    def take_down(self, *, by: Any) -> None:
        """Remove it for good; a tombstone stays where others answered."""
        raise NotImplementedError(f"{type(self).__name__} cannot be removed")

    def responsible(self) -> Any:
        """The person who answers for it (its author or owner), or None."""
        return getattr(self, "author", None)


def kinds() -> Iterator[type[Content]]:
    """Every concrete model that is content: the list that search, the matrix and the leak lint use."""
    for model in apps.get_models():
        if issubclass(model, Content) and not model._meta.abstract and model.kind:
            yield model


def model_of(kind: str) -> type[Content]:
    """The model of a kind such as "feed.post".

    Raises:
        LookupError: no content is of that kind.
    """
    for model in kinds():
        if model.kind == kind:
            return model
    raise LookupError(kind)


def find(kind: str, pk: int) -> Content | None:
    """The row of a kind by its internal key, for services that act on behalf of the system.

    It says nothing about who may see the row: a caller that shows it goes through `visible_to`.
    """
    return model_of(kind)._base_manager.filter(pk=pk).first()  # type: ignore[return-value]
