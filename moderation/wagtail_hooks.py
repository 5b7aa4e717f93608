"""The desk of moderation in Wagtail's admin."""

from typing import Any

from wagtail import hooks

from moderation.admin import ModerationDesk, Waiting
from moderation.permissions import looks_after_network


@hooks.register("register_admin_viewset")
def _moderation() -> ModerationDesk:
    return ModerationDesk()


@hooks.register("construct_homepage_panels")
def _waiting(request: Any, panels: list[Any]) -> None:
    if looks_after_network(request.user):
        panels.append(Waiting())
