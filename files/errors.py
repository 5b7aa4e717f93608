"""Why something was not taken, in words for the person who sent it.

All of them are `core.refusal.Refused`, so a view that does nothing about them still answers with the right page.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from core import limits
from core.refusal import Refused as CoreRefused


class Refused(CoreRefused):
    """A file that is not taken. Its text says which limit or rule, and what to do; it never repeats content.

    Attributes:
        status: the HTTP status it is answered with.
        code: a stable word for programs.
    """

    status = 422
    code = "refused"

    def __init__(self, message: str, *, code: str = "", status: int = 0) -> None:
        super().__init__(message, status=status or type(self).status)
        self.code = code or type(self).code


class TooLarge(Refused):
    """It has more bytes, pixels, frames or entries than the table of limits allows."""

    status = 413
    code = "too_large"


class NotAllowed(Refused):
    """It is of a type that we do not take."""

    status = 415
    code = "type_not_allowed"


class Unreadable(Refused):
    """It claims to be of a type we take, but cannot be read as one."""

    code = "unreadable"


class TooMany(Refused):
    """This person has reached a quota."""

    status = 429
    code = "too_many"


class NoRoom(Refused):
    """The disk is nearly full: uploads stop before posts do."""

    status = 507
    code = "no_room"


class StoreAway(Refused):
    """The bucket that files lie in does not answer."""

    status = 503
    code = "store_away"

    def __init__(self) -> None:
        super().__init__(_("The place where files are kept does not answer. Try again in a moment."))


class ScannerAway(Refused):
    """The virus scanner does not answer, and nothing is taken without it."""

    status = 503
    code = "scanner_away"

    def __init__(self) -> None:
        super().__init__(_("The virus scanner does not answer. Try again in a moment."))


class Infected(Refused):
    """A virus was found in it."""

    code = "virus"


class NotGiven(Refused):
    """It is there, and is not given now: not checked for viruses yet, or with a virus."""

    status = 403
    code = "not_given"


class NotYours(Refused):
    """One of the files cannot be attached. It does not say which, nor why."""

    code = "files_unavailable"


class OutOfPlace(Refused):
    """A part of a file that does not begin where the last one ended."""

    status = 409
    code = "out_of_place"


class Gone(Refused):
    """All of a file was here, and it was not taken: no further part changes that."""

    status = 410
    code = "gone"


class Busy(Refused):
    """Somebody else is writing to the same file this very moment."""

    status = 423
    code = "busy"


class Spoilt(Refused):
    """A part of a file that does not add up to what its sender says. (The status is that of the tus protocol.)"""

    status = 460
    code = "spoilt"


class ArchiveRefused(Refused):
    """An archive that is broken, a bomb, or that would write outside its place."""

    code = "archive_refused"


def within(limit: limits.Limit, value: int, error: type[Refused] = TooLarge) -> None:
    """Hold `value` to a line of the table of limits.

    Raises:
        TooLarge, or the error given, with the sentence of the table.
    """
    try:
        limits.check(limit, value)
    except limits.LimitExceeded as exceeded:
        raise error(exceeded.messages[0]) from exceeded
