"""The directory, and the completion of mentions."""

from __future__ import annotations

from calendar import isleap
from collections import namedtuple
from dataclasses import dataclass, field
from datetime import date
from operator import attrgetter
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core import paging
from core.audience import readers_of
from core.content import model_of
from core.drawn import Lines
from core.models import Access
from core.prepared import Prepared, columns, row_of
from core.requests import Request
from core.templatetags.kring import hue, initials
from core.text import fold
from people import away, completing, presence
from people.hearing import blocked_by
from people.models import Claim, ProfileField, ProfileValue, Skill, User
from people.models.person import said
from people.permissions import may_invite_at_all
from people.views.skills import employees_only

#: People on a page of the directory, and in a list of completions.
SIZE = 30
MARKED = 20
#: Years after which nobody works here any more.
LONGEST = 60
COMPLETIONS = 8
#: Skills offered as filters.
FACETS = 60


@require_safe
def people(request: Request) -> HttpResponse:
    """Everyone who is here, by name, found by any word of name, title or department, and by what one knows."""
    employees_only(request)
    asked = Asked.of(request)
    page = asked.page(request.user, request.GET.get("cursor"))
    words = request.GET.copy()
    words.pop("cursor", None)
    context: dict[str, Any] = {
        "people": _LINES.draw(_with_presence(page.items, request.user), _person),
        "next_url": f"?{words.urlencode()}&cursor={page.next}".replace("?&", "?") if page.next else "",
        "asked": asked,
        "may_invite": may_invite_at_all(request.user),
    }
    if request.headers.get("HX-Request") and request.GET.get("cursor"):
        return render(request, "people/_people.html", context)
    if not asked:
        context["marked"] = days_of(User.objects.visible_to(request.user).active())
    context["departments"] = said("department")
    context["places"] = said("location")
    context["languages"] = settings.LANGUAGES
    context["shows_presence"] = presence.since() is not None
    context["skills"] = _SKILLS.instances()
    context["fields"] = [(one, asked.chosen.get(one, "")) for one in choosable(request.user)]
    return render(request, "people/people.html", context)


def days_of(people: QuerySet) -> list[tuple[User, int]]:
    """Whose birthday it is today (0), and who has worked here for how many years today; as they chose to say."""
    today = timezone.localdate()
    days = [f"{today:%m-%d}"]
    if days == ["02-28"] and not isleap(today.year):
        days.append("02-29")
    # Named one by one, so that an index is read and nobody's day is computed.
    firsts = [
        date.fromisoformat(f"{year}-{day}")
        for year in range(today.year - LONGEST, today.year)
        for day in days
        if day != "02-29" or isleap(year)
    ]
    # Sorted here: asked for in an order, a database that knows how many there are would rather read everyone.
    rows = people.filter(Q(birthday__in=days) | Q(started_on__in=firsts)).order_by()
    found: list[tuple[User, int]] = []
    for one in sorted(rows, key=attrgetter("folded", "pk"))[:MARKED]:
        if one.birthday in days:
            found.append((one, 0))
        if one.started_on in firsts:
            found.append((one, today.year - one.started_on.year))
    return found


@dataclass(frozen=True)
class Asked:
    """What someone looks for in the directory."""

    q: str = ""
    department: str = ""
    place: str = ""
    language: str = ""
    # Only those who are here now.
    here: bool = False
    # The public id of a skill, and the skill.
    skill: str = ""
    knows: Skill | None = None
    # What is chosen in fields of the company's own.
    chosen: dict[ProfileField, str] = field(default_factory=dict)

    @property
    def narrows(self) -> bool:
        """Whether more is asked for than a name."""
        return bool(self.department or self.place or self.language or self.here or self.skill or self.chosen)

    @classmethod
    def of(cls, request: Request) -> Asked:
        """Read off the address."""
        skill = request.GET.get("skill", "")[:16]
        return cls(
            q=request.GET.get("q", "").strip()[:100],
            department=request.GET.get("department", "")[:120],
            place=request.GET.get("place", "")[:120],
            language=request.GET.get("language", "")[:8],
            here=request.GET.get("here", "") == "1",
            skill=skill,
            knows=Skill.objects.filter(public_id=skill).first() if skill else None,
            chosen=_chosen(request) if any(name.startswith("field_") for name in request.GET) else {},
        )

    def page(self, user: Any, cursor: str | None) -> paging.Page:
        """A page of those who fit, of the people that `user` may see: their lines.

        Raises:
            BadRequest: the cursor was not made by us.
        """
        said: dict[str, Any] = {"department": self.department, "location": self.place, "language": self.language}
        said = {field: value for field, value in said.items() if value}
        if self.skill:
            # Nobody knows about what is no skill.
            said["skill"] = self.knows.pk if self.knows else 0
        if self.here:
            since = presence.since()
            if since is None:
                return paging.Page([], None)
            said["since"] = since
        for one, value in self.chosen.items():
            said[f"field_{one.pk}"] = value
        if cursor:
            said["folded"], said["pk"] = paging.decode(cursor, len(_BY))
        if not self.q:
            found = _PEOPLE.rows(user=user, **said)
        else:
            # Words are looked for by their beginnings, which is no value that a kept query could take.
            found = [_Line._make(values) for values in _fitting(user, self.q, **said)]
        return paging.paged(found, by=_BY, size=SIZE)

    def __bool__(self) -> bool:
        return bool(self.q or self.department or self.place or self.language or self.skill or self.here or self.chosen)


