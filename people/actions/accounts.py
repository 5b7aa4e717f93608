"""What is done with accounts and by people: keyword-only, one transaction and one event each."""

from __future__ import annotations

import zoneinfo
from collections.abc import Collection
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from core import limits
from core.audience import everyone
from core.events import record
from core.refusal import Refused
from core.text import clean, handle_for
from files import actions as files
from people import about, away
from people.models import Invitation, ProfileField, User
from people.permissions import is_company_address, may, may_fill, may_invite, vouched

#: Fields of a profile and the limit of each; `edit_profile` and `create_person` take these and no others.
LINES = {
    "name": limits.NAME_CHARS,
    "job_title": limits.PROFILE_CHARS,
    "department": limits.PROFILE_CHARS,
    "location": limits.PROFILE_CHARS,
    "phone": limits.PROFILE_CHARS,
    "pronouns": limits.PROFILE_CHARS,
}
CHOICES = ("language", "time_zone", "theme")
DAYS = ("birthday", "started_on")
PROFILE = frozenset({*LINES, *CHOICES, *DAYS, "bio", "manager", "shows_presence"})
#: What an import, the system itself, may say besides.
SYSTEM = frozenset({"origin", "is_placeholder", "is_active", "deactivated_at", "date_joined", "guest_until", "handle"})
ROLES = ("is_admin", "is_moderator", "is_editor")

_letters = signing.Signer(sep=".", salt="people.invitation")


# --- Coming ---


@transaction.atomic
def create_person(
    *,
    email: str,
    name: str,
    password: str | None = None,
    is_admin: bool = False,
    is_moderator: bool = False,
    is_editor: bool = False,
    is_guest: bool = False,
    verified: bool = True,
    by: User | None = None,
    quiet: bool = False,
    **profile: Any,
) -> User:
    """A new member of the network.

    Args:
        email: where they sign in; nobody else's.
        password: None for none: they come in by a code or a link in a mail.
        verified: the address is known to be theirs, so that they can sign in at once.
        by: the administrator who does it; None for the system.
        quiet: nothing follows from it (imports).
        profile: fields of `PROFILE`, and for the system those of `SYSTEM`.

    Raises:
        Refused: `by` is no administrator.
        ValidationError: the address is taken or no address, or a field is not as it should be.
    """
    if by is not None and not by.is_admin:
        raise Refused(_("Only an administrator can do this."))
    unknown = set(profile) - PROFILE - SYSTEM
    if unknown:
        raise TypeError(f"create_person() does not know {', '.join(sorted(unknown))}")
    if is_guest and (is_admin or is_moderator or is_editor):
        raise ValidationError(_("A guest cannot be an administrator, a moderator or an editor."))
    address = clean_address(email)
    if User.objects.filter(email=address).exists():
        raise ValidationError({"email": _("Someone already has this e-mail address.")})
    handle = profile.pop("handle", None)
    person = User(email=address, is_admin=is_admin, is_moderator=is_moderator, is_editor=is_editor, is_guest=is_guest)
    _write_profile(person, {"name": name, **{field: profile[field] for field in profile if field in PROFILE}})
    for field in SYSTEM & set(profile):
        setattr(person, field, profile[field])
    person.password = _hashed(password)
    _save_with_handle(person, handle)
    EmailAddress.objects.create(user=person, email=address, primary=True, verified=verified)
    record("people.member.joined", actor=by, target=person, quiet=quiet, id=person.public_id, guest=is_guest)
    return person


@transaction.atomic
def begin_sign_up(*, email: str, name: str) -> User:
    """The account that a sign-up with this address will become; nobody's until the address is confirmed.

    It is the placeholder of an import, the row of an earlier unfinished sign-up, or a new row. What was typed (name,
    password) is not written on it: that waits in the session until the code from the mail proves whose address it is.

    Security door: a stranger who signs up with a colleague's address leaves nothing of theirs on the account that the
    colleague will confirm.

    Raises:
        ValidationError: the address belongs to an account in use, or to someone who left.
    """
    address = clean_address(email)
    person = User.objects.select_for_update().filter(email=address).first()
    if person is None:
        person = User(email=address, is_active=False, password=make_password(None))
        _write_profile(person, {"name": name})
        _save_with_handle(person, None)
        return person
    if not is_claimable(person):
        raise ValidationError({"email": _("Someone already has this e-mail address.")})
    EmailAddress.objects.filter(user=person).delete()
    return person


