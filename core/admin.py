"""What the desks of the rooms in Wagtail's admin share: who may sit there, and how their lists begin."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from wagtail.admin.menu import MenuItem
from wagtail.admin.views.generic.base import BaseListingView
from wagtail.admin.viewsets.base import ViewSet

from core.requests import Request


def is_administrator(user: Any) -> bool:
    """Whether `user` runs the network, now."""
    return bool(user.is_authenticated and user.is_active and user.is_admin)


def administrators_only(request: Request) -> None:
    """Security door of every page that is for administrators: moderators and editors have desks of their own.

    Raises:
        PermissionDenied: for everyone else.
    """
    if not is_administrator(request.user):
        raise PermissionDenied


class AdministratorsItem(MenuItem):
    """An entry of the menu for administrators."""

    def is_shown(self, request: Request) -> bool:
        """For administrators."""
        return is_administrator(request.user)


class AdministratorsDesk(ViewSet):
    """A desk with an entry in the menu, for administrators. Each of its pages still asks at its own door."""

    add_to_admin_menu = True
    menu_item_class = AdministratorsItem


class AdministratorsList(BaseListingView):
    """A list for administrators."""

    def dispatch(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        """Security door, before anything is read."""
        administrators_only(request)
        return super().dispatch(request, *args, **kwargs)
