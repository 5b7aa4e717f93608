"""Groups that may be mentioned, while an @ is typed."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import limits
from core.templatetags.kring import hue
from core.text import call_sign, fold, initials
from groups.models import Group

#: Groups that are offered at once.
MOST = 3


def beginning(user: Any, typed: str) -> list[dict[str, Any]]:
    """Those that the person is in, or public ones, whose name or handle begins as typed or has a word that does."""
    begun, word = call_sign(typed), fold(typed)
    meant = Q(folded__startswith=word) | Q(folded__contains=f" {word}")
    if begun:
        meant |= Q(handle__startswith=begun) | Q(handle__contains=f"-{begun}")
    rows = Group.objects.visible_to(user).named_by(user).filter(meant, archived_at=None).exclude(handle="")
    found = []
    for pk, name, sign, members in rows.order_by("name", "pk").values_list("pk", "name", "handle", "member_count")[
        :MOST
    ]:
        can = members - 1 <= limits.CALLED_MEMBERS.value
        note = ngettext("%(n)s member", "%(n)s members", members) % {"n": members}
        found.append(
            {
                "value": f"@{sign}",
                "name": name,
                "note": note if can else _("too large to be mentioned"),
                "hue": hue(pk),
                "initials": initials(name),
                "picture": "",
                "can": can,
            }
        )
    return found