def is_claimable(person: User) -> bool:
    """Whether whoever owns the address may make the account theirs by signing up."""
    return not person.is_active and (person.is_placeholder or person.is_pending)


def is_taken(email: str) -> bool:
    """Whether an address belongs to an account that cannot be claimed by signing up."""
    owner = User.objects.filter(email=email).first()
    if owner is not None:
        return not is_claimable(owner)
    return EmailAddress.objects.filter(email=email, verified=True).exists()


@transaction.atomic
def finish_sign_up(*, person: User, name: str, password_hash: str) -> User:
    """The address is confirmed: the pending account, or the placeholder of an import, is theirs now.

    Args:
        password_hash: made by `hash_password` when it was typed.

    Raises:
        Refused: the account is not waiting for anyone (it was finished meanwhile, or the person left).
    """
    person = User.objects.select_for_update().get(pk=person.pk)
    if not is_claimable(person):
        raise Refused(_("This account cannot be opened. Ask an administrator."), status=409)
    if person.is_placeholder:
        return claim(placeholder=person, password_hash=password_hash)
    _write_profile(person, {"name": name})
    person.password = password_hash
    person.is_active = True
    person.date_joined = timezone.now()
    person.save()
    record("people.member.joined", actor=person, target=person, id=person.public_id, guest=person.is_guest)
    return person


@transaction.atomic
def claim(*, placeholder: User, password_hash: str, **profile: Any) -> User:
    """The owner of the address takes over what an import had kept for them, with its posts and groups.

    Raises:
        Refused: it is no placeholder (any more).
    """
    person = User.objects.select_for_update().get(pk=placeholder.pk)
    if not person.is_placeholder:
        raise Refused(_("This account cannot be opened. Ask an administrator."), status=409)
    _write_profile(person, profile)
    person.password = password_hash
    person.is_placeholder = False
    person.is_active = True
    person.deactivated_at = None
    person.session_epoch += 1
    person.save()
    record("people.member.claimed", actor=person, target=person, id=person.public_id, revoked=[person.public_id])
    return person


def hash_password(password: str) -> str:
    """The hash that is kept of a password; it takes as long for an account that exists as for one that does not."""
    limits.check(limits.PASSWORD_CHARS, password)
    return make_password(password)


def signed_in(*, person: User) -> None:
    """Write down that someone signed in."""
    record("people.member.signed_in", actor=person, target=person)


# --- Invitations to the network ---


@transaction.atomic
def invite(
    *,
    by: User,
    email: str,
    as_guest: bool = False,
    guest_until: datetime | None = None,
    for_place: bool = False,
) -> tuple[Invitation, str]:
    """Send a letter that lets one address sign up; an earlier open one by the same person is replaced.

    Args:
        as_guest: they will be a guest, until `guest_until` if given.
        for_place: the caller has checked that `by` may bring guests into its place, and registered as a voucher.

    Returns:
        The invitation and the secret of its link.

    Raises:
        Refused: not allowed, too many today, or the address has an account.
        ValidationError: it is no address, or the date has passed.
    """
    address = clean_address(email)
    if not (for_place or may_invite(by, email=address, as_guest=as_guest)):
        if by.is_guest or by.is_suspended or not by.is_active:
            raise Refused(_("You cannot invite people."))
        raise Refused(_("You can invite addresses of your company. For others, ask an administrator."))
    if guest_until is not None and guest_until <= timezone.now():
        raise ValidationError({"guest_until": _("Choose a day in the future.")})
    if is_taken(address):
        raise Refused(_("%(email)s is already known here.") % {"email": address}, status=409)
    sent_today = Invitation.objects.filter(invited_by=by, at__gt=timezone.now() - timedelta(days=1)).count()
    limits.check(limits.INVITATIONS_PER_DAY, sent_today + 1)
    now = timezone.now()
    Invitation.objects.filter(invited_by=by, email=address, accepted_at=None, revoked_at=None, for_place=False).update(
        revoked_at=now
    )
    letter = Invitation.objects.create(
        email=address,
        invited_by=by,
        as_guest=as_guest,
        guest_until=guest_until if as_guest else None,
        for_place=for_place,
    )
    record("people.invitation.sent", actor=by, target=letter)
    return letter, token_of(letter)


