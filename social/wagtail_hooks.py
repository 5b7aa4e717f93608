"""The desk of the network in Wagtail's admin."""

from typing import Any

from wagtail import hooks

from social.admin import AuditDesk, SettingsDesk


@hooks.register("register_admin_viewset")
def _desks() -> list[Any]:
    return [SettingsDesk(), AuditDesk()]
