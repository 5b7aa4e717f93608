"""The administrators' desk: the settings of the network, and the audit log."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_GET, require_http_methods

from core.admin import AdministratorsDesk, administrators_only
from core.events import VERBS
from core.paging import page
from core.players import CHOICES
from core.refusal import Refused
from core.requests import Request
from people.models import User
from social import actions, audit
from social.models import SiteSettings


class SettingsForm(forms.ModelForm):
    """The settings of the network."""

    # A plain field: what the file is, `files` decides, with four decoders and no more.
    logo_file = forms.FileField(label=_("Logo"), required=False, help_text=_("A square picture. PNG, JPEG or WebP."))
    without_logo = forms.BooleanField(label=_("Show the network's initial instead of a logo"), required=False)
    players = forms.MultipleChoiceField(
        label=capfirst(SiteSettings._meta.get_field("players").verbose_name),
        help_text=SiteSettings._meta.get_field("players").help_text,
        choices=CHOICES,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    class Meta:
        model = SiteSettings
        fields = [
            "network_name",
            "hue",
            "allowed_domains",
            "who_may_create_groups",
            "keeper",
            "edit_window_minutes",
            "shows_reach",
            "shows_presence",
            "link_previews",
            "players",
            "own_players",
            "notice_mail",
            "bare_mail",
            "notice_push",
        ]
        widgets = {
            "hue": forms.NumberInput(attrs={"type": "range", "min": 0, "max": 359}),
            "allowed_domains": forms.Textarea(attrs={"rows": 4}),
            "own_players": forms.Textarea(attrs={"rows": 3}),
            "who_may_create_groups": forms.RadioSelect,
            "bare_mail": forms.RadioSelect,
        }

    field_order = ["network_name", "hue", "logo_file", "without_logo"]


class SettingsDesk(AdministratorsDesk):
    """What the administrators choose for everyone."""

    name = "settings_desk"
    url_prefix = "network"
    icon = "cogs"
    menu_label = _("Network")
    menu_name = "network"
    menu_order = 900

    def get_urlpatterns(self) -> list[Any]:
        """One page."""
        return [path("", settings, name="index")]


@require_http_methods(["GET", "POST"])
def settings(request: Request) -> HttpResponse:
    """Read and change the settings of the network."""
    administrators_only(request)
    form = SettingsForm(request.POST or None, request.FILES or None, instance=SiteSettings.load())
    if request.method == "POST" and form.is_valid():
        choices = {name: form.cleaned_data[name] for name in SettingsForm.Meta.fields}
        # The form has put them into its row already; the action compares with the row as it is stored.
        logo = form.cleaned_data["logo_file"]
        try:
            actions.change_settings(
                by=request.user, logo=logo, without_logo=form.cleaned_data["without_logo"], **choices
            )
        except Refused as refused:
            form.add_error("logo_file", refused.message)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _t("Saved."))
            return redirect("settings_desk:index")
    context = {"form": form, "row": SiteSettings.load(), "page_title": _t("Network"), "header_icon": "cogs"}
    return render(request, "social/desk/settings.html", context, status=422 if form.errors else 200)


#: What the rooms are called here; a verb begins with the name of its room.
ROOMS = {
    "feed": _("Posts"),
    "files": _("Files"),
    "groups": _("Groups"),
    "inbox": _("Notifications"),
    "integrations": _("Other systems"),
    "knowledge": _("Knowledge"),
    "moderation": _("Moderation"),
    "people": _("People"),
    "social": _("Network"),
}


def _rooms() -> list[tuple[str, Any]]:
    names = {verb.partition(".")[0] for verb in VERBS}
    return [("", pgettext("whatever happened", "All")), *((name, ROOMS.get(name, name)) for name in sorted(names))]


def _verbs() -> list[tuple[str, list[tuple[str, str]]] | tuple[str, str]]:
    """Every verb by its meaning, under its room."""
    by_room: dict[str, list[tuple[str, str]]] = {}
    for verb in sorted(VERBS):
        by_room.setdefault(verb.partition(".")[0], []).append((verb, audit.meaning(verb)))
    groups = [(str(ROOMS.get(room, room)), verbs) for room, verbs in by_room.items()]
    return [("", pgettext("whatever happened", "All")), *groups]


class AuditForm(forms.Form):
    """Which part of the log."""

    room = forms.ChoiceField(label=_("Room"), required=False, choices=_rooms)
    verb = forms.ChoiceField(label=_("What"), required=False, choices=_verbs)
    actor = forms.CharField(label=_("Who (name or e-mail address)"), required=False, max_length=254)
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def clean_actor(self) -> Any:
        """The person; a name that nobody has finds nothing."""
        value = self.cleaned_data["actor"].strip()
        if not value:
            return None
        people = User.objects.filter(email__iexact=value) | User.objects.filter(name__iexact=value)
        person = people.first()
        if person is None:
            raise ValidationError(_t("Nobody has this name or address."))
        return person

    def narrowed(self) -> dict[str, Any]:
        """What `audit.rows` takes."""
        given = self.cleaned_data
        return {
            "verb": given["verb"],
            "room": given["room"],
            "actor": given["actor"],
            "since": _midnight(given["since"]),
            "until": _midnight(given["until"] + timedelta(days=1)) if given["until"] else None,
        }


def _midnight(day: Any) -> datetime | None:
    return timezone.make_aware(datetime.combine(day, time.min)) if day else None


class AuditDesk(AdministratorsDesk):
    """What has happened. It is read here and changed nowhere."""

    name = "audit_desk"
    url_prefix = "audit"
    icon = "history"
    menu_label = _("Audit")
    menu_name = "audit"
    menu_order = 910

    def get_urlpatterns(self) -> list[Any]:
        """The list and its copy as a file."""
        return [path("", audit_log, name="index"), path("export/", export, name="export")]


@require_GET
def audit_log(request: Request) -> HttpResponse:
    """The log, newest first."""
    administrators_only(request)
    form = AuditForm(request.GET)
    found = audit.rows(**form.narrowed()) if form.is_valid() else audit.rows().none()
    shown = page(found.order_by(), by=("-pk",), cursor=request.GET.get("cursor"), size=50)
    read = audit.reader_of(request.user)
    query = request.GET.copy()
    query.pop("cursor", None)
    context = {
        "form": form,
        "lines": [read(event) for event in shown.items],
        "next": shown.next,
        "query": query.urlencode(),
        "page_title": _t("Audit"),
        "header_icon": "history",
    }
    return render(request, "social/desk/audit.html", context)


@require_http_methods(["POST"])
def export(request: Request) -> HttpResponseBase:
    """The log as a file for a spreadsheet; that it was taken is itself in the log."""
    administrators_only(request)
    form = AuditForm(request.POST)
    if not form.is_valid():
        return redirect("audit_desk:index")
    found = actions.take_audit(by=request.user, **form.narrowed())
    response = StreamingHttpResponse(
        audit.lines(found.iterator(chunk_size=2000), reader=request.user), content_type="text/csv; charset=utf-8"
    )
    day = timezone.localdate().isoformat()
    response.headers["Content-Disposition"] = f'attachment; filename="audit-{day}.csv"'
    return response