def token_of(invitation: Invitation) -> str:
    """The secret in the link of an invitation."""
    return _letters.sign(invitation.public_id)


def open_invitation(token: str) -> Invitation | None:
    """The invitation behind a link, if it can be used now; None whatever else is the matter with it.

    Security door: used, taken back, too old, unknown, and sent by someone who has left or may no longer invite are
    one answer.
    """
    try:
        public_id = _letters.unsign(token)
    except signing.BadSignature:
        return None
    letter = Invitation.objects.select_related("invited_by").filter(public_id=public_id).first()
    return letter if letter is not None and _stands(letter) else None


@transaction.atomic
def join_by_invitation(*, token: str, name: str, password_hash: str) -> User:
    """Sign up with an invitation: its link came by mail, so the address is confirmed.

    Raises:
        Refused: the invitation cannot be used (any more), or the address got an account meanwhile.
    """
    letter = _take_letter(token)
    owner = User.objects.select_for_update().filter(email=letter.email).first()
    if owner is not None and not is_claimable(owner):
        raise Refused(_("You already have an account. Sign in with it."), status=409)
    if owner is not None and owner.is_placeholder:
        EmailAddress.objects.filter(user=owner).delete()
        person = claim(placeholder=owner, password_hash=password_hash)
    else:
        if owner is not None:
            EmailAddress.objects.filter(user=owner).delete()
        person = owner or User(email=letter.email)
        _write_profile(person, {"name": name})
        person.password = password_hash
        person.is_active = True
        person.is_guest = letter.as_guest
        person.guest_until = letter.guest_until
        person.date_joined = timezone.now()
        if person.pk:
            person.save()
        else:
            _save_with_handle(person, None)
        record("people.member.joined", actor=person, target=person, id=person.public_id, guest=person.is_guest)
    _accepted(letter, person)
    return person


@transaction.atomic
def accept_invitation(*, person: User, token: str) -> Invitation:
    """Someone who has an account already follows the link of an invitation sent to their own address.

    Raises:
        Refused: the invitation cannot be used, or was sent to another address.
    """
    letter = _take_letter(token)
    if not EmailAddress.objects.filter(user=person, email=letter.email, verified=True).exists():
        raise Refused(_("This invitation was sent to another address. Sign out and open the link again."))
    _accepted(letter, person)
    return letter


@transaction.atomic
def revoke_invitation(*, invitation: Invitation, by: User | None) -> None:
    """Take an invitation back; its link is worth nothing from now on.

    Raises:
        Refused: it is neither theirs nor are they an administrator, or it was used.
    """
    if by is not None and by.pk != invitation.invited_by_id and not by.is_admin:
        raise Refused(_("Only the person who invited, or an administrator, can take this back."))
    changed = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None).update(
        revoked_at=timezone.now()
    )
    if not changed:
        raise Refused(_("This invitation has already been used or taken back."), status=409)
    invitation.refresh_from_db()
    record("people.invitation.revoked", actor=by, target=invitation)


def _take_letter(token: str) -> Invitation:
    """Use an invitation up.

    Security door: the update finds the row unused or it does not; of many at the same moment one wins.
    """
    letter = open_invitation(token)
    if letter is None or not Invitation.objects.filter(pk=letter.pk, accepted_at=None, revoked_at=None).update(
        accepted_at=timezone.now()
    ):
        raise Refused(_("This invitation cannot be used any more. Ask for a new one."), status=409)
    letter.refresh_from_db()
    return letter


def _accepted(letter: Invitation, person: User) -> None:
    Invitation.objects.filter(pk=letter.pk).update(accepted_by=person)
    letter.accepted_by = person
    record("people.invitation.accepted", actor=person, target=letter)


def _stands(letter: Invitation) -> bool:
    """Whether it is open, and its inviter may still send it."""
    if not letter.is_open or letter.invited_by.is_expired or letter.invited_by.is_suspended:
        return False
    if letter.for_place:
        return vouched(letter)
    return may_invite(letter.invited_by, email=letter.email, as_guest=letter.as_guest)


# --- Profile ---


