"""The desk of moderation in Wagtail's admin."""

from wagtail import hooks

from moderation.admin import ModerationDesk


@hooks.register("register_admin_viewset")
def _moderation() -> ModerationDesk:
    return ModerationDesk()
