"""Captions on films and sounds."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import limits
from core.events import record
from files import captions, events
from files.actions import scans
from files.actions.reading import keep_text
from files.errors import Refused, TooMany, within
from files.models import Caption, File
from files.permissions import may


def caption(*, file: File, by: Any, content: bytes, language: str) -> Caption:
    """Give a film or a sound captions in a language; those it had in that language are replaced.

    Raises:
        Refused: it is another's, no film or sound, or these are no captions; or the virus scanner stands in the way.
    """
    code = captions.language(language)
    # What is kept is written anew by us; what came is looked at all the same, and kept from coming again.
    scans.at_once(content=content, name=f"{file.name}.{code}.vtt", by=by)
    text = captions.read(content)
    with transaction.atomic():
        mine = _own(file, by)
        within(limits.CAPTIONS_PER_FILE, len({*mine.captions, code}), TooMany)
        made, _new = Caption.objects.update_or_create(file=mine, language=code, defaults={"text": text, "by": by})
        _settle(mine, by)
        return made


def remove_caption(*, file: File, by: Any, language: str) -> None:
    """Take the captions in a language away; where there are none, nothing happens.

    Raises:
        Refused: it is another's.
    """
    with transaction.atomic():
        mine = _own(file, by)
        if Caption.objects.filter(file=mine, language=language).delete()[0]:
            _settle(mine, by)


def _own(file: File, by: Any) -> File:
    mine = File.objects.visible_to(by).select_for_update().filter(pk=file.pk).first()
    if mine is None or not may(by, mine).caption:
        raise Refused(_("Only who sent a film or a sound gives it captions."), status=403)
    return mine


def _settle(file: File, by: Any) -> None:
    """What is said in them is found by search, and the player knows which there are."""
    rows = list(Caption.objects.filter(file=file).order_by("language"))
    keep_text(file=file, text="\n".join(captions.words(row.text) for row in rows))
    file.captions = [row.language for row in rows]
    file.save(update_fields=["captions"])
    record(events.CAPTIONED, actor=by, target=file, id=file.public_id, languages=file.captions)
