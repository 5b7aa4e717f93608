"""The administrators' desk of groups: find them, archive them, and see that each is looked after.

Administrators look after groups without reading them. A secret group of which they are no member does not exist here:
neither its name nor that there is one.
"""

from __future__ import annotations

from typing import Any

import django_filters
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn, NumberColumn, StatusTagColumn, TitleColumn
from wagtail.admin.widgets.button import HeaderButton

from core.admin import AdministratorsDesk, AdministratorsList, administrators_only
from core.refusal import Refused
from core.requests import Request
from core.text import fold
from groups import actions
from groups.models import Category, Group, Membership
from groups.permissions import may
from people.models import User

#: Members offered as owners on one page.
MEMBERS = 50


def state(group: Group) -> str:
    """Whether it is in use."""
    return _t("Archived") if group.is_archived else _t("In use")


class Filters(WagtailFilterSet):
    """Which groups to show."""

    privacy = django_filters.ChoiceFilter(
        label=_("Who can read it"), choices=[("public", _("Public")), ("private", _("Private"))]
    )
    archived = django_filters.ChoiceFilter(
        label=_("State"),
        choices=[("no", _("In use")), ("yes", _("Archived")), ("alone", _("Without an owner"))],
        method="by_state",
    )

    class Meta:
        model = Group
        fields: list[str] = []

    def by_state(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        """Those in use, archived, or in use with nobody who owns them: an import may leave some."""
        if value == "alone":
            owned = Membership.objects.active().filter(role=Membership.Role.OWNER)
            return rows.filter(archived_at=None).exclude(pk__in=owned.values("group"))
        return rows.filter(archived_at__isnull=value == "no")


class GroupList(AdministratorsList):
    """Every group that the administrator may know of, by name."""

    model = Group
    page_title = _("Groups")
    header_icon = "comment"
    verbose_name_plural = _("groups")
    index_url_name = "groups_desk:index"
    index_results_url_name = "groups_desk:index_results"
    filterset_class = Filters
    is_searchable = True
    default_ordering = ("folded", "pk")
    paginate_by = 40
    columns = [
        TitleColumn("name", label=_("Name"), url_name="groups_desk:group", id_accessor="public_id"),
        Column("privacy", label=_("Reading"), accessor="get_privacy_display"),
        Column("join", label=_("Joining"), accessor="get_join_display"),
        NumberColumn("member_count", label=_("Members")),
        StatusTagColumn("state", label=_("State"), accessor=state, primary=lambda group: not group.is_archived),
        DateColumn("created_at", label=_("Made")),
    ]

    def get_base_queryset(self) -> QuerySet:
        return Group.objects.visible_to(self.request.user)

    def search_queryset(self, queryset: QuerySet) -> QuerySet:
        """By any word of the name."""
        for word in fold(self.search_query).split()[:6]:
            queryset = queryset.filter(folded__contains=word)
        return queryset

    def get_header_buttons(self) -> list[HeaderButton]:
        """What can be begun here."""
        return [
            HeaderButton(label=_("New group"), url=reverse("groups:new"), icon_name="plus", priority=10),
            HeaderButton(label=_("Categories"), url=reverse("groups_desk:categories"), icon_name="tag", priority=20),
            HeaderButton(label=_("Deleted groups"), url=reverse("groups:deleted"), icon_name="bin", priority=30),
        ]


def group(request: Request, public_id: str) -> HttpResponse:
    """One group: its rules, who looks after it, and what an administrator may do (`act`)."""
    administrators_only(request)
    found = get_object_or_404(Group.objects.visible_to(request.user), public_id=public_id)
    if request.method == "POST":
        try:
            messages.success(request, _act(request, found))
        except Refused as error:
            messages.error(request, error.message)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        return redirect("groups_desk:group", public_id)
    members = Membership.objects.active().filter(group=found).select_related("person").order_by("pk")
    right = may(request.user, found)
    context = {
        "group": found,
        "may": right,
        "enrolments": Group.Enrolment.choices,
        "departments": _known("department", found.enrolled_departments),
        "locations": _known("location", found.enrolled_locations),
        "leads": list(members.leading()) if right.members else [],
        "members": list(members.filter(role=Membership.Role.MEMBER, person__is_guest=False)[:MEMBERS])
        if right.members
        else [],
        "page_title": found.name,
        "header_icon": "comment",
        "breadcrumbs_items": [
            {"url": reverse("groups_desk:index"), "label": _t("Groups")},
            {"url": "", "label": found.name},
        ],
    }
    return render(request, "groups/desk/group.html", context)


def _known(column: str, chosen: list[str]) -> list[tuple[str, bool]]:
    """What stands in a column of the colleagues, and what was chosen before; each with whether it is chosen."""
    names = set(User.objects.employees().exclude(**{column: ""}).values_list(column, flat=True))
    return [(name, name in chosen) for name in sorted(names | set(chosen), key=fold)]


def _act(request: Request, found: Group) -> str:
    """Do what was asked; returns the sentence that says so.

    Raises:
        Refused, ValidationError: why not.
    """
    by, act = request.user, request.POST.get("act")
    if act == "archive":
        actions.archive(group=found, by=by)
        return _t("The group is archived: everyone who could read it still can.")
    if act == "unarchive":
        actions.unarchive(group=found, by=by)
        return _t("The group is in use again.")
    if act == "enrol":
        actions.set_enrolment(
            group=found,
            by=by,
            enrolment=request.POST.get("enrolment", ""),
            departments=request.POST.getlist("departments"),
            locations=request.POST.getlist("locations"),
        )
        return _t("Saved. Whoever is not in it yet comes in within a minute.")
    if act in ("owner", "member"):
        rows = User.objects.visible_to(by).filter(memberships__group=found)
        chosen = rows.filter(public_id=request.POST.get("person", "")).first()
        if chosen is None:
            raise Refused(_t("Choose a member of the group."), status=422)
        actions.set_role(group=found, person=chosen, by=by, role=act)
        return _t("%(name)s has another role.") % {"name": chosen.name}
    raise Refused(_t("That is not possible here."), status=422)


def categories(request: Request) -> HttpResponse:
    """The shelves of the directory of groups: make one, write one otherwise, take one away."""
    administrators_only(request)
    if request.method == "POST":
        chosen = None
        if request.POST.get("category"):
            chosen = get_object_or_404(Category, public_id=request.POST["category"])
        try:
            if request.POST.get("act") == "delete" and chosen is not None:
                actions.delete_category(category=chosen, by=request.user)
            else:
                place = request.POST.get("place", "")
                actions.save_category(
                    by=request.user,
                    category=chosen,
                    name=request.POST.get("name", ""),
                    place=min(int(place), 1000) if place.isdecimal() else 100,
                )
            messages.success(request, _t("Saved."))
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        return redirect("groups_desk:categories")
    context = {
        "categories": list(Category.objects.all()),
        "page_title": _t("Categories"),
        "header_icon": "tag",
        "breadcrumbs_items": [
            {"url": reverse("groups_desk:index"), "label": _t("Groups")},
            {"url": "", "label": _t("Categories")},
        ],
    }
    return render(request, "groups/desk/categories.html", context)


class GroupsDesk(AdministratorsDesk):
    """The desk of groups."""

    name = "groups_desk"
    url_prefix = "groups"
    icon = "comment"
    menu_label = _("Groups")
    menu_name = "groups"
    menu_order = 210

    def get_urlpatterns(self) -> list[Any]:
        """List, results of a search, and one group."""
        return [
            path("", GroupList.as_view(), name="index"),
            path("results/", GroupList.as_view(results_only=True), name="index_results"),
            path("categories/", categories, name="categories"),
            path("<slug:public_id>/", group, name="group"),
        ]
