"""Groups, who is in them and who wants in."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.addresses import address
from core.audience import everyone, grant
from core.content import Content, Visible
from core.ids import new_id
from core.models import Access, Audience
from core.prepared import now
from core.text import call_sign, fold
from people.models import User

if TYPE_CHECKING:
    from groups.permissions import May


#: How long a deleted group can be brought back.
RETURN = timedelta(days=30)
#: How long an invitation waits at least before it is sent again.
RESENT = timedelta(days=1)


class GroupQuerySet(Visible):
    """Groups, narrowed."""

    def live(self) -> GroupQuerySet:
        """Groups that are in use: neither archived nor deleted."""
        return self.filter(archived_at=None, deleted_at=None)

    def deleted_by(self, person: Any) -> GroupQuerySet:
        """Deleted groups that `person` may bring back: what they own; an administrator all that are no secret.

        Security door: the only question that finds a deleted group for a person; its name is shown and nothing in it.
        """
        if not (person.is_authenticated and person.is_active) or person.is_guest:
            return self.none()
        own = Membership.objects.filter(person=person.pk, role=Membership.Role.OWNER).values("group")
        theirs = Q(pk__in=own)
        if person.is_admin:
            theirs |= ~Q(privacy=Group.Privacy.SECRET)
        return self.filter(theirs, deleted_at__gt=timezone.now() - RETURN)

    def called_like(self, query: str) -> GroupQuerySet:
        """Those in whose name every word begins a word; all for no words."""
        rows = self
        for word in fold(query).split()[:6]:
            rows = rows.filter(Q(folded__startswith=word) | Q(folded__contains=f" {word}"))
        return rows

    def joined_by(self, person: Any) -> GroupQuerySet:
        """The groups that a person is a member of."""
        return self.filter(pk__in=Membership.objects.filter(person=person.pk).values("group"))

    def named_by(self, person: Any) -> GroupQuerySet:
        """Groups that a person may mention: those they are in and, for colleagues, public ones.

        A predicate like `visible_to`, which still has to be asked.
        """
        known = Q(pk__in=Membership.objects.filter(person=person.pk).values("group"))
        if not person.is_guest:
            known |= Q(privacy=Group.Privacy.PUBLIC)
        return self.filter(known)


class Category(models.Model):
    """A shelf of the directory of groups: administrators make them, owners choose one."""

    # The only id outside.
    public_id = models.CharField(max_length=16, default=new_id, unique=True, editable=False)
    # What it is called.
    name = models.CharField(_("name"), max_length=60, unique=True)
    # Smaller numbers stand first.
    place = models.PositiveSmallIntegerField(_("place"), default=100)

    class Meta:
        ordering = ("place", "name", "pk")

    def __str__(self) -> str:
        return self.name


class Group(Content):
    """A place with members. `audience` is the one that new posts are for; see `GroupAudience` for earlier ones."""

    kind = "groups.group"
    card_template = "groups/_group.html"

    #: Orders of a list of groups. None tells when something was last said in one.
    ORDERS: ClassVar[dict[str, tuple[str, str]]] = {
        "name": ("folded", "pk"),
        "members": ("-member_count", "-pk"),
        "new": ("-created_at", "-pk"),
    }

    class Privacy(models.TextChoices):
        PUBLIC = "public", _("Public: every employee can read it")
        PRIVATE = "private", _("Private: its name is known, only members read it")
        SECRET = "secret", _("Secret: only members know that it exists")

    class Join(models.TextChoices):
        OPEN = "open", _("Anyone can join")
        REQUEST = "request", _("People ask, an owner decides")
        INVITE = "invite", _("By invitation only")

    class History(models.TextChoices):
        ALL = "all", _("New members see everything")
        JOINING = "joining", _("New members see what comes after they join")

    class Posting(models.TextChoices):
        ALL = "all", _("All members")
        LEADS = "leads", _("Owners and moderators; every member answers")

    class Enrolment(models.TextChoices):
        FREE = "", _("Whoever joins")
        DEFAULT = "default", _("Every colleague, who may leave")
        MANDATORY = "mandatory", _("Every colleague, who may not leave")

    # The only id outside.
    public_id = models.CharField(max_length=16, default=new_id, unique=True, editable=False)
    # What it is called.
    name = models.CharField(_("name"), max_length=80)
    # What stands behind the @ that mentions it: made of the name, or as an owner wrote it. Several groups may have the
    # same, since nobody learns of a secret one by not getting it.
    handle = models.CharField(_("handle"), max_length=40, blank=True, default="", db_index=True)
    # What it is for, in plain text.
    description = models.TextField(_("description"), blank=True)
    # Who may know and read it.
    # (The API calls it `visibility`; here that name is the contract's rule.)
    privacy = models.CharField(_("who can read it"), max_length=8, choices=Privacy, default=Privacy.PUBLIC)
    # How one becomes a member.
    join = models.CharField(_("how people join"), max_length=8, choices=Join, default=Join.OPEN)
    # What newcomers see of the past.
    history = models.CharField(_("history"), max_length=8, choices=History, default=History.ALL)
    # On which shelf of the directory it stands.
    category = models.ForeignKey(Category, on_delete=models.SET_NULL, null=True, blank=True, related_name="groups")
    # How one behaves there, in plain text.
    rules = models.TextField(_("rules"), blank=True)
    # Who begins discussions; every member answers.
    posting = models.CharField(_("who begins discussions"), max_length=8, choices=Posting, default=Posting.ALL)
    # Whether colleagues are in it without asking; administrators say so.
    enrolment = models.CharField(_("who is in it"), max_length=9, choices=Enrolment, blank=True, default="")
    # Colleagues of which departments and of which places that is; empty for all.
    enrolled_departments = models.JSONField(default=list, blank=True)
    enrolled_locations = models.JSONField(default=list, blank=True)
    # Who owns it when its last owner has left the company; null for the next in line.
    successor = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    # A picture over the page; null for a plain colour.
    cover = models.ForeignKey("files.File", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    # The public id of its sign, or empty for its initial: signs are drawn everywhere, and none of them costs a join.
    picture = models.CharField(max_length=16, blank=True, default="", editable=False)
    # Who made it.
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    # When.
    created_at = models.DateTimeField(default=timezone.now)
    # Read-only since; null while in use.
    archived_at = models.DateTimeField(null=True, blank=True)
    # Gone for everyone since, and who deleted it; null while it stands. Its owners and administrators bring it back.
    deleted_at = models.DateTimeField(null=True, blank=True)
    deleted_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    # How many members, rebuilt by `manage.py recount`.
    member_count = models.PositiveIntegerField(default=0)
    # Its name without case and accents: lists order by it and find in it.
    folded = models.CharField(max_length=200, blank=True, editable=False)
    # "yammer:9000": where an import found it.
    origin = models.CharField(max_length=80, null=True, unique=True, editable=False)

    # What a reader may do there, once `groups.permissions.load` has been here; and how they stand to it.
    may: May
    _standing: tuple[int, tuple[str, bool, bool]]
    # Whether someone who is here looks after it, where that was asked.
    _led: bool

    objects = GroupQuerySet.as_manager()  # type: ignore[misc] # the plugin takes the base's manager for a class variable

    class Meta:
        verbose_name = _("group")
        verbose_name_plural = _("groups")
        indexes = [
            models.Index(fields=["folded", "id"], name="group_folded"),
            models.Index(fields=["enrolment"], condition=~Q(enrolment=""), name="group_enrolment"),
            models.Index(fields=["deleted_at"], condition=Q(deleted_at__isnull=False), name="group_deleted"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(privacy="secret") | Q(join="invite"), name="secret_groups_are_by_invitation"
            ),
            models.CheckConstraint(
                condition=~Q(privacy="secret") | Q(enrolment=""), name="nobody_is_enrolled_in_a_secret_group"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """The folded name follows the name, and the handle is never missing."""
        self.folded = fold(self.name)[:200]
        self.handle = self.handle or call_sign(self.name)
        fields = kwargs.get("update_fields")
        if fields is not None and "name" in fields:
            kwargs["update_fields"] = {*fields, "folded", "handle"}
        super().save(*args, **kwargs)

    @classmethod
    def visibility(cls, user: Any) -> Q:
        """Employees know every group that is not secret; members and invited people know theirs, a guest only theirs.

        Security door: this says who may know that the group exists and what it is called; of a deleted one, nobody
        (see `deleted_by`). What is said inside is decided by its audiences.
        """
        own = Q(audience__in=Access.objects.filter(person_id=user.pk).values("audience"))
        own |= Q(pk__in=GroupInvitation.objects.standing().filter(person_id=user.pk).values("group"))
        known = own if user.is_guest else own | ~Q(privacy=cls.Privacy.SECRET)
        return known & Q(deleted_at=None)

    def readers(self) -> QuerySet:
        """Its members and those who are asked in, and every employee unless it is secret; of a deleted one, nobody."""
        if self.deleted_at is not None:
            return User.objects.none()
        members = Q(pk__in=Access.objects.filter(audience=self.audience_id).values("person"))
        members |= Q(pk__in=GroupInvitation.objects.standing().filter(group=self).values("person"))
        if self.privacy != self.Privacy.SECRET:
            members |= Q(is_guest=False)
        return User.objects.active().filter(members)

    def get_absolute_url(self) -> str:
        return address("groups:group", self.public_id)

    def summary(self) -> str:
        return self.name

    def search_text(self) -> str:
        return f"{self.name}\n{self.description}"

    def search_audience_id(self) -> int | None:
        """Everyone may find a group that is not secret; a secret one is found by its members, a deleted one by none."""
        if self.deleted_at is not None:
            return None
        if self.privacy == self.Privacy.SECRET:
            return self.audience_id
        return everyone().pk

    @property
    def is_private(self) -> bool:
        """Whether only members read it: it wears a lock."""
        return self.privacy != self.Privacy.PUBLIC

    @property
    def is_archived(self) -> bool:
        """Whether it is read-only."""
        return self.archived_at is not None

    @property
    def is_deleted(self) -> bool:
        """Whether it is gone for everyone, and can perhaps be brought back."""
        return self.deleted_at is not None

    @property
    def returns_until(self) -> datetime | None:
        """Until when a deleted group can be brought back."""
        return self.deleted_at + RETURN if self.deleted_at else None

    @property
    def is_gone(self) -> bool:
        """Whether a deleted group can no longer be brought back: it is being taken away for good."""
        return self.deleted_at is not None and self.deleted_at + RETURN <= timezone.now()

    def moderators(self) -> QuerySet:
        """The network's moderators and the group's own owners and moderators."""
        own = self.memberships.filter(role__in=[Membership.Role.OWNER, Membership.Role.MODERATOR]).values("person")
        return User.objects.active().filter(Q(is_moderator=True) | Q(is_admin=True) | Q(pk__in=own))

    def enrols(self, person: Any) -> bool:
        """Whether someone is in it by what the company says of them; no query."""
        return bool(
            self.enrolment
            and person.is_active
            and not person.is_guest
            and (not self.enrolled_departments or person.department in self.enrolled_departments)
            and (not self.enrolled_locations or person.location in self.enrolled_locations)
        )

    def enrolled(self) -> QuerySet[User]:
        """The same read backwards."""
        rows = User.objects.employees() if self.enrolment else User.objects.none()
        if self.enrolled_departments:
            rows = rows.filter(department__in=self.enrolled_departments)
        if self.enrolled_locations:
            rows = rows.filter(location__in=self.enrolled_locations)
        return rows

    @property
    def circle(self) -> str:
        """The departments and places whose colleagues are in it; empty for all."""
        return ", ".join([*self.enrolled_departments, *self.enrolled_locations])

    def responsible(self) -> User | None:
        """Its first owner."""
        first = self.memberships.filter(role=Membership.Role.OWNER).select_related("person").order_by("pk").first()
        return first.person if first else None

    @property
    def picture_url(self) -> str:
        """The address of its sign, or empty."""
        return f"/files/{self.picture}/96/" if self.picture else ""

    @property
    def hue(self) -> int:
        """The hue of its square, the same everywhere."""
        return self.pk * 47 % 360 if self.pk else 0

    def withhold(self, *, by: Any) -> None:
        """A moderator stops it: nobody writes in it any more."""
        from groups.actions import close

        close(group=self, by=by)

    def release(self, *, by: Any) -> None:
        """It is in use again."""
        from groups.actions import reopen

        reopen(group=self, by=by)

    def take_down(self, *, by: Any) -> None:
        """It stays closed; what its members wrote is reported and removed post by post."""
        self.withhold(by=by)


class GroupAudience(models.Model):
    """An audience that belongs to a group. Opening a private group gives it a new one; the earlier stay closed."""

    # The group.
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="audiences")
    # One of its audiences.
    own = models.OneToOneField(Audience, on_delete=models.PROTECT, related_name="group_audience")

    def __str__(self) -> str:
        return f"{self.own_id} of {self.group_id}"


class PutBy(models.Model):
    """Where the accesses and notices of a deleted group lie until it is brought back or gone.

    Who may see is asked of accesses, so a group whose accesses stand under another audience, in which nothing was ever
    said, is gone for everyone, on every surface, and comes back exactly as it was.
    """

    # The group.
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="put_by")
    # Which of its audiences; null for the notices that belong to no audience.
    own = models.ForeignKey(Audience, on_delete=models.PROTECT, null=True, related_name="+")
    # Whether every employee read it.
    open = models.BooleanField(default=False)
    # The audience that keeps them meanwhile: nothing is said to it.
    kept = models.OneToOneField(Audience, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.own_id} of {self.group_id}"


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Memberships, narrowed; every way of writing them keeps `core.Access` in step."""

    def active(self) -> MembershipQuerySet:
        """Those of people who can sign in."""
        return self.filter(person__is_active=True)

    def counted(self) -> MembershipQuerySet:
        """Those of people who can sign in, and of those whom an import brought and who are still to come."""
        return self.filter(Q(person__is_active=True) | Q(person__is_placeholder=True, person__deactivated_at=None))

    def leading(self) -> MembershipQuerySet:
        """Owners and moderators."""
        return self.filter(role__in=[Membership.Role.OWNER, Membership.Role.MODERATOR])

    def bulk_create(self, objs: Any, *args: Any, **kwargs: Any) -> list[Any]:
        """Write many at once (imports); Django sends no signal for it, so the access is granted here."""
        rows = super().bulk_create(objs, *args, **kwargs)
        groups = {group.pk: group for group in Group.objects.filter(pk__in={row.group_id for row in rows})}
        for group in groups.values():
            entering = [row for row in rows if row.group_id == group.pk]
            whole = group.history == Group.History.ALL
            for audience in _audiences_given(group):
                Access.objects.bulk_create(
                    [
                        Access(
                            audience=audience,
                            person_id=row.person_id,
                            since=None if whole else row.joined_at,
                            read_seq=audience.seq,
                        )
                        for row in entering
                    ],
                    ignore_conflicts=True,
                )
        recount_members(groups)
        return rows