@transaction.atomic
def edit_profile(*, person: User, by: User | None, synced: bool = False, **fields: Any) -> User:
    """Change what a profile says, or how the person reads the network.

    Args:
        synced: the company's directory writes it: an administrator's token through the API.
        fields: of `PROFILE`. `manager` is a person or None.

    Raises:
        Refused: it is someone else's, and `by` is no administrator; or someone else fills in that line.
        ValidationError: a field is not as it should be, by field name.
    """
    unknown = set(fields) - PROFILE
    if unknown:
        raise TypeError(f"edit_profile() does not know {', '.join(sorted(unknown))}")
    if by is not None and not may(by, person).edit:
        raise Refused(_("You cannot change this profile."))
    person = User.objects.select_for_update().get(pk=person.pk)
    before = {field: getattr(person, field) for field in fields}
    _write_profile(person, fields)
    changed = sorted(field for field in fields if getattr(person, field) != before[field])
    if changed:
        if by is not None:
            for rule in ProfileField.objects.filter(builtin__in=changed):
                if not may_fill(by, person, rule, synced=synced):
                    raise Refused(_("That is filled in by someone else. Ask an administrator."))
        person.save()
        record("people.profile.edited", actor=by, target=person, id=person.public_id, fields=changed)
    return person


@transaction.atomic
def set_away(
    *, person: User, by: User, since: date | None, until: date | None = None, note: str = "", deputy: User | None = None
) -> User:
    """Someone is out of the office from `since` to `until`, both included; with `since` None, they are not.

    Whoever names them in a text, or looks them up, sees it, and who stands in.

    Raises:
        Refused: it is someone else's, and `by` is no administrator.
        ValidationError: a day, the note or the deputy is not as it should be, by field name.
    """
    if not may(by, person).edit:
        raise Refused(_("You cannot change this profile."))
    person = User.objects.select_for_update().get(pk=person.pk)
    wrong: dict[str, Any] = {}
    note = clean(note, multiline=False).strip()
    if since is None:
        until, note, deputy = None, "", None
    elif until is None or until < since or until < timezone.localdate():
        wrong["until"] = [_("Choose a last day that is still to come.")]
    try:
        limits.check(limits.AWAY_CHARS, note)
    except ValidationError as error:
        wrong["note"] = error.messages
    if deputy is not None and (deputy.pk == person.pk or deputy.is_guest or not deputy.is_active):
        wrong["deputy"] = [_("Choose a colleague who is here.")]
    if wrong:
        raise ValidationError(wrong)
    named = deputy is not None and deputy.pk != person.deputy_id
    person.away_from, person.away_until, person.away_note, person.deputy = since, until, note, deputy
    person.save(update_fields=["away_from", "away_until", "away_note", "deputy"])
    away.forget()
    transaction.on_commit(away.forget)
    record(
        "people.absence.changed",
        actor=by,
        target=person,
        id=person.public_id,
        deputy=deputy.pk if deputy is not None and named else None,
    )
    return person


@transaction.atomic
def hand_over(*, reports_of: User, to: User | None, by: User) -> int:
    """Everyone who reports to one person reports to another (or to nobody) from now on; returns how many.

    Where the other is one of them, they take the place of the one who goes.

    Raises:
        Refused: `by` is no administrator.
        ValidationError: the other is a guest, has left, or reports to one of them.
    """
    if not may(by, reports_of).manage:
        raise Refused(_("Only an administrator can do this."))
    moved = 0
    if to is not None and to.manager_id == reports_of.pk:
        to.manager = reports_of.manager
        to.save(update_fields=["manager"])
        moved += 1
    for person in User.objects.select_for_update().filter(manager=reports_of):
        _check_manager(person, to)
        person.manager = to
        person.save(update_fields=["manager"])
        moved += 1
    if moved:
        record("people.reports.moved", actor=by, target=reports_of, to=to.pk if to else None, count=moved)
    return moved


def set_photo(*, person: User, by: User, file: Any) -> User:
    """Give a person a picture (an open upload), or take it away (None).

    The picture is decoded before the transaction begins, so that nobody waits for it.

    Raises:
        Refused: it is someone else's, and `by` is no administrator.
        files.errors.Refused: it is no picture, or too large.
    """
    if not may(by, person).edit:
        raise Refused(_("You cannot change this profile."))
    # The row itself: the person of a request is a stand-in that does not know its own kind.
    person = User.objects.get(pk=person.pk)
    photo = None if file is None else files.picture(of=person, by=by, stream=file, audience=everyone())
    with transaction.atomic():
        person = User.objects.select_for_update().get(pk=person.pk)
        if photo is None:
            files.remove(of=person, by=by)
        person.photo = photo
        person.picture = photo.public_id if photo else ""
        person.save(update_fields=["photo", "picture"])
        record("people.photo.changed", actor=by, target=person, id=person.public_id)
    return person


