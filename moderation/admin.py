"""The moderators' desk in Wagtail's admin: the queue, and the rules of the house.

Cases are decided on the site's own page (`/moderation/cases/<id>/`), which shows what its visitor may see and records
the look; this list holds no text of people.
"""

from __future__ import annotations

from typing import Any

import django_filters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.components import Component
from wagtail.admin.ui.tables import Column, DateColumn, NumberColumn, StatusTagColumn, TitleColumn
from wagtail.admin.views.generic.base import BaseListingView
from wagtail.admin.viewsets.base import ViewSet
from wagtail.admin.widgets.button import HeaderButton

from core.requests import Request
from moderation.models import Case
from moderation.permissions import looks_after_network, queue_of


class Filters(WagtailFilterSet):
    """Which cases to show."""

    state = django_filters.ChoiceFilter(label=_("State"), choices=Case.State.choices)
    source = django_filters.ChoiceFilter(label=_("Came by"), choices=Case.Source.choices)

    class Meta:
        model = Case
        fields: list[str] = []


class CaseTitle(TitleColumn):
    """Leads to the page where a case is decided."""

    def get_link_url(self, instance: Case, parent_context: Any) -> str:
        return reverse("moderation:case", args=[instance.public_id])


class CaseList(BaseListingView):
    """Every case that this moderator may decide, newest first."""

    model = Case
    page_title = _("Moderation")
    header_icon = "warning"
    verbose_name_plural = _("cases")
    index_url_name = "moderation_desk:index"
    index_results_url_name = "moderation_desk:index_results"
    filterset_class = Filters
    is_searchable = False
    default_ordering = "-pk"
    paginate_by = 40
    columns = [
        CaseTitle("about", label=_("Written by"), accessor=lambda case: case.about.name if case.about else "–"),
        Column("source", label=_("Came by"), accessor="get_source_display"),
        NumberColumn("report_count", label=_("Reports")),
        StatusTagColumn(
            "state",
            label=_("State"),
            accessor="get_state_display",
            primary=lambda case: case.state == Case.State.OPEN,
        ),
        DateColumn("opened_at", label=_("Opened")),
    ]

    def dispatch(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        """For the network's moderators."""
        if not looks_after_network(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_base_queryset(self) -> QuerySet:
        return queue_of(self.request.user).select_related("about")

    def get_header_buttons(self) -> list[HeaderButton]:
        """The ways to the rules and the word filter."""
        return [
            HeaderButton(label=_("Rules"), url=reverse("moderation:rules"), icon_name="list-ul", priority=10),
            HeaderButton(label=_("Word filter"), url=reverse("moderation:words"), icon_name="search", priority=20),
        ]


class Waiting(Component):
    """How much waits for this moderator, on the first page of the desk."""

    order = 50
    template_name = "moderation/desk/home.html"

    def get_context_data(self, parent_context: Any) -> dict[str, Any]:
        """The open cases that they may decide."""
        found = queue_of(parent_context["request"].user).filter(state=Case.State.OPEN)
        return {"waiting": found.count()}


class QueueMenuItem(MenuItem):
    """The way to the desk, for the network's moderators."""

    def is_shown(self, request: Request) -> bool:
        return looks_after_network(request.user)


class ModerationDesk(ViewSet):
    """The desk of moderation."""

    name = "moderation_desk"
    url_prefix = "moderation"
    icon = "warning"
    menu_label = _("Moderation")
    menu_name = "moderation"
    menu_order = 220
    add_to_admin_menu = True
    menu_item_class = QueueMenuItem

    def get_urlpatterns(self) -> list[Any]:
        """The list, and its results."""
        return [
            path("", CaseList.as_view(), name="index"),
            path("results/", CaseList.as_view(results_only=True), name="index_results"),
        ]
