"""What helps while someone writes: the text as it will be shown, what is behind its links, and emoji by their names."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, JsonResponse
from django.utils.html import format_html
from django.views.decorators.http import require_GET, require_POST

from core.requests import Request
from core.text import emoji_like
from feed import drawing, playing
from feed.actions import QUICK, previews
from feed.models import Preview
from groups.models import Group

#: Emoji that are offered at once.
MOST = 8


@require_POST
def drawn(request: Request) -> HttpResponse:
    """The text as it will be shown; nothing is kept of it."""
    try:
        return HttpResponse(_drawn(request))
    except ValidationError as error:
        return HttpResponse(format_html("<p>{}</p>", error.messages[0]), status=422)


@require_POST
def links(request: Request) -> HttpResponse:
    """What the pages behind the links of the text say of themselves, as cards; `X-Waiting` tells how many may still
    come. Of a text that cannot be posted there is nothing to show.
    """
    try:
        found = previews.look(person=request.user, drawn=_drawn(request))
    except ValidationError:
        found = []
    answer = HttpResponse(playing.looked(found))
    answer["X-Waiting"] = str(sum(one.state == Preview.State.WAITING for one in found))
    return answer


def _drawn(request: Request) -> str:
    """The text of a form as it will be shown.

    Raises:
        Http404: it is for a group that they do not know.
        ValidationError: it cannot be posted.
    """
    chosen = request.POST.get("group", "")
    group = Group.objects.visible_to(request.user).filter(public_id=chosen).first() if "\0" not in chosen else None
    if chosen and group is None:
        raise Http404
    return drawing.draw(author=request.user, body=request.POST.get("body", ""), group=group)


@require_GET
def emoji(request: Request) -> HttpResponse:
    """Emoji whose name begins as typed, then those whose name holds it; the usual ones for nothing typed."""
    typed = request.GET.get("q", "")[:40]
    found = emoji_like(typed, MOST) if typed else [(sign, "") for sign in QUICK]
    return JsonResponse([{"value": sign, "name": f"{sign} {name}".strip()} for sign, name in found], safe=False)
