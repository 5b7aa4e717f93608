"""The desk of people in Wagtail's admin."""

from wagtail import hooks

from people.admin import PeopleDesk


@hooks.register("register_admin_viewset")
def _people() -> PeopleDesk:
    return PeopleDesk()