class Membership(models.Model):
    """One person's place in one group. Who may read follows `core.Access`, which is written beside it."""

    class Role(models.TextChoices):
        OWNER = "owner", pgettext_lazy("role in a group", "Owner")
        MODERATOR = "moderator", pgettext_lazy("role in a group", "Moderator")
        MEMBER = "member", pgettext_lazy("role in a group", "Member")

    #: What the button says that gives a role.
    GIVING: ClassVar = {
        Role.OWNER: _("Make owner"),
        Role.MODERATOR: _("Make moderator"),
        Role.MEMBER: _("Make member"),
    }

    # Where.
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="memberships")
    # Who.
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    # What they may do there.
    role = models.CharField(max_length=10, choices=Role, default=Role.MEMBER)
    # Since when.
    joined_at = models.DateTimeField(default=timezone.now)
    # Who let them in; null when they came by themselves.
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    # Came by what the company says of them, and goes with it; whom people let in stays.
    enrolled = models.BooleanField(default=False)

    # The audiences that go with it, noted while it is deleted (`groups.receivers`).
    _audiences: list[int]

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["group", "person"], name="one_membership")]
        indexes = [models.Index(fields=["person", "group"], name="membership_person")]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.group_id} as {self.role}"

    @property
    def leads(self) -> bool:
        """Whether they look after the group."""
        return self.role in (self.Role.OWNER, self.Role.MODERATOR)


