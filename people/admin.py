"""The administrators' desk of people: find, make, deactivate and reactivate people, and give roles.

Never a table of rows: every change goes through `people.actions`, so that sessions end, events exist and the last
administrator stays.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import django_filters
from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext
from wagtail.admin.filters import WagtailFilterSet
from wagtail.admin.ui.tables import Column, DateColumn, StatusTagColumn, TitleColumn
from wagtail.admin.widgets.button import HeaderButton

from core import limits, paging
from core.admin import AdministratorsDesk, AdministratorsList, administrators_only
from core.forms import end_of
from core.refusal import Refused
from core.requests import Request
from core.text import CleanCharField, CleanTextField, fold
from people import actions
from people.forms import Profile
from people.models import SEEN, Delegation, ProfileField, Skill, User
from people.views.skills import matching

STANDINGS = [
    ("here", _("Here")),
    ("guest", _("Guests")),
    ("suspended", _("Suspended")),
    ("left", _("Former colleagues")),
    ("awaited", _("Not here yet")),
]
ROLES = [("is_admin", _("Administrators")), ("is_moderator", _("Moderators")), ("is_editor", _("Editors"))]


def standing(person: User) -> Any:
    """How someone stands to the network, in a word or two."""
    if person.is_placeholder:
        return _t("Not here yet")
    if not person.is_active:
        return _t("Former colleague")
    if person.is_suspended:
        return _t("Suspended")
    return _t("Guest") if person.is_guest else _t("Here")


def roles(person: User) -> str:
    """The roles of someone."""
    names = {
        "is_admin": pgettext("role in the network", "Administrator"),
        "is_moderator": pgettext("role in the network", "Moderator"),
        "is_editor": pgettext("role in the network", "Editor"),
    }
    return ", ".join(name for role, name in names.items() if getattr(person, role))


class Filters(WagtailFilterSet):
    """Whom to show."""

    standing = django_filters.ChoiceFilter(label=_("Standing"), choices=STANDINGS, method="by_standing")
    role = django_filters.ChoiceFilter(label=_("Role"), choices=ROLES, method="by_role")

    class Meta:
        model = User
        fields: list[str] = []

    def by_standing(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        """Those who stand so."""
        return rows.filter(
            {
                "here": Q(is_active=True, is_guest=False),
                "guest": Q(is_active=True, is_guest=True),
                "suspended": Q(is_active=True, suspended_until__gt=timezone.now()),
                "left": Q(is_active=False, is_placeholder=False),
                "awaited": Q(is_placeholder=True),
            }[value]
        )

    def by_role(self, rows: QuerySet, name: str, value: str) -> QuerySet:
        """Those with the role."""
        return rows.filter(**{value: True})


class PeopleList(AdministratorsList):
    """Everyone, by name."""

    model = User
    page_title = _("People")
    header_icon = "group"
    verbose_name_plural = _("people")
    index_url_name = "people_desk:index"
    index_results_url_name = "people_desk:index_results"
    filterset_class = Filters
    is_searchable = True
    default_ordering = ("folded", "pk")
    paginate_by = 40
    columns = [
        TitleColumn("name", label=_("Name"), url_name="people_desk:person", id_accessor="public_id"),
        Column("email", label=_("E-mail")),
        Column("department", label=_("Department")),
        Column("roles", label=_("Roles"), accessor=roles),
        StatusTagColumn("standing", label=_("Standing"), accessor=standing, primary=lambda person: person.is_active),
        DateColumn("last_seen_at", label=_("Last here")),
    ]

    def get_base_queryset(self) -> QuerySet:
        return User.objects.visible_to(self.request.user)

    def search_queryset(self, queryset: QuerySet) -> QuerySet:
        """By any word of name, title and department, or by address."""
        for word in fold(self.search_query).split()[:6]:
            queryset = queryset.filter(Q(folded__contains=word) | Q(email__contains=word))
        return queryset

    def get_header_buttons(self) -> list[HeaderButton]:
        """What can be begun here."""
        return [
            HeaderButton(label=_("New person"), url=reverse("people_desk:new"), icon_name="plus", priority=10),
            HeaderButton(label=_("Invite people"), url=reverse("people:invitations"), icon_name="mail", priority=20),
            HeaderButton(label=_("Skills"), url=reverse("people_desk:skills"), icon_name="tag", priority=30),
            HeaderButton(label=_("Profile fields"), url=reverse("people_desk:fields"), icon_name="form", priority=35),
            HeaderButton(
                label=_("Managers who have left"),
                url=reverse("people_desk:managers"),
                icon_name="warning",
                priority=40,
            ),
        ]


class NewPerson(forms.Form):
    """A person made by an administrator; they come in by a code or a link in a mail."""

    name = CleanCharField(label=_("Name"), limit=limits.NAME_CHARS)
    email = CleanCharField(label=_("E-mail address"), limit=limits.EMAIL_CHARS)
    job_title = CleanCharField(label=_("Job title"), limit=limits.PROFILE_CHARS, required=False)
    department = CleanCharField(label=_("Department"), limit=limits.PROFILE_CHARS, required=False)
    is_guest = forms.BooleanField(label=_("Guest: sees only the groups they are added to"), required=False)


class Roles(forms.Form):
    """What someone may do in the whole network."""

    is_admin = forms.BooleanField(label=_("Administrator: manages people, groups and settings"), required=False)
    is_moderator = forms.BooleanField(label=_("Moderator: decides about reports"), required=False)
    is_editor = forms.BooleanField(label=_("Editor: writes knowledge pages"), required=False)


class Until(forms.Form):
    """A day to come."""

    until = forms.DateField(label=_("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def moment(self) -> datetime | None:
        """The end of that day."""
        day = self.cleaned_data["until"]
        return end_of(day) if day else None


def new(request: Request) -> HttpResponse:
    """Make a person."""
    administrators_only(request)
    form = NewPerson(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.create_person(by=request.user, **form.cleaned_data)
        except ValidationError as error:
            _blame(form, error)
        else:
            messages.success(request, _t("%(name)s is here.") % {"name": made.name})
            return redirect("people_desk:person", made.public_id)
    context = {
        "form": form,
        "page_title": _t("New person"),
        "header_icon": "user",
        "breadcrumbs_items": [_home(), {"url": "", "label": _t("New person")}],
    }
    return render(request, "people/desk/new.html", context)


def person(request: Request, public_id: str) -> HttpResponse:
    """One person: how they stand, and what an administrator may do about it (`act`)."""
    administrators_only(request)
    found = get_object_or_404(User.objects.visible_to(request.user), public_id=public_id)
    profile = Profile(person=request.user, of=found, initial=Profile.initial_of(found))
    if request.method == "POST" and request.POST.get("act") == "profile":
        profile = Profile(request.POST, person=request.user, of=found)
        if profile.is_valid() and _save_profile(request, found, profile):
            return redirect("people_desk:person", public_id)
    elif request.method == "POST":
        try:
            messages.success(request, _act(request, found))
        except Refused as error:
            messages.error(request, error.message)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        return redirect("people_desk:person", public_id)
    context = {
        "person": found,
        "standing": standing(found),
        "delegates": Delegation.objects.filter(person=found).select_related("delegate").order_by("delegate__folded"),
        "delegators": Delegation.objects.filter(delegate=found).select_related("person").order_by("person__folded"),
        "roles_form": Roles(initial={role: getattr(found, role) for role, _label in ROLES}),
        "until_form": Until(),
        "profile_form": profile,
        "page_title": found.name,
        "header_icon": "user",
        "breadcrumbs_items": [_home(), {"url": "", "label": found.name}],
    }
    return render(request, "people/desk/person.html", context)


def _save_profile(request: Request, found: User, form: Profile) -> bool:
    """Change what a profile says; what is wrong is said at its field."""
    try:
        with transaction.atomic():
            actions.edit_profile(person=found, by=request.user, **form.profile())
            actions.fill_in(person=found, by=request.user, values=form.values())
    except ValidationError as error:
        _blame(form, error)
        return False
    messages.success(request, _t("The profile of %(name)s is saved.") % {"name": found.name})
    return True


def _blame(form: forms.Form, error: ValidationError) -> None:
    for field, sentences in getattr(error, "message_dict", {"__all__": error.messages}).items():
        known = next((name for name in (field, f"field_{field}") if name in form.fields), None)
        form.add_error(known, sentences)


def _act(request: Request, found: User) -> str:
    """Do what was asked; returns the sentence that says so.

    Raises:
        Refused, ValidationError: why not.
    """
    by, act = request.user, request.POST.get("act")
    said = {"name": found.name}
    until = Until(request.POST)
    moment = until.moment() if until.is_valid() else None
    if act == "deactivate":
        actions.deactivate(person=found, by=by)
        return _t("%(name)s is deactivated: every session has ended.") % said
    if act == "reactivate":
        actions.reactivate(person=found, by=by)
        return _t("%(name)s may sign in again.") % said
    if act == "sessions":
        actions.end_sessions(person=found, by=by)
        return _t("%(name)s is signed out everywhere.") % said
    if act == "roles":
        form = Roles(request.POST)
        form.is_valid()
        actions.set_roles(person=found, by=by, **form.cleaned_data)
        return _t("The roles of %(name)s are saved.") % said
    if act == "suspend":
        if moment is None:
            raise ValidationError(_t("Choose a day."))
        actions.suspend(person=found, by=by, until=moment)
        return _t("%(name)s may read but not write until that day.") % said
    if act == "unsuspend":
        actions.unsuspend(person=found, by=by)
        return _t("%(name)s may write again.") % said
    if act == "withdraw":
        rows = Delegation.objects.filter(Q(person=found) | Q(delegate=found)).select_related("person")
        actions.withdraw(delegation=get_object_or_404(rows, pk=_number(request.POST.get("delegation"))), by=by)
        return _t("That has ended, and both are told.")
    if act in ("guest", "colleague"):
        actions.set_guest(person=found, by=by, is_guest=act == "guest", until=moment)
        return (_t("%(name)s is a guest now.") if act == "guest" else _t("%(name)s is a colleague now.")) % said
    raise Refused(_t("That is not possible here."), status=422)


def _number(value: str | None) -> int:
    """A key that was sent, or one that no row has."""
    return int(value) if value and value.isascii() and value.isdigit() and len(value) < 19 else 0


def _home() -> dict[str, Any]:
    return {"url": reverse("people_desk:index"), "label": _t("People")}


def managers(request: Request) -> HttpResponse:
    """Those who have left or become guests, and to whom people still report: choose who comes after them."""
    administrators_only(request)
    if request.method == "POST":
        rows = User.objects.visible_to(request.user)
        gone = get_object_or_404(rows, public_id=request.POST.get("person", ""))
        named = request.POST.get("to", "").strip().lstrip("@").lower()
        to = rows.employees().filter(Q(handle=named) | Q(email=named)).first() if named else None
        try:
            if named and to is None:
                raise ValidationError(_t("Nobody here has this handle or address."))
            count = actions.hand_over(reports_of=gone, to=to, by=request.user)
            messages.success(request, ngettext("%(n)s person moved.", "%(n)s people moved.", count) % {"n": count})
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        return redirect("people_desk:managers")
    # Not those whom an import has kept a place for: they will come.
    left = Q(is_active=False, deactivated_at__isnull=False) | Q(is_guest=True)
    led = User.objects.active().filter(manager__in=User.objects.filter(left)).select_related("manager")
    flagged: dict[User, list[User]] = {}
    for one in led.order_by("manager__folded", "folded")[:500]:
        flagged.setdefault(one.manager, []).append(one)
    context = {
        "flagged": list(flagged.items()),
        "page_title": _t("Managers who have left"),
        "header_icon": "warning",
        "breadcrumbs_items": [_home(), {"url": "", "label": _t("Managers who have left")}],
    }
    return render(request, "people/desk/managers.html", context)


def skills(request: Request) -> HttpResponse:
    """The words for what people know: write one otherwise (and so make two one), or take it away."""
    administrators_only(request)
    if request.method == "POST":
        skill = get_object_or_404(Skill, public_id=request.POST.get("skill", ""))
        try:
            if request.POST.get("act") == "delete":
                actions.delete_skill(skill=skill, by=request.user)
                messages.success(request, _t("“%(skill)s” is taken away from everyone.") % {"skill": skill.name})
            else:
                kept = actions.rename_skill(skill=skill, by=request.user, name=request.POST.get("name", ""))
                messages.success(request, _t("It is called “%(skill)s” now.") % {"skill": kept.name})
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        return redirect(request.get_full_path())
    query = request.GET.get("q", "").strip()[:100]
    page = paging.page(
        matching(Skill.objects.all(), query), by=("-count", "-pk"), cursor=request.GET.get("cursor"), size=40
    )
    words = request.GET.copy()
    words["cursor"] = page.next or ""
    context = {
        "skills": page.items,
        "q": query,
        "next_url": f"?{words.urlencode()}" if page.next else "",
        "page_title": _t("Skills"),
        "header_icon": "tag",
        "breadcrumbs_items": [_home(), {"url": "", "label": _t("Skills")}],
    }
    return render(request, "people/desk/skills.html", context)


class Field(forms.Form):
    """A field of profiles."""

    name = CleanCharField(label=_("Name"), limit=limits.LIST_NAME_CHARS)
    kind = forms.ChoiceField(label=_("Kind"), choices=ProfileField.Kind.choices)
    choices = CleanTextField(
        label=_("List"),
        limit=limits.BIO_CHARS,
        required=False,
        help_text=_("To choose from, one a line."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    seen = forms.ChoiceField(label=_("Who sees it"), choices=ProfileField.Seen.choices, initial="colleagues")
    edit = forms.ChoiceField(label=_("Who fills it in"), choices=ProfileField.Edit.choices)
    place = forms.IntegerField(
        label=_("Place"), min_value=0, max_value=1000, initial=100, help_text=_("Smaller numbers stand higher.")
    )


def fields(request: Request) -> HttpResponse:
    """Fields of profiles: the company's own, and who fills in those that every profile has."""
    administrators_only(request)
    rows = ProfileField.objects.filter(builtin="")
    wanted = request.POST.get("field") or request.GET.get("field")
    chosen = get_object_or_404(rows, public_id=wanted) if wanted else None
    initial = {name: getattr(chosen, name) for name in Field.base_fields} if chosen else None
    act = request.POST.get("act") if request.method == "POST" else ""
    form = Field(request.POST) if act == "save" else Field(initial=initial)
    if act:
        try:
            done = _define(request, act, chosen, form)
        except ValidationError as error:
            done = False
            if act == "save":
                _blame(form, error)
            else:
                messages.error(request, " ".join(error.messages))
        if done:
            messages.success(request, _t("Saved."))
        if done or act != "save":
            return redirect("people_desk:fields")
    rules = {rule.builtin: rule for rule in ProfileField.objects.exclude(builtin="")}
    usual = {name: ProfileField(builtin=name, seen=SEEN.get(name, ProfileField.Seen.ALL)) for name in actions.COLUMNS}
    context = {
        "fields": list(rows),
        "field": chosen,
        "form": form,
        "columns": [
            (name, Profile.base_fields[name].label, rules.get(name) or usual[name], name in SEEN)
            for name in actions.COLUMNS
        ],
        "edits": ProfileField.Edit.choices,
        "seens": ProfileField.Seen.choices,
        "page_title": _t("Profile fields"),
        "header_icon": "form",
        "breadcrumbs_items": [_home(), {"url": "", "label": _t("Profile fields")}],
    }
    return render(request, "people/desk/fields.html", context, status=422 if form.errors else 200)