@transaction.atomic
def withhold_profile(*, person: User, by: User) -> None:
    """Hide what someone says about themselves, and their picture, while or after a moderator looks at it."""
    _show_profile(person, by, hidden=True)


@transaction.atomic
def release_profile(*, person: User, by: User) -> None:
    """Show it again."""
    _show_profile(person, by, hidden=False)


@transaction.atomic
def clear_profile(*, person: User, by: User) -> None:
    """Remove what someone says about themselves, and their picture, for good."""
    person = User.objects.select_for_update().get(pk=person.pk)
    files.remove(of=person, by=by)
    person.photo, person.picture, person.bio, person.bio_html, person.profile_hidden = None, "", "", "", False
    person.save(update_fields=["photo", "picture", "bio", "bio_html", "profile_hidden"])
    record("people.profile.edited", actor=by, target=person, id=person.public_id, fields=["bio", "photo"])


def _show_profile(person: User, by: User, *, hidden: bool) -> None:
    person = User.objects.select_for_update().get(pk=person.pk)
    if person.profile_hidden == hidden:
        return
    person.profile_hidden = hidden
    person.save(update_fields=["profile_hidden"])
    (files.withhold if hidden else files.release)(of=person, by=by)
    record("people.profile.edited", actor=by, target=person, id=person.public_id, fields=["profile_hidden"])


# --- Leaving, resting, coming back ---


@transaction.atomic
def deactivate(*, person: User, by: User | None) -> User:
    """They left: no session, token, socket, notice or open invitation of theirs is worth anything from now on.

    What they said stays, under their name, marked as a former colleague's.

    Raises:
        Refused: `by` is no administrator, or they are the last one.
    """
    if by is not None and not may(by, person).manage:
        raise Refused(_("Only an administrator can do this."))
    person = User.objects.select_for_update().get(pk=person.pk)
    if not person.is_active:
        return person
    _keep_an_administrator(person)
    person.is_active = False
    person.deactivated_at = timezone.now()
    person.save(update_fields=["is_active", "deactivated_at"])
    _end_sessions(person)
    Invitation.objects.filter(invited_by=person, accepted_at=None, revoked_at=None).update(revoked_at=timezone.now())
    record("people.member.deactivated", actor=by, target=person, id=person.public_id, revoked=[person.public_id])
    return person


@transaction.atomic
def reactivate(*, person: User, by: User | None) -> User:
    """They are back: they may sign in again; earlier sessions stay dead.

    Raises:
        Refused: `by` is no administrator, or it is a placeholder (its owner claims it by signing up).
    """
    if by is not None and not may(by, person).manage:
        raise Refused(_("Only an administrator can do this."))
    person = User.objects.select_for_update().get(pk=person.pk)
    if person.is_active:
        return person
    if is_claimable(person):
        raise Refused(_("Their owner opens this account by signing up with its address."), status=422)
    person.is_active = True
    person.deactivated_at = None
    if person.is_expired:
        person.guest_until = None
    person.save(update_fields=["is_active", "deactivated_at", "guest_until"])
    record("people.member.reactivated", actor=by, target=person, id=person.public_id, revoked=[person.public_id])
    return person


@transaction.atomic
def end_sessions(*, person: User, by: User | None) -> None:
    """Sign someone out on every device.

    Raises:
        Refused: it is someone else's account and `by` is no administrator.
    """
    if by is not None and by.pk != person.pk and not by.is_admin:
        raise Refused(_("Only an administrator can do this."))
    _end_sessions(person)
    record("people.sessions.ended", actor=by, target=person, revoked=[person.public_id])


@transaction.atomic
def suspend(*, person: User, by: User | None, until: datetime) -> User:
    """They may read but not write until `until`.

    Raises:
        Refused: `by` may not.
        ValidationError: the moment has passed.
    """
    if by is not None and not may(by, person).suspend:
        raise Refused(_("You cannot suspend this person."))
    if until <= timezone.now():
        raise ValidationError({"until": _("Choose a day in the future.")})
    User.objects.filter(pk=person.pk).update(suspended_until=until)
    person.suspended_until = until
    record("people.member.suspended", actor=by, target=person, id=person.public_id, until=until.isoformat())
    return person


