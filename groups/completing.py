"""Groups that may be mentioned, while an @ is typed."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import limits
from core.templatetags.kring import hue
from core.text import call_sign, initials
from groups.models import Group

#: Groups that are offered at once.
MOST = 3


def beginning(user: Any, typed: str) -> list[dict[str, Any]]:
    """Those that the person is in, or public ones, whose name begins as typed or has a word that does."""
    begun = call_sign(typed)
    found = []
    rows = Group.objects.visible_to(user).named_by(user).filter(archived_at=None).order_by("name", "pk")
    for pk, name, members in rows.values_list("pk", "name", "member_count"):
        sign = call_sign(name)
        if begun and sign and (sign.startswith(begun) or f"-{begun}" in sign):
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
            if len(found) == MOST:
                break
    return found