def _define(request: Request, act: str, chosen: ProfileField | None, form: Field) -> bool:
    """Do what was asked of the fields; whether it is done.

    Raises:
        ValidationError: why not.
    """
    if act == "rule":
        sent = request.POST
        actions.set_rule(
            by=request.user, column=sent.get("column", ""), edit=sent.get("edit", ""), seen=sent.get("seen") or None
        )
        return True
    if act == "delete" and chosen is not None:
        actions.delete_field(field=chosen, by=request.user)
        return True
    if act == "save" and form.is_valid():
        actions.define_field(by=request.user, field=chosen, **form.cleaned_data)
        return True
    return False


class PeopleDesk(AdministratorsDesk):
    """The desk of people."""

    name = "people_desk"
    url_prefix = "people"
    icon = "group"
    menu_label = _("People")
    menu_name = "people"
    menu_order = 200

    def get_urlpatterns(self) -> list[Any]:
        """List, results of a search, new, and one person."""
        return [
            path("", PeopleList.as_view(), name="index"),
            path("results/", PeopleList.as_view(results_only=True), name="index_results"),
            path("new/", new, name="new"),
            path("fields/", fields, name="fields"),
            path("skills/", skills, name="skills"),
            path("managers/", managers, name="managers"),
            path("<slug:public_id>/", person, name="person"),
        ]