def grant_membership(membership: Membership) -> None:
    """Give a member the audiences of their group: the one in use, and those that everyone may read anyway.

    What was said before a private group was opened stays with those who were members then, so nobody reads it by
    joining now.

    Security door: the group is read anew, since what the caller holds of it may be older than a change of its rules.
    """
    group = Group.objects.get(pk=membership.group_id)
    since = None if group.history == Group.History.ALL or _is_first(membership) else membership.joined_at
    for audience in _audiences_given(group):
        grant(audience=audience, person=membership.person, since=since)


def _audiences_given(group: Group) -> QuerySet:
    """The audiences of a group that a new member reads; of a deleted one, none until it is brought back."""
    if group.is_deleted:
        return Audience.objects.none()
    return Audience.objects.filter(Q(pk=group.audience_id) | Q(group_audience__group=group, open=True))


def recount_members(groups: Any) -> None:
    """Count the members of groups anew: those who are here, and those who are still to come."""
    count = (
        Membership.objects.counted()
        .filter(group=models.OuterRef("pk"))
        .order_by()
        .values("group")
        .annotate(n=models.Count("pk"))
        .values("n")
    )
    Group.objects.filter(pk__in=groups).update(member_count=Coalesce(models.Subquery(count), 0))


def _is_first(membership: Membership) -> bool:
    return not Membership.objects.filter(group_id=membership.group_id).exclude(pk=membership.pk).exists()


