"""What a composer needs: where one may write, who will see it, and what was typed when it could not be sent."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from core import limits, site
from core.refusal import Refused
from feed.calendars import clocks
from feed.cards import Reader
from feed.models import Post
from feed.permissions import Roles, may_announce
from files import actions as attachments
from files.models import File
from groups.models import Group
from people.delegating import spoken_for
from people.models import User


class Place(NamedTuple):
    """Somewhere the person may begin a thread."""

    #: The group's public id; empty for the whole company.
    value: str
    name: str
    privacy: str
    members: int

    @property
    def private(self) -> bool:
        """Whether only members see what is said there."""
        return bool(self.value) and self.privacy != Group.Privacy.PUBLIC

    @property
    def who(self) -> str:
        """Who will see it, in a sentence."""
        if not self.value:
            return _("Every colleague can see this, guests cannot.")
        if not self.private:
            return _("Every colleague can see this: %(group)s is a public group.") % {"group": self.name}
        return ngettext(
            "Only the %(count)s member of %(group)s can see this.",
            "Only the %(count)s members of %(group)s can see this.",
            self.members,
        ) % {"count": self.members, "group": self.name}


@dataclass
class Composer:
    """One form to write in, with what it holds."""

    places: list[Place]
    chosen: Place | None
    #: Whether an announcement may be made there.
    announces: bool = False
    body: str = ""
    kind: str = Post.Kind.STATUS
    errors: list[str] = field(default_factory=list)
    #: Files that were uploaded already and are not lost by an error.
    files: list[File] = field(default_factory=list)
    #: Whether the place is given by the page and not chosen.
    fixed: bool = False
    #: What a poll asks, as it was typed: {"options": lines, "many": …}.
    poll: dict[str, Any] = field(default_factory=dict)
    #: Whom it praises, as it was typed: {"badge": …, "praised": "@bob.baker"}.
    praise: dict[str, Any] = field(default_factory=dict)
    #: What an event is, as it was typed: {"title": …, "from_day": …}.
    event: dict[str, Any] = field(default_factory=dict)
    #: The draft it is written on, and when that shall be said.
    draft: str = ""
    #: Whether an announcement goes out by mail too: "1" or "0".
    mail: str = "1"
    #: The post that is shared: its draft is none of the usual field's.
    shares: str = ""
    due_at: Any = None
    #: Those in whose name the person may post, and the one that was chosen.
    speakers: list[User] = field(default_factory=list)
    behalf: str = ""
    #: The group of the thread that is answered, for the completion of names.
    group: str = ""
    max: int = 0

    @property
    def is_blank(self) -> bool:
        """Whether nothing was typed yet that only some kinds ask for."""
        return not (self.poll or self.praise or self.event)

    @property
    def mails(self) -> str:
        """The same, as far as there is a choice: nothing where the administrators send no mail."""
        return (self.mail or "1") if site.current().notice_mail else ""

    @property
    def clocks(self) -> tuple[tuple[str, str], ...]:
        """The time zones to choose from, first what was chosen, else the reader's own."""
        return clocks(str(self.event.get("zone") or ""), timezone.get_current_timezone_name())

    @property
    def options(self) -> SafeString:
        """The choice of places. Drawn here and not in the template: someone may be in hundreds of groups."""
        chosen = self.chosen.value if self.chosen else ""
        language = get_language() or ""
        return mark_safe("".join(_option(place, place.value == chosen, language) for place in self.places))


@lru_cache(maxsize=4096)
def _option(place: Place, chosen: bool, language: str) -> str:
    """One choice in the reader's language; everything it says is in its arguments."""
    private = " data-private" if place.private else ""
    selected = " selected" if chosen else ""
    return (
        f'<option value="{place.value}" data-who="{escape(place.who)}"{private}{selected}>{escape(place.name)}</option>'
    )


def places(reader: Reader) -> list[Place]:
    """Where the reader may write: the whole company, then their groups by name. No query of its own."""
    if not reader.user.may_write:
        return []
    found = [
        Place(place.public_id, place.name, place.privacy, place.member_count)
        for place in reader.places
        if place.archived_at is None and (place.posting == Group.Posting.ALL or reader.roles.leads(place.group_id))
    ]
    if not reader.user.is_guest:
        found.insert(0, everyone())
    return found


def everyone() -> Place:
    """The whole company."""
    return Place("", _("Everyone"), "", 0)


def place_of(group: Group) -> Place:
    """A group as the place of a post."""
    return Place(group.public_id, group.name, group.privacy, group.member_count)


def blank(reader: Reader, where: list[Place], *, chosen: str = "", fixed: bool = False) -> Composer | None:
    """An empty composer; None for someone who may write nowhere."""
    if not where:
        return None
    picked = next((place for place in where if place.value == chosen), where[0])
    return Composer(where, picked, fixed=fixed, max=limits.POST_CHARS.value, speakers=spoken_for(reader.user))


def with_announcements(
    composer: Composer | None, *, user: Any, group: Group | None, roles: Roles | None = None
) -> Composer | None:
    """Offer announcements where the person may make them."""
    # In another's name with their right, which is asked when it is sent.
    lent = composer is not None and any(one.is_admin or group is not None for one in composer.speakers)
    if composer is not None and (lent or may_announce(user, group, roles)):
        composer.announces = True
    return composer


def loose_files(user: Any, ids: Iterable[str]) -> list[File]:
    """The person's own uploads that wait to be attached: a form that failed keeps those that can be posted."""
    ids = list(ids)
    if not ids:
        return []
    loose = File.objects.visible_to(user).filter(owner=user, public_id__in=ids, state=File.State.LOOSE)
    return list(loose.exclude(scan=File.Scan.INFECTED).filter(refused=""))


def together(request: Any) -> AbstractContextManager[Any]:
    """Where files come with a text: neither is kept without the other. A text alone needs no more than its action."""
    return transaction.atomic() if request.FILES or request.POST.getlist("file") else nullcontext()


def take_files(request: Any, ids: list[str]) -> list[str]:
    """The ids of all files of a form: those uploaded before, and those a browser without scripts sent along.

    Raises:
        Refused: one of them is not taken.
    """
    taken = list(ids)
    for one in request.FILES.getlist("files"):
        taken.append(attachments.upload(by=request.user, stream=one, name=one.name or "").public_id)
    for file in loose_files(request.user, ids):
        alt = request.POST.get(f"alt-{file.public_id}", "")
        if alt and alt != file.alt:
            attachments.describe(file=file, alt=alt, by=request.user)
    return taken


def said(error: ValidationError | Refused) -> list[str]:
    """The sentences of an error, for the form."""
    return list(error.messages) if isinstance(error, ValidationError) else [error.message]
