"""A request with an `Idempotency-Key` has its effect once, however often it is sent.

After draft-ietf-httpapi-idempotency-key-header: the key belongs to the person; the first answer is kept for a day
and given again; the same key with another request is refused with 422.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
import json
from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _

from core import limits
from core.models import IdempotentReply
from core.refusal import Refused
from core.requests import Request


def once(operation: Callable) -> Callable:
    """Wrap a writing operation that returns `(status, payload)`; act and kept answer share one transaction."""

    @functools.wraps(operation)
    def wrapper(request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        key = request.headers.get("Idempotency-Key", "")
        if not key:
            return _answer(*operation(request, *args, **kwargs))
        limits.check(limits.IDEMPOTENCY_KEY_CHARS, key)
        fingerprint = _fingerprint(request)
        try:
            with transaction.atomic():
                reply = IdempotentReply.objects.create(person=request.user, key=key, fingerprint=fingerprint)
                response = _answer(*operation(request, *args, **kwargs))
                if getattr(request, "leaves_no_trace", False):
                    # Security door (A5): of a secret vote only that the key was used is kept, not for what.
                    reply.fingerprint, reply.status, reply.body = "", 204, ""
                else:
                    reply.status, reply.body = response.status_code, response.content.decode()
                reply.save(update_fields=["fingerprint", "status", "body"])
                return response
        except IntegrityError:
            kept = IdempotentReply.objects.filter(person=request.user, key=key).first()
            if kept is None:
                raise
        if kept.fingerprint and kept.fingerprint != fingerprint:
            raise Refused(_("This Idempotency-Key was used for another request. Take a new one."), status=422)
        response = HttpResponse(kept.body, status=kept.status, content_type="application/json")
        response["Idempotent-Replayed"] = "true"
        return response

    # ninja reads the parameters from the signature; the names in it are those of the operation's own module.
    wrapper.__signature__ = inspect.signature(operation, eval_str=True)  # type: ignore[attr-defined]
    return wrapper


def _answer(status: int, payload: Any) -> HttpResponse:
    if payload is None:
        return HttpResponse(status=status)
    text = json.dumps(payload, cls=DjangoJSONEncoder, ensure_ascii=False)
    return HttpResponse(text, status=status, content_type="application/json")


def _fingerprint(request: Request) -> str:
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    if (request.content_type or "").startswith("multipart/"):
        for name in sorted(request.POST):
            digest.update(f"{name}={request.POST.getlist(name)}\n".encode())
        for name, upload in sorted(request.FILES.items()):
            assert isinstance(upload, UploadedFile)  # noqa: S101 - one file a name
            digest.update(f"{name}:{upload.name}:{upload.size}\n".encode())
            for chunk in upload.chunks():
                digest.update(chunk)
            upload.seek(0)
    else:
        digest.update(request.body)
    return digest.hexdigest()