class JoinRequest(models.Model):
    """Someone asks to be let in. One pending request per person and group."""

    class State(models.TextChoices):
        PENDING = "pending", pgettext_lazy("request to join", "Waiting")
        ACCEPTED = "accepted", pgettext_lazy("request to join", "Accepted")
        REFUSED = "refused", pgettext_lazy("request to join", "Refused")
        WITHDRAWN = "withdrawn", pgettext_lazy("request to join", "Withdrawn")

    # The only id outside.
    public_id = models.CharField(max_length=16, default=new_id, unique=True, editable=False)
    # Where they want in.
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="requests")
    # Who asks.
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    # Why, in their words.
    message = models.TextField(blank=True)
    # How it stands.
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    # When they asked.
    at = models.DateTimeField(default=timezone.now)
    # Who decided, when, and why not.
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["group", "person"], condition=Q(state="pending"), name="one_pending_request"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} asks for {self.group_id}"


def _in_two_weeks() -> Any:
    return timezone.now() + timedelta(days=14)


class GroupInvitationQuerySet(models.QuerySet):
    """Invitations, narrowed."""

    def waiting(self) -> GroupInvitationQuerySet:
        """Those that were neither used nor ended by anyone: they stand, or only their time is over."""
        return self.filter(accepted_at=None, declined_at=None, revoked_at=None)

    def standing(self) -> GroupInvitationQuerySet:
        """Those that can be used now: not ended, in time, by someone who is still here and in the group."""
        still_in = Membership.objects.filter(
            group=models.OuterRef("group"), person=models.OuterRef("invited_by"), person__is_active=True
        )
        return self.filter(
            models.Exists(still_in),
            accepted_at=None,
            declined_at=None,
            revoked_at=None,
            expires_at__gt=now(),
            group__archived_at=None,
            group__deleted_at=None,
        )


