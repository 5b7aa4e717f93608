"""One answer for htmx and for a browser without JavaScript."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme


def fragment(
    request: HttpRequest, template: str, context: dict[str, Any], *, otherwise: str, status: int = 200
) -> HttpResponse:
    """The partial for htmx, a redirect to `otherwise` for a plain form."""
    if request.headers.get("HX-Request") and not request.headers.get("HX-Boosted"):
        return render(request, template, context, status=status)
    return HttpResponseRedirect(otherwise)


def back(request: HttpRequest, default: str) -> str:
    """Where to return to: the form's `next` if it is a path of ours, else `default`.

    Security door: only a path of our own host is accepted, so that no link of ours leads elsewhere.
    """
    target = request.POST.get("next") or request.GET.get("next") or ""
    if target.startswith("/") and url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return target
    return default
