"""The desk of groups in Wagtail's admin."""

from wagtail import hooks

from groups.admin import GroupsDesk


@hooks.register("register_admin_viewset")
def _groups() -> GroupsDesk:
    return GroupsDesk()
