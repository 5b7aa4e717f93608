"""Errors as problem documents (RFC 9457): `type`, `title`, `status`, `detail`, and `errors` by field."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig, SuspiciousOperation, ValidationError
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.request import RawPostDataException
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError
from ninja.errors import ValidationError as RequestInvalid

from core.refusal import Refused

logger = logging.getLogger(__name__)


def problem(status: int, detail: str, **more: Any) -> JsonResponse:
    """A problem document. It names neither the address nor what lies behind it."""
    document = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, **more}
    return JsonResponse(document, status=status, content_type="application/problem+json")


def install(api: NinjaAPI) -> None:
    """Answer every failure of the API with a problem document."""

    @api.exception_handler(Http404)
    def missing(request: HttpRequest, error: Exception) -> HttpResponse:
        return problem(404, _("There is nothing here, or nothing that you may see."))

    @api.exception_handler(Refused)
    def refused(request: HttpRequest, error: Refused) -> HttpResponse:
        return problem(error.status, error.message)

    @api.exception_handler(PermissionDenied)
    def denied(request: HttpRequest, error: PermissionDenied) -> HttpResponse:
        return problem(403, str(error) or _("You may not do this."))

    @api.exception_handler(ValidationError)
    def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
        fields = error.message_dict if hasattr(error, "error_dict") else {}
        return problem(422, " ".join(error.messages), **({"errors": fields} if fields else {}))

    @api.exception_handler(RequestInvalid)
    def unreadable(request: HttpRequest, error: RequestInvalid) -> HttpResponse:
        errors: dict[str, list[str]] = {}
        for item in error.errors:
            place = ".".join(str(part) for part in item["loc"][1:] if part not in ("payload",)) or "body"
            errors.setdefault(place, []).append(item["msg"])
        return problem(422, _("Something in the request is missing or of the wrong kind."), errors=errors)

    @api.exception_handler(AuthenticationError)
    def anonymous(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        response = problem(401, _("Send a bearer token, or sign in."))
        response["WWW-Authenticate"] = "Bearer"
        return response

    @api.exception_handler(HttpError)
    def stated(request: HttpRequest, error: HttpError) -> HttpResponse:
        if error.status_code == 400:
            return problem(400, _("The request cannot be read. Send JSON in UTF-8."))
        return problem(error.status_code, str(error))

    @api.exception_handler(RawPostDataException)
    def a_form(request: HttpRequest, error: Exception) -> HttpResponse:
        return problem(400, _("The request cannot be read. Send JSON in UTF-8."))

    @api.exception_handler(RequestDataTooBig)
    def large(request: HttpRequest, error: Exception) -> HttpResponse:
        return problem(413, _("The request is too large."))

    @api.exception_handler(BadRequest)
    @api.exception_handler(SuspiciousOperation)
    def bad(request: HttpRequest, error: Exception) -> HttpResponse:
        return problem(400, str(error) if isinstance(error, BadRequest) else _("The request cannot be read."))

    @api.exception_handler(Exception)
    def broken(request: HttpRequest, error: Exception) -> HttpResponse:
        if isinstance(error, DataError) and "NUL" in str(error):
            # PostgreSQL stores no NUL; an id or name with one is no id or name of ours.
            return problem(400, _("The request cannot be read."))
        logger.exception("the API failed")
        return problem(500, _("Something went wrong on our side. Nothing was changed; try again."))
