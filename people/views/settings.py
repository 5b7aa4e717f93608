"""One's own settings."""

from __future__ import annotations

from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings as django_settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.forms import Form
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_POST, require_safe

from core import paging
from core.htmx import back
from core.refusal import Refused
from core.requests import Request
from people import actions, forms
from people.adapter import set_theme
from people.models import Silence

#: Rows of a list on one page.
SIZE = 40


@require_safe
def settings(request: Request) -> HttpResponse:
    """Profile, picture, language, clock, light, and the ways to sign-in and notifications."""
    return _page(request)


@require_POST
def profile(request: Request) -> HttpResponse:
    """Change what one's profile says."""
    form = forms.Profile(request.POST, person=request.user)
    if form.is_valid():
        try:
            with transaction.atomic():
                actions.edit_profile(person=request.user, by=request.user, **form.profile())
                actions.fill_in(person=request.user, by=request.user, values=form.values())
        except ValidationError as error:
            blame(form, error)
        else:
            messages.success(request, _("Your profile is saved."))
            return redirect("people:settings")
    return _page(request, profile=form)


@require_POST
def away(request: Request) -> HttpResponse:
    """Say from when to when one is out of the office and who stands in, or that one is back (`back`)."""
    if "back" in request.POST:
        actions.set_away(person=request.user, by=request.user, since=None)
        messages.success(request, _("Welcome back."))
        return redirect("people:settings")
    form = forms.Away(request.POST, person=request.user)
    if form.is_valid():
        try:
            actions.set_away(person=request.user, by=request.user, **form.cleaned_data)
        except ValidationError as error:
            blame(form, error)
        else:
            messages.success(request, _("Whoever looks for you sees it."))
            return redirect("people:settings")
    return _page(request, away=form)


@require_POST
def photo(request: Request) -> HttpResponse:
    """Put up a picture, or take it away (`remove`)."""
    form = forms.Photo(request.POST, request.FILES)
    if "remove" in request.POST:
        actions.set_photo(person=request.user, by=request.user, file=None)
        messages.success(request, _("Your picture is removed."))
        return redirect("people:settings")
    if form.is_valid():
        try:
            actions.set_photo(person=request.user, by=request.user, file=form.cleaned_data["photo"])
        except Refused as error:
            form.add_error("photo", error.message)
        else:
            messages.success(request, _("Your picture is saved."))
            return redirect("people:settings")
    return _page(request, photo=form)


@require_POST
def reading(request: Request) -> HttpResponse:
    """Change language, time zone and appearance."""
    form = forms.Reading(request.POST)
    if not form.is_valid():
        return _page(request, reading=form)
    person = actions.edit_profile(person=request.user, by=request.user, **form.cleaned_data)
    with override(person.language or None):
        messages.success(request, _("Your settings are saved."))
    answer = redirect("people:settings")
    set_theme(answer, person.theme)
    return answer


@require_safe
def silences(request: Request) -> HttpResponse:
    """Whom one has muted or blocked, the last first."""
    page = paging.page(
        Silence.objects.filter(person=request.user).select_related("of"),
        cursor=request.GET.get("cursor"),
        size=SIZE,
    )
    context = {"silences": page.items, "next_url": f"?cursor={page.next}" if page.next else ""}
    return render(request, "people/silences.html", context)


@require_POST
def end_sessions(request: Request) -> HttpResponse:
    """Sign out on every device, this one too."""
    actions.end_sessions(person=request.user, by=request.user)
    request.session.flush()
    return redirect("account_login")


@login_not_required
@require_POST
def language(request: Request) -> HttpResponse:
    """Choose a language: kept in a cookie, and with the person who is signed in."""
    code = request.POST.get("language", "")
    answer = HttpResponseRedirect(back(request, "/"))
    if code in dict(django_settings.LANGUAGES):
        if request.user.is_authenticated:
            actions.edit_profile(person=request.user, by=request.user, language=code)
        answer.set_cookie(
            django_settings.LANGUAGE_COOKIE_NAME,
            code,
            max_age=60 * 60 * 24 * 365,
            secure=django_settings.LANGUAGE_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return answer


@login_not_required
@require_POST
def theme(request: Request) -> HttpResponse:
    """Choose light, dark, or as the device: in a cookie that the first paint reads, and with the person signed in."""
    chosen = request.POST.get("theme", "")
    chosen = chosen if chosen in ("light", "dark") else ""
    if request.user.is_authenticated:
        actions.edit_profile(person=request.user, by=request.user, theme=chosen)
    wordless = request.headers.get("HX-Request") or request.headers.get("Accept") == "application/json"
    answer = HttpResponse(status=204) if wordless else HttpResponseRedirect(back(request, "/"))
    set_theme(answer, chosen)
    return answer


def _page(request: Request, **bound: Form) -> HttpResponse:
    person = request.user
    context: dict[str, Any] = {
        "profile_form": bound.get("profile") or forms.Profile(initial=forms.Profile.initial_of(person), person=person),
        "away_form": bound.get("away") or forms.Away(initial=forms.Away.initial_of(person), person=person),
        "photo_form": bound.get("photo") or forms.Photo(),
        "reading_form": bound.get("reading")
        or forms.Reading(initial={name: getattr(person, name) for name in forms.Reading.base_fields}),
        "session_count": UserSession.objects.filter(user=person).count(),
    }
    return render(request, "people/settings.html", context, status=422 if bound else 200)


def blame(form: Form, error: ValidationError) -> None:
    """Put the errors of an action at their fields."""
    for field, sentences in getattr(error, "message_dict", {"__all__": error.messages}).items():
        known = next((name for name in (field, f"field_{field}") if name in form.fields), None)
        form.add_error(known, sentences)
