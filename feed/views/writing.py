"""What helps while someone writes: the text as it will be shown, and emoji by their names."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, JsonResponse
from django.utils.html import format_html
from django.views.decorators.http import require_GET, require_POST

from core.requests import Request
from core.text import emoji_like
from feed import drawing
from feed.actions import QUICK
from groups.models import Group

#: Emoji that are offered at once.
MOST = 8


@require_POST
def drawn(request: Request) -> HttpResponse:
    """The text as it will be shown; nothing is kept of it."""
    chosen = request.POST.get("group", "")
    group = Group.objects.visible_to(request.user).filter(public_id=chosen).first() if "\0" not in chosen else None
    if chosen and group is None:
        raise Http404
    try:
        return HttpResponse(drawing.draw(author=request.user, body=request.POST.get("body", ""), group=group))
    except ValidationError as error:
        return HttpResponse(format_html("<p>{}</p>", error.messages[0]), status=422)


@require_GET
def emoji(request: Request) -> HttpResponse:
    """Emoji whose name begins as typed, then those whose name holds it; the usual ones for nothing typed."""
    typed = request.GET.get("q", "")[:40]
    found = emoji_like(typed, MOST) if typed else [(sign, "") for sign in QUICK]
    return JsonResponse([{"value": sign, "name": f"{sign} {name}".strip()} for sign, name in found], safe=False)
