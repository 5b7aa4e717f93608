"""What stands behind a link to a page of the knowledge room, for who may read it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from core.inside import Shown
from knowledge.models import Page


def shown(user: Any, names: list[str]) -> dict[str, Shown]:
    """Sections and articles: their title."""
    paths = {f"/knowledge/{name}/": name for name in names}
    found = Page.objects.visible_to(user).filter(depth__gt=2, url_path__in=paths).values_list("url_path", "title")
    return {paths[path]: Shown(_("Knowledge"), "book", title) for path, title in found}