@transaction.atomic
def unsuspend(*, person: User, by: User | None) -> User:
    """They may write again.

    Raises:
        Refused: `by` may not.
    """
    if by is not None and not may(by, person).suspend:
        raise Refused(_("You cannot suspend this person."))
    if User.objects.filter(pk=person.pk).exclude(suspended_until=None).update(suspended_until=None):
        record("people.member.unsuspended", actor=by, target=person, id=person.public_id)
    person.suspended_until = None
    return person


@transaction.atomic
def set_roles(*, person: User, by: User | None, **roles: bool) -> User:
    """Make someone administrator, moderator or editor, or no longer.

    Args:
        roles: of `ROLES`; those not named stay as they are.

    Raises:
        Refused: `by` is no administrator, or nobody would be.
        ValidationError: they are a guest, or have left.
    """
    if by is not None and not may(by, person).manage:
        raise Refused(_("Only an administrator can do this."))
    if set(roles) - set(ROLES):
        raise TypeError(f"set_roles() knows {', '.join(ROLES)}")
    person = User.objects.select_for_update().get(pk=person.pk)
    if any(roles.values()) and (person.is_guest or not person.is_active):
        raise ValidationError(_("A guest, or someone who left, cannot have a role."))
    changed = {role: bool(value) for role, value in roles.items() if getattr(person, role) != bool(value)}
    if not changed:
        return person
    if changed.get("is_admin") is False:
        _keep_an_administrator(person)
    for role, value in changed.items():
        setattr(person, role, value)
    person.save(update_fields=list(changed))
    record(
        "people.role.changed", actor=by, target=person, id=person.public_id, roles=changed, revoked=[person.public_id]
    )
    return person


@transaction.atomic
def set_guest(*, person: User, by: User | None, is_guest: bool, until: datetime | None = None) -> User:
    """Make someone a guest (who loses the open places at once) or a colleague, or change how long a guest stays.

    Raises:
        Refused: `by` is no administrator.
        ValidationError: they have a role, or the date has passed.
    """
    if by is not None and not may(by, person).manage:
        raise Refused(_("Only an administrator can do this."))
    person = User.objects.select_for_update().get(pk=person.pk)
    if is_guest and any(getattr(person, role) for role in ROLES):
        raise ValidationError(_("A guest cannot be an administrator, a moderator or an editor."))
    if is_guest and until is not None and until <= timezone.now():
        raise ValidationError({"guest_until": _("Choose a day in the future.")})
    person.is_guest = is_guest
    person.guest_until = until if is_guest else None
    person.save(update_fields=["is_guest", "guest_until"])
    record(
        "people.guest.changed", actor=by, target=person, id=person.public_id, guest=is_guest, revoked=[person.public_id]
    )
    return person


def expire_guests() -> int:
    """Deactivate the guests whose time is over (they are nobody already); returns how many."""
    over = list(User.objects.filter(is_active=True, is_guest=True, guest_until__lte=timezone.now()))
    for person in over:
        deactivate(person=person, by=None)
    return len(over)


def drop_unfinished() -> int:
    """Remove sign-ups that nobody confirmed within three days; returns how many."""
    stale = User.objects.filter(
        is_active=False,
        is_placeholder=False,
        deactivated_at=None,
        date_joined__lt=timezone.now() - timedelta(days=3),
    )
    return stale.delete()[0]


def seen(*, people: dict[int, datetime], looking: Collection[int] = ()) -> None:
    """Write down when people were last here, and of some that they look: statements for each distinct minute."""
    minutes: dict[datetime, list[int]] = {}
    for pk, at in people.items():
        minutes.setdefault(at.replace(second=0, microsecond=0), []).append(pk)
    for minute, pks in minutes.items():
        User.objects.filter(pk__in=pks).update(last_seen_at=minute)
        if look := [pk for pk in pks if pk in looking]:
            User.objects.filter(pk__in=look).update(looking_at=minute)


# --- What several of them need ---


def clean_address(email: str) -> str:
    """An e-mail address as it is kept: trimmed, lower case.

    Raises:
        ValidationError: under "email".
    """
    try:
        address = clean(email, multiline=False).strip().lower()
        limits.check(limits.EMAIL_CHARS, address)
        validate_email(address)
    except ValidationError as error:
        raise ValidationError({"email": error.messages}) from error
    return address


