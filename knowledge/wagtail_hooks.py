"""How Wagtail's admin is arranged: what its menus show, how links inside a text are drawn, who may do what."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.templatetags.static import static
from django.urls import Resolver404, resolve, reverse
from django.utils.html import escape, format_html
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin.action_menu import ActionMenuItem
from wagtail.admin.ui.components import Component
from wagtail.admin.widgets import Button
from wagtail.documents.rich_text import DocumentLinkHandler
from wagtail.rich_text.pages import PageLinkHandler

from core.templatetags.kring import initials
from knowledge import desk
from knowledge.admin_urls import ROOMS, is_open
from knowledge.models import Article, Page, Paper

# --- Links inside a text: drawn for the person who reads, plain text where the target is not for them ---


class PageLinks(PageLinkHandler):
    """Links to other pages."""

    @classmethod
    def expand_db_attributes_many(cls, attrs_list: list[dict]) -> list[str]:
        """Security door: an address is given to nobody who may not open it."""
        person = desk.reader()
        wanted = {attrs.get("id") for attrs in attrs_list if str(attrs.get("id", "")).isdigit()}
        rows = Page.objects.visible_to(person).filter(pk__in=wanted) if person is not None and wanted else []
        found = {str(page.pk): page.url_path for page in rows}
        return [
            f'<a href="{escape(found[key])}">' if (key := str(attrs.get("id"))) in found else "<a>"
            for attrs in attrs_list
        ]


class PaperLinks(DocumentLinkHandler):
    """Links to documents."""

    @classmethod
    def expand_db_attributes_many(cls, attrs_list: list[dict]) -> list[str]:
        """Security door: an address is given to nobody who may not open it."""
        person = desk.reader()
        wanted = {attrs.get("id") for attrs in attrs_list if str(attrs.get("id", "")).isdigit()}
        rows = Paper.objects.visible_to(person).filter(pk__in=wanted) if person is not None and wanted else []
        found = {str(paper.pk): paper.url for paper in rows}
        return [
            f'<a href="{escape(found[key])}">' if (key := str(attrs.get("id"))) in found else "<a>"
            for attrs in attrs_list
        ]


@hooks.register("register_rich_text_features", order=1000)
def _links(features: Any) -> None:
    features.register_link_type(PageLinks)
    features.register_link_type(PaperLinks)


# --- Menus: an entry whose view is closed is not shown ---


def _leads_somewhere(item: Any) -> bool:
    url = getattr(item, "url", "") or ""
    if not url.startswith("/"):
        return False
    try:
        return is_open(resolve(url.partition("?")[0]))
    except Resolver404:
        return False


def _only_open(items: list[Any]) -> None:
    items[:] = [item for item in items if hasattr(item, "menu") or _leads_somewhere(item)]


@hooks.register("construct_main_menu")
def _main_menu(request: Any, items: list[Any]) -> None:
    _only_open(items)
    items[:] = [item for item in items if item.name not in ("help", "reports")]
    for item in items:
        if item.name == "explorer":
            item.label, item.icon_name = _("Knowledge"), "folder-open-inverse"


@hooks.register("construct_settings_menu")
def _settings_menu(request: Any, items: list[Any]) -> None:
    _only_open(items)


@hooks.register("construct_reports_menu")
def _reports_menu(request: Any, items: list[Any]) -> None:
    _only_open(items)


@hooks.register("construct_help_menu")
def _help_menu(request: Any, items: list[Any]) -> None:
    items.clear()


# --- The first page of the desk ---


class MyPages(Component):
    """What the editor worked on, and what is waiting as a draft."""

    order = 100
    template_name = "knowledge/desk/home.html"

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        user = parent_context["request"].user
        rows = Article.objects.all().select_related("audience").order_by("-latest_revision_created_at", "-pk")
        return {
            "request": parent_context["request"],
            "edits": desk.edits(user),
            "own": list(rows.filter(owner=user)[:8]) if desk.edits(user) else [],
            "drafts": list(rows.filter(has_unpublished_changes=True).exclude(owner=user)[:8])
            if desk.edits(user)
            else [],
        }


@hooks.register("construct_homepage_panels", order=1000)
def _home(request: Any, panels: list[Any]) -> None:
    """Wagtail's own panels (recent edits, locked pages, workflows) go; those of our rooms stay."""
    panels[:] = [*(panel for panel in panels if type(panel).__module__.partition(".")[0] in ROOMS), MyPages()]


@hooks.register("construct_homepage_summary_items")
def _summary(request: Any, items: list[Any]) -> None:
    items.clear()


@hooks.register("construct_page_action_menu")
def _actions(items: list[ActionMenuItem], request: Any, context: Any) -> None:
    items[:] = [
        item
        for item in items
        if item.name in {"action-publish", "action-save-draft", "action-unpublish", "page-locked"}
    ]


@hooks.register("register_page_header_buttons")
def _readers_button(page: Any, user: Any, view_name: str, next_url: str | None = None) -> Any:
    if page.depth == 3 and page.permissions_for_user(user).can_edit():
        yield Button(
            _("Who can read it"), reverse("knowledge_desk_readers", args=[page.pk]), icon_name="view", priority=55
        )


@hooks.register("get_avatar_url")
def _face(user: Any, size: int) -> str:
    """Their picture; else their initials, as everywhere on the site."""
    picture = getattr(user, "picture_url", "")
    if picture:
        return str(picture)
    drawn = (
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 40 40'><rect width='40' height='40' fill='#5b6472'/>"
        "<text x='20' y='26' font-family='sans-serif' font-size='16' fill='#fff' text-anchor='middle'>"
        f"{escape(initials(user.name))}</text></svg>"
    )
    return f"data:image/svg+xml,{quote(drawn)}"


@hooks.register("insert_global_admin_css")
def _look() -> str:
    return format_html('<link rel="stylesheet" href="{}">', static("desk/desk.css"))