@require_safe
def complete(request: Request) -> JsonResponse:
    """People for an @ that is being typed: those who can read the place first, the others greyed with the reason.

    Security door: only people whom the reader may see are offered, and the place is one they may see themselves; the
    answer never says what a place is called.
    """
    query = request.GET.get("q", "").lstrip("@")[:80]
    found = _beginning(User.objects.visible_to(request.user).active(), query).exclude(pk=request.user.pk)
    if blocked := blocked_by(request.user):
        found = found.exclude(pk__in=blocked)
    place = _place(request)
    if place is None:
        rows = [(one, True) for one in found.order_by("folded", "pk")[:COMPLETIONS]]
    else:
        inside = Access.objects.filter(audience=place.audience_id).values("person")
        first = list(found.filter(pk__in=inside).order_by("folded", "pk")[:COMPLETIONS])
        rows = [(one, True) for one in first]
        if len(rows) < COMPLETIONS:
            readers = readers_of(place.audience).filter(pk=OuterRef("pk"))
            rest = found.exclude(pk__in=inside).annotate(can=Exists(readers)).order_by("-can", "folded", "pk")
            rows += [(one, one.can) for one in rest[: COMPLETIONS - len(rows)]]
    answer = [
        {
            "value": f"@{one.handle}",
            "name": one.name,
            "note": _note(one, request.user) if can else _("cannot see this group"),
            "hue": hue(one.tint),
            "initials": initials(one.name),
            "picture": one.picture_url,
            "can": can,
        }
        for one, can in rows
    ]
    # A field for people alone (`only`) is offered nothing else.
    others = [] if request.GET.get("only") else completing.others(request.user, query)
    return JsonResponse([*answer, *others][:COMPLETIONS], safe=False)


def _note(person: User, reader: User) -> str:
    """Where they belong, or until when they are away and who stands in."""
    if person.is_away and person.away_until is not None:
        return " · ".join(away.words(person.public_id, until=person.away_until, reader=reader))
    return person.department


def matching(people: QuerySet, query: str) -> QuerySet:
    """Those in whose name, title, department or handle every word of `query` begins some word."""
    for word in fold(query).split()[:6]:
        people = people.filter(Q(folded__startswith=word) | Q(folded__contains=f" {word}"))
    return people


def _beginning(people: QuerySet, query: str) -> QuerySet:
    words = fold(query).replace(".", " ").split()[:3]
    found = people
    for word in words:
        found = found.filter(Q(folded__startswith=word) | Q(folded__contains=f" {word}"))
    if len(words) == 1:
        found |= people.filter(handle__startswith=words[0])
    return found


def _place(request: Request) -> Any:
    """The group in which the mention is typed, if there is one and the reader may see it."""
    public_id = request.GET.get("group", "")
    if not public_id:
        return None
    groups: QuerySet = model_of("groups.group").objects.visible_to(request.user)
    return groups.filter(public_id=public_id).select_related("audience").first()


def choosable(reader: Any) -> list[ProfileField]:
    """The company's own fields by which the directory can be narrowed: lists to choose from that the reader sees."""
    return [one for one in _CHOICES.instances() if one.shows_to(reader, None)]


def _chosen(request: Request) -> dict[ProfileField, str]:
    """What is chosen in fields of the company's own."""
    asked = {one: request.GET.get(f"field_{one.public_id}", "")[:120] for one in choosable(request.user)}
    return {one: value for one, value in asked.items() if value}


def _fitting(user: Any, q: str = "", *, folded: str | None = None, pk: int = 0, **said: Any) -> QuerySet:
    """Lines of a page of the directory and of the one after it."""
    people = matching(User.objects.visible_to(user).active(), q)
    if "since" in said:
        people = presence.narrowed(people, user=user, since=said.pop("since"))
    if "skill" in said:
        people = people.filter(pk__in=Claim.objects.filter(skill=said.pop("skill")).values("person"))
    for name in [name for name in said if name.startswith("field_")]:
        held = ProfileValue.objects.filter(field_id=int(name.removeprefix("field_")), text=said.pop(name))
        people = people.filter(pk__in=held.values("person"))
    values = None if folded is None else [folded, pk]
    return paging.cut(people.filter(**said), by=_BY, values=values, size=SIZE).values_list(*_COLUMNS)


def _with_presence(lines: list[_Line], reader: User) -> list[tuple]:
    """Lines with one value more: whether the reader may see that they are here now."""
    here = presence.keys_of([line.pk for line in lines], reader=reader)
    return [(*line, line.pk in here) for line in lines]


def _person(values: tuple) -> User:
    """The person whom a line draws."""
    person = row_of(User, _COLUMNS, values[:-1])
    person.here = values[-1]
    return person


_BY = ("folded", "pk")
#: What a line of the directory shows, and where it stands.
_COLUMNS = columns(
    User,
    "id public_id name folded job_title department location is_guest is_active is_placeholder deactivated_at picture "
    "profile_hidden away_from away_until",
)
_LINES = Lines("people/_person.html")


class _Line(namedtuple("_Line", _COLUMNS)):  # type: ignore[misc]  # the columns are a list made above
    __slots__ = ()

    @property
    def pk(self) -> int:
        return self.id  # type: ignore[attr-defined]


_PEOPLE = Prepared(_fitting, _Line)
_CHOICES = Prepared(
    lambda: ProfileField.objects.filter(builtin="", kind=ProfileField.Kind.CHOICE).order_by("place", "pk")
)
_SKILLS = Prepared(lambda: Skill.objects.filter(count__gt=0).order_by("-count", "-pk")[:FACETS])
