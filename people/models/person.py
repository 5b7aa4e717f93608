"""People."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from core.addresses import address
from core.audience import everyone
from core.content import Content, Visible
from core.ids import new_id
from core.models import Access
from core.prepared import Prepared
from core.richtext import plain
from core.text import fold


class PeopleQuerySet(Visible):
    """People, narrowed."""

    def active(self) -> PeopleQuerySet:
        """Those who can sign in."""
        return self.filter(is_active=True)

    def employees(self) -> PeopleQuerySet:
        """Active members of the company: no guests, nobody who left."""
        return self.filter(is_active=True, is_guest=False)


class PeopleManager(BaseUserManager.from_queryset(PeopleQuerySet)):  # type: ignore[misc]
    """Makes people for Django's own commands; everything else goes through `people.actions`."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A person with an address and perhaps a password; used by Django's tools."""
        from people.actions import create_person

        return create_person(
            email=email, name=fields.pop("name", "") or email.split("@")[0], password=password, **fields
        )

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """An administrator."""
        fields.pop("is_superuser", None)
        return self.create_user(email, password, is_admin=True, **fields)

    def get_by_natural_key(self, username: str) -> User:
        """The person who signs in with this address, whatever its case."""
        return self.get(email__iexact=username)


class User(Content, AbstractBaseUser, PermissionsMixin):  # type: ignore[django-manager-missing] # of rooms above
    """One person: a colleague, a guest, someone who has left, or a placeholder brought by an import."""

    kind = "people.person"
    card_template = "people/_person.html"

    class Theme(models.TextChoices):
        SYSTEM = "", _("As my device")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    # The only id outside.
    public_id = models.CharField(max_length=16, default=new_id, unique=True, editable=False)
    # Where they sign in and get mail; lower case.
    email = models.EmailField(_("e-mail address"), unique=True)
    # As they want to be called.
    name = models.CharField(_("name"), max_length=80)
    # What others type after an @; given once and never given to another.
    handle = models.CharField(_("handle"), max_length=40, unique=True)
    # May sign in. A deactivated person keeps no session, token or notice; their posts stay.
    is_active = models.BooleanField(_("active"), default=True)
    # From outside: sees only the groups they were added to and the people in them.
    is_guest = models.BooleanField(_("guest"), default=False)
    # Until when a guest may come; null for no end.
    guest_until = models.DateTimeField(_("guest until"), null=True, blank=True)
    # Manages people, groups and settings of the network.
    is_admin = models.BooleanField(_("administrator"), default=False)
    # Decides on reports.
    is_moderator = models.BooleanField(_("moderator"), default=False)
    # Writes knowledge pages.
    is_editor = models.BooleanField(_("editor"), default=False)
    # May not write until then; null when free to.
    suspended_until = models.DateTimeField(_("suspended until"), null=True, blank=True)
    # The picture; null for initials.
    photo = models.ForeignKey("files.File", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    # The public id of that picture, or empty: faces are drawn everywhere, and none of them costs a join.
    picture = models.CharField(max_length=16, blank=True, editable=False)
    # What they do.
    job_title = models.CharField(_("job title"), max_length=120, blank=True)
    # Where they belong.
    department = models.CharField(_("department"), max_length=120, blank=True)
    # Where they work.
    location = models.CharField(_("location"), max_length=120, blank=True)
    # How to call them at work.
    phone = models.CharField(_("phone"), max_length=120, blank=True)
    # How to speak of them.
    pronouns = models.CharField(_("pronouns"), max_length=120, blank=True)
    # A few words about themselves: the source, and the HTML made of it.
    bio = models.TextField(_("about me"), blank=True)
    bio_html = models.TextField(blank=True, editable=False)
    # A moderator has hidden what they say about themselves, and their picture.
    profile_hidden = models.BooleanField(default=False, editable=False)
    # Whom they report to.
    manager = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="reports")
    # Out of the office from this day to that, both included; null when they are not.
    away_from = models.DateField(_("away from"), null=True, blank=True)
    away_until = models.DateField(_("away until"), null=True, blank=True)
    # What to know meanwhile.
    away_note = models.CharField(_("note"), max_length=200, blank=True)
    # Who stands in for them meanwhile.
    deputy = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    # "05-31": their birthday without the year, if they want colleagues to know it.
    birthday = models.CharField(_("birthday"), max_length=5, blank=True)
    # Since when they work here, if they want colleagues to mark the day.
    started_on = models.DateField(_("at the company since"), null=True, blank=True)
    # The language they read; empty for the browser's.
    language = models.CharField(_("language"), max_length=8, blank=True)
    # Their clock; empty for the network's.
    time_zone = models.CharField(_("time zone"), max_length=40, blank=True)
    # Light or dark.
    theme = models.CharField(_("appearance"), max_length=5, choices=Theme, blank=True, default="")
    # Name, title, department and handle without case and accents: the directory orders by it and finds in it.
    folded = models.CharField(max_length=500, blank=True, editable=False)
    # "yammer:123": where an import found them.
    origin = models.CharField(max_length=80, null=True, unique=True, editable=False)
    # Made by an import and nobody's account yet: a matching address can claim it.
    is_placeholder = models.BooleanField(default=False, editable=False)
    # When they came.
    date_joined = models.DateTimeField(_("joined"), default=timezone.now)
    # When they left.
    deactivated_at = models.DateTimeField(null=True, blank=True)
    # Last sign of life, to the minute.
    last_seen_at = models.DateTimeField(null=True, blank=True)
    # When a page of theirs with a live line was last before their eyes, to the minute; null if never.
    looking_at = models.DateTimeField(null=True, editable=False)
    # Whether others see that they are here now; `people.presence` is asked, never this alone.
    shows_presence = models.BooleanField(_("show others that I am here"), default=True)
    # Wants to hear nothing of someone: pages ask of whom only where this is set (see `Silence`).
    has_silenced = models.BooleanField(default=False, editable=False)
    # Someone lets them post in their name, or did for some days: pages ask who only where this is set (`Delegation`).
    has_delegators = models.BooleanField(default=False, editable=False)
    # Goes up when every session has to end: it is part of what a session proves.
    session_epoch = models.PositiveIntegerField(default=0, editable=False)

    #: For the drawing alone: here now, as far as the reader may see it (`people.presence.marked`).
    here = False

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    objects: ClassVar[PeopleManager] = PeopleManager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        indexes = [
            models.Index(fields=["folded", "id"], condition=Q(is_active=True), name="person_folded"),
            models.Index(fields=["department"], condition=Q(is_active=True), name="person_department"),
            models.Index(fields=["location"], condition=Q(is_active=True), name="person_location"),
            models.Index(fields=["away_until"], condition=Q(away_until__isnull=False), name="person_away"),
            models.Index(fields=["birthday"], name="person_birthday"),
            models.Index(fields=["started_on"], condition=Q(started_on__isnull=False), name="person_started"),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """The folded words follow what they are made of."""
        self.fold()
        fields = kwargs.get("update_fields")
        if fields is not None and {"name", "job_title", "department", "handle"} & set(fields):
            kwargs["update_fields"] = {*fields, "folded"}
        super().save(*args, **kwargs)

    def fold(self) -> None:
        """Set the folded words; what is written in bulk asks for it."""
        parts = (self.name, self.job_title, self.department, self.handle.replace(".", " "))
        self.folded = " ".join(fold(part) for part in parts if part)[:500]

    @property
    def is_staff(self) -> bool:
        """Whether Wagtail's admin opens for them at all."""
        return self.is_active and (self.is_admin or self.is_moderator or self.is_editor)

    @property
    def is_suspended(self) -> bool:
        """Whether they may read but not write now."""
        return self.suspended_until is not None and self.suspended_until > timezone.now()

    @property
    def is_expired(self) -> bool:
        """Whether they are a guest whose time is over."""
        return self.is_guest and self.guest_until is not None and self.guest_until <= timezone.now()

    @property
    def is_pending(self) -> bool:
        """Whether they have signed up and not yet shown that the address is theirs: nobody sees them."""
        return not self.is_active and not self.is_placeholder and self.deactivated_at is None

    @property
    def has_left(self) -> bool:
        """Whether they are a former colleague: what they said stays, they do not come in."""
        return not self.is_active and not self.is_awaited

    @property
    def is_awaited(self) -> bool:
        """Whether an import made a place for them that they have not taken yet."""
        return self.is_placeholder and self.deactivated_at is None

    @property
    def is_away(self) -> bool:
        """Whether they are out of the office today."""
        if self.away_from is None or self.away_until is None:
            return False
        return self.away_from <= timezone.localdate(timezone=timezone.get_default_timezone()) <= self.away_until

    @property
    def leads_anyone(self) -> bool:
        """Whether somebody who is here reports to them."""
        return User.objects.active().filter(manager=self).exists()

    @property
    def picture_url(self) -> str:
        """Where their face is, or empty for initials."""
        return f"/files/{self.picture}/96/" if self.picture and not self.profile_hidden else ""

    @property
    def tint(self) -> int:
        """The hue of that face, the same everywhere."""
        return self.pk * 47 % 360 if self.pk else 0

    def _get_session_auth_hash(self, secret: Any = None) -> str:
        """What a session proves: the password, and that nobody has ended all sessions since."""
        return salted_hmac(
            "people.models.User.session", f"{self.password}:{self.session_epoch}", secret=secret, algorithm="sha256"
        ).hexdigest()

    @property
    def may_write(self) -> bool:
        """Whether they may say anything anywhere now."""
        return self.is_active and not self.is_suspended

    @classmethod
    def visibility(cls, user: Any) -> Q:
        """Employees see everyone; a guest sees themselves and those who share a place with them.

        Security door: someone who has signed up and not confirmed the address is nobody's to see.
        """
        known = Q(is_active=True) | Q(is_placeholder=True) | Q(deactivated_at__isnull=False)
        if not user.is_guest:
            return known
        places = Access.objects.filter(person_id=user.pk).values("audience")
        return known & (Q(pk=user.pk) | Q(pk__in=Access.objects.filter(audience__in=places).values("person")))

    def readers(self) -> QuerySet:
        """Every employee, the person, and the guests who share a place with them."""
        if self.is_pending:
            return User.objects.none()
        places = Access.objects.filter(person_id=self.pk).values("audience")
        shared = Access.objects.filter(audience__in=places).values("person")
        return User.objects.active().filter(Q(is_guest=False) | Q(pk=self.pk) | Q(pk__in=shared))

    def responsible(self) -> User:
        """They answer for their own profile."""
        return self

    def get_absolute_url(self) -> str:
        return address("people:person", self.public_id)

    @property
    def what_and_where(self) -> str:
        """What they do, and where, on one line."""
        return " · ".join(part for part in (self.job_title, self.department, self.location) if part)

    def get_full_name(self) -> str:
        """The name; Wagtail and allauth ask for it."""
        return self.name

    def get_short_name(self) -> str:
        """The name as one calls them."""
        return self.name.split(" ")[0] or self.name

    def summary(self) -> str:
        return " · ".join(part for part in (self.name, self.job_title, self.department) if part)[:200]

    def search_text(self) -> str:
        """Name, handle and what they wrote about themselves; nothing once they have left."""
        if not self.is_active:
            return ""
        bio = "" if self.profile_hidden else plain(self.bio)
        skills = ", ".join(self.claims.values_list("skill__name", flat=True))
        more = "\n".join(self.values.exclude(field__seen="admins").values_list("text", flat=True))
        parts = (self.name, self.handle, self.job_title, self.department, self.location, skills, more, bio)
        return "\n".join(part for part in parts if part)

    def search_audience_id(self) -> int | None:
        """Every employee finds everyone who is here; a guest searches their groups, not people."""
        return everyone().pk if self.is_active else None

    def withhold(self, *, by: Any) -> None:
        """A moderator takes what they say about themselves, and their picture, out of sight."""
        from people.actions import withhold_profile

        withhold_profile(person=self, by=by)

    def release(self, *, by: Any) -> None:
        """It is shown again."""
        from people.actions import release_profile

        release_profile(person=self, by=by)

    def take_down(self, *, by: Any) -> None:
        """It is removed for good; the person and what they wrote elsewhere stay."""
        from people.actions import clear_profile

        clear_profile(person=self, by=by)


#: The directory's filters: different departments and places of those who are here. Each is read off an index alone.
_SAID = {
    field: Prepared(
        lambda field=field: (
            User.objects.active().exclude(**{field: ""}).order_by(field).values_list(field).distinct()[:60]
        )
    )
    for field in ("department", "location")
}


def said(field: str) -> list[str]:
    """The different values of a field among those who are here; for employees, who know all of them."""
    return [row[0] for row in _SAID[field].rows()]