def may_have_address(*, person: User, email: str) -> bool:
    """Whether someone may change to an address: one of the company, or of the domain they have already."""
    domain = email.rpartition("@")[2].lower()
    return is_company_address(email) or domain == person.email.rpartition("@")[2]


def _hashed(password: str | None) -> str:
    return make_password(None) if password is None else hash_password(password)


def _save_with_handle(person: User, handle: str | None) -> None:
    """Save a new person with a handle that nobody ever had; another process may take one at the same moment."""
    for _attempt in range(4):
        person.handle = handle or handle_for(
            person.name or person.email, lambda wanted: User.objects.filter(handle=wanted).exists()
        )
        try:
            with transaction.atomic():
                person.save()
            return
        except IntegrityError:
            if User.objects.filter(email=person.email).exists():
                raise ValidationError({"email": _("Someone already has this e-mail address.")}) from None
            handle = None
    raise Refused(_("That did not work. Try again."), status=409)


def _write_profile(person: User, fields: dict[str, Any]) -> None:
    """Set profile fields, each cleaned and held to its limit.

    Raises:
        ValidationError: by field name.
    """
    wrong: dict[str, Any] = {}
    for field, value in fields.items():
        try:
            if field in LINES:
                value = clean(str(value or ""), multiline=False).strip()
                limits.check(LINES[field], value)
                if field == "name" and not value:
                    raise ValidationError(_("A name is needed."))
            elif field == "bio":
                value = clean(str(value or ""), multiline=True).strip()
                limits.check(limits.BIO_CHARS, value)
                person.bio_html = about.drawn(value, reader=person)
            elif field == "manager":
                _check_manager(person, value)
            elif field == "shows_presence":
                value = bool(value)
            elif field == "birthday":
                value = _day_of_the_year(value or "")
            elif field == "started_on":
                if value is not None and not date(1900, 1, 1) <= value <= timezone.localdate():
                    raise ValidationError(_("Choose a day in the past."))
            elif value and value not in _choices(field):
                raise ValidationError(_("Choose one of the list."))
            setattr(person, field, value or "" if field in CHOICES else value)
        except ValidationError as error:
            wrong[field] = error.messages
    if wrong:
        raise ValidationError(wrong)


def _day_of_the_year(value: str) -> str:
    """A day as it is kept, "05-31".

    Raises:
        ValidationError: there is no such day in any year.
    """
    if not value:
        return ""
    try:
        return f"{date.fromisoformat(f'2024-{value}'):%m-%d}"
    except ValueError as error:
        raise ValidationError(_("There is no such day.")) from error


def _choices(field: str) -> Any:
    if field == "language":
        return dict(settings.LANGUAGES)
    if field == "time_zone":
        return _time_zones()
    return User.Theme.values


@lru_cache(maxsize=1)
def _time_zones() -> frozenset[str]:
    """The names of all time zones; reading them walks through a thousand files."""
    return frozenset(zoneinfo.available_timezones())


def _check_manager(person: User, manager: User | None) -> None:
    """Nobody is their own manager, over however many steps."""
    if manager is None:
        return
    if manager.is_guest or manager.is_pending:
        raise ValidationError(_("A guest cannot be a manager."))
    if manager.has_left and manager.pk != person.manager_id:
        raise ValidationError(_("%(name)s has left. Choose someone who is here.") % {"name": manager.name})
    above: int | None = manager.pk
    for _step in range(50):
        if above is None:
            return
        if above == person.pk:
            raise ValidationError(_("%(name)s reports to this person already.") % {"name": manager.name})
        above = User.objects.filter(pk=above).values_list("manager_id", flat=True).first()
    raise ValidationError(_("This makes too many levels of managers."))


def _keep_an_administrator(person: User) -> None:
    if person.is_admin and not User.objects.active().filter(is_admin=True).exclude(pk=person.pk).exists():
        raise Refused(_("The network needs an administrator. Name another one first."), status=409)


def _end_sessions(person: User) -> None:
    """Delete the known sessions, and make every other one worthless by raising the epoch that they prove."""
    User.objects.filter(pk=person.pk).update(session_epoch=F("session_epoch") + 1)
    person.session_epoch += 1
    for session in UserSession.objects.filter(user=person):
        session.end()
