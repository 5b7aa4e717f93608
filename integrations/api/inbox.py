"""My bell."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import strip_tags
from django.utils.translation import gettext as _
from ninja import Router

from core import limits, site
from core.paging import page
from core.requests import Request
from core.templatetags.kring import browser
from core.text import one_line
from inbox import actions, push
from inbox.models import Notice, Preference
from integrations.api import shape
from integrations.idempotency import once
from integrations.schemas import Notices, NotificationSettings, PushDevices, ReadIn, Unread, Wishes

router = Router(tags=["notifications"])


@router.get("/notifications", response=Notices, summary="What concerns me, newest first")
def notifications(request: Request, unread: bool = False, cursor: str | None = None) -> dict[str, Any]:
    rows = Notice.objects.filter(recipient=request.user)
    if unread:
        rows = rows.filter(unread=True)
    found = page(rows.select_related("event"), by=("-timestamp", "-pk"), cursor=cursor, size=limits.PAGE_SIZE.value)
    items = [
        {
            "id": row.public_id,
            "url": shape.absolute(reverse("inbox:notice", args=[row.public_id])),
            "kind": row.verb,
            "created_at": shape.utc(row.timestamp),
            "unread": row.unread,
            "count": row.count,
            "actor": shape.named(row.who),
            "text": one_line(strip_tags(render_to_string(row.kind.template, {"notice": row})), 500),
        }
        for row in actions.lines(found.items, reader=request.user)
    ]
    return {"items": items, "next": found.next, "unread": actions.unread_count(request.user)}


@router.post("/notifications/read", response=Unread, summary="Mark lines as read: some, or all")
@once
def read(request: Request, payload: ReadIn | None = None) -> tuple[int, Any]:
    ids = payload.ids if payload else None
    if ids is not None:
        limits.check(limits.API_IDS, ids)
    actions.mark_read(person=request.user, ids=ids)
    return 200, {"unread": actions.unread_count(request.user)}


@router.get("/me/notification-settings", response=NotificationSettings, summary="What I am told of, and where")
def chosen(request: Request) -> dict[str, Any]:
    return _settings(request.user)


@router.patch("/me/notification-settings", response=NotificationSettings, summary="Choose what to be told of")
@once
def choose(request: Request, payload: Wishes) -> tuple[int, Any]:
    limits.check(limits.API_IDS, payload.items)
    with transaction.atomic():
        for wish in payload.items:
            for channel in Preference.Channel:
                wanted = getattr(wish, channel)
                if wanted is None:
                    continue
                try:
                    actions.prefer(person=request.user, verb=wish.kind, channel=channel, wanted=wanted)
                except LookupError as error:
                    said = _("“%(kind)s” cannot be chosen there.") % {"kind": wish.kind}
                    raise ValidationError({"items": said}, code="kind") from error
    return 200, _settings(request.user)


def _settings(person: Any) -> dict[str, Any]:
    items = [
        {"kind": kind.verb, "label": str(kind.label)}
        | {str(one.channel): {"offered": one.offered, "wanted": one.wanted, "fixed": not one.free} for one in choices}
        for kind, choices in actions.preferences(person)
    ]
    return {"items": items, "mail_on": site.current().notice_mail, "push_on": push.is_on()}


@router.get("/me/devices", response=PushDevices, summary="My devices that are sent messages")
def my_devices(request: Request) -> dict[str, Any]:
    items = [
        {
            "id": one.public_id,
            "name": browser(one.agent),
            "made_at": shape.utc(one.made_at),
            "used_at": shape.utc(one.used_at),
        }
        for one in push.devices(request.user)
    ]
    return {"items": items}


@router.delete("/me/devices/{public_id}", response={204: None}, summary="Send no more messages to a device")
@once
def forget_device(request: Request, public_id: str) -> tuple[int, None]:
    push.remove(person=request.user, public_id=public_id)
    return 204, None
