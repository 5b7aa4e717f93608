"""The way from the administrators' desk to the quarantine."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.menu import MenuItem

from core.admin import AdministratorsItem


@hooks.register("register_admin_menu_item")
def _quarantine() -> MenuItem:
    return AdministratorsItem(
        _("Quarantine"), reverse("files:quarantine"), name="quarantine", icon_name="lock", order=850
    )
