"""What the inbox tells of itself: what someone put off is back."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from core.content import find
from core.models import Event
from inbox import registry

registry.kind(
    verb="inbox.woken",
    label=_("What I put off is back"),
    weight=75,
    template="inbox/notices/_woken.html",
    through_mute=True,
    optional=False,
    duty=True,
)


@registry.tells("inbox.watch.woken")
def woken(event: Event) -> Iterator[registry.Telling]:
    """Who put it off."""
    obj = find(event.target_kind, event.target_pk or 0)
    if obj is not None:
        bundle = f"inbox.woken:{obj.kind}:{obj.pk}"
        yield registry.Telling("inbox.woken", [event.data["person"]], obj, bundle=bundle)