class GroupInvitation(models.Model):
    """A member of the network, or someone who comes with a sign-up invitation, is asked into a group."""

    # The only id outside.
    public_id = models.CharField(max_length=16, default=new_id, unique=True, editable=False)
    # Into which group.
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="invitations")
    # Whom: a person of the network …
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+")
    # … or the letter with which they will come.
    letter = models.ForeignKey("people.Invitation", on_delete=models.CASCADE, null=True, related_name="+")
    # Who asks them; it dies with their right to invite.
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    # Sent, and good until.
    at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(default=_in_two_weeks)
    # How it ended, if it did.
    accepted_at = models.DateTimeField(null=True)
    declined_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    objects = GroupInvitationQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["letter"], name="invitation_letter")]
        constraints = [
            models.UniqueConstraint(
                fields=["group", "person"],
                condition=Q(accepted_at=None, declined_at=None, revoked_at=None),
                name="one_open_invitation",
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id or self.letter_id} into {self.group_id}"

    @property
    def is_over(self) -> bool:
        """Whether its time is over."""
        return self.expires_at <= timezone.now()

    @property
    def can_be_resent(self) -> bool:
        """Whether it has waited long enough to be sent again."""
        return self.at <= timezone.now() - RESENT


class InviteLinkQuerySet(models.QuerySet["InviteLink"]):
    """Links, narrowed."""

    def standing(self) -> InviteLinkQuerySet:
        """Those that can be used now: in time, not taken back, not used up, of someone who is still in the group."""
        still_in = Membership.objects.filter(
            group=models.OuterRef("group"), person=models.OuterRef("made_by"), person__is_active=True
        )
        return self.filter(
            models.Exists(still_in),
            revoked_at=None,
            expires_at__gt=now(),
            uses__lt=models.F("most"),
            group__archived_at=None,
            group__deleted_at=None,
        )


class InviteLink(models.Model):
    """A link that lets colleagues into a group, for some days and for some people.

    The secret in it is our signature of `public_id`, so no row, backup or log holds it.
    """

    # The only id outside.
    public_id = models.CharField(max_length=16, default=new_id, unique=True, editable=False)
    # Into which group.
    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="links")
    # Who made it; it dies with their right to invite.
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    # Made, and good until.
    at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    # How many came with it, and how many may.
    uses = models.PositiveIntegerField(default=0)
    most = models.PositiveIntegerField()
    # Taken back.
    revoked_at = models.DateTimeField(null=True)

    objects = InviteLinkQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["group", "-id"], name="link_group")]

    def __str__(self) -> str:
        return f"into {self.group_id}"
