"""Who is out of the office today: a short list that this process keeps for half a minute.

It is asked for every name that stands in a text, so it costs no query there; a card holds only the place of the words.
"""

from __future__ import annotations

import time
from datetime import date
from typing import Any, NamedTuple

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from people.models import User

#: Seconds for which the list is kept.
KEPT = 30


class Away(NamedTuple):
    """Someone who is out of the office."""

    until: date
    note: str
    #: Public id and name of who stands in, while they are here; else empty.
    deputy: str
    deputy_name: str


_kept: tuple[float, dict[str, Away]] | None = None


def away_today() -> dict[str, Away]:
    """Those who are out of the office today, by public id."""
    global _kept
    if _kept is None or time.monotonic() - _kept[0] > KEPT:
        today = timezone.localdate(timezone=timezone.get_default_timezone())
        rows = User.objects.active().filter(away_from__lte=today, away_until__gte=today)
        found = rows.values_list(
            "public_id", "away_until", "away_note", "deputy__public_id", "deputy__name", "deputy__is_active"
        )
        _kept = (
            time.monotonic(),
            {
                one: Away(until, note, who if here else "", name if here else "")
                for one, until, note, who, name, here in found
            },
        )
    return _kept[1]


def forget() -> None:
    """Ask anew the next time."""
    global _kept
    _kept = None


def words(public_id: str, *, until: date, reader: Any) -> list[str]:
    """Until when someone is away and, for who may know that, who stands in: words beside their name.

    Security door: a guest is not told who stands in: they may not know that person.
    """
    said = [_("away until %(day)s") % {"day": date_format(until, "MONTH_DAY_FORMAT")}]
    away = away_today().get(public_id)
    if away is not None and away.deputy and not reader.is_guest:
        said.append(_("{} stands in").format(away.deputy_name))
    return said


def badge(public_id: str, *, reader: Any) -> SafeString | str:
    """What stands behind a name in a text: until when they are away and who stands in. Empty for who is here."""
    away = away_today().get(public_id)
    if away is None:
        return ""
    said = words(public_id, until=away.until, reader=reader)
    if len(said) == 1:
        return format_html(' <span class="tag warn">{}</span>', said[0])
    deputy = format_html('<a href="/people/{}/"><bdi>{}</bdi></a>', away.deputy, away.deputy_name)
    return format_html(' <span class="tag warn">{} · {}</span>', said[0], format_html(_("{} stands in"), deputy))
