"""Whose players of videos load by themselves for me. Nobody else's can be asked for."""

from __future__ import annotations

from typing import Any

from ninja import Router

from core import players as allowed
from core.requests import Request
from feed.actions import playing
from feed.models import PlayerConsent
from integrations.api import shape
from integrations.idempotency import once
from integrations.schemas import Consents

router = Router(tags=["players"])


@router.get("/me/players", response=Consents, summary="Whose players load by themselves for me")
def players(request: Request) -> dict[str, Any]:
    rows = PlayerConsent.objects.filter(person=request.user).order_by("host")
    hosts = allowed.hosts()
    return {"items": [{"host": row.host, "since": shape.utc(row.at), "allowed": row.host in hosts} for row in rows]}


@router.put("/me/players/{host}", response={204: None}, summary="Let the players of a host load by themselves for me")
@once
def always(request: Request, host: str) -> tuple[int, Any]:
    playing.always(person=request.user, host=host)
    return 204, None


@router.delete("/me/players/{host}", response={204: None}, summary="Ask me again before they load")
@once
def ask_again(request: Request, host: str) -> tuple[int, Any]:
    playing.ask_again(person=request.user, host=host)
    return 204, None
