"""What a person may do with accounts and profiles, and which desks of the admin open for which role.

Administrators, moderators and editors are no superusers of Django: what Wagtail and Django ask (`user.has_perm`) is
answered here, from the three role fields, by `people.backend.Backend`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core import site

#: Opens Wagtail's admin at all.
DESK = "wagtailadmin.access_admin"
#: App label → the role fields that open everything of it. Rooms above add their own with `open_desk`.
_desks: dict[str, frozenset[str]] = {
    "people": frozenset({"is_admin"}),
    "social": frozenset({"is_admin"}),
}
_vouchers: list[Callable[[Any], bool]] = []


@dataclass(frozen=True)
class May:
    """What one person may do with another's account and profile."""

    # Change what the profile says.
    edit: bool = False
    # Read the address and the phone number.
    contact: bool = False
    # Follow, or stop following.
    follow: bool = False
    # Vouch for what they know.
    endorse: bool = False
    # Hear nothing of them any more.
    silence: bool = False
    # Change roles, deactivate, reactivate.
    manage: bool = False
    # Stop from writing for a while.
    suspend: bool = False


def may(user: Any, person: Any) -> May:
    """What `user` may do with `person`; no query."""
    if not (user.is_authenticated and user.is_active):
        return May()
    own = user.pk == person.pk
    return May(
        edit=own or user.is_admin,
        contact=own or not user.is_guest,
        follow=not own and person.is_active,
        endorse=not own and person.is_active and not user.is_guest and not person.is_guest,
        silence=not own,
        manage=user.is_admin,
        suspend=not own and (user.is_admin or (user.is_moderator and not person.is_admin)),
    )


def may_fill(user: Any, person: Any, field: Any, *, synced: bool = False) -> bool:
    """Whether `user` writes what stands in a field of a profile (or in a column, by its rule).

    Args:
        synced: as the company's directory: an administrator's token through the API.
    """
    if field.edit == "sync":
        return synced and user.is_admin
    return user.is_admin or (field.edit == "person" and user.pk == person.pk)


def may_invite(user: Any, *, email: str, as_guest: bool) -> bool:
    """Whether `user` may bring this address into the network by themselves.

    Administrators invite anyone. Colleagues invite who could sign up anyway: addresses of the company's domains.
    Guests invite nobody, and guests are invited by administrators, or by a place (`vouched`).
    """
    if not user.is_active or user.is_guest or user.is_suspended:
        return False
    return user.is_admin or (not as_guest and is_company_address(email))


def may_invite_at_all(user: Any) -> bool:
    """Whether the page of invitations is for them."""
    return user.is_active and not user.is_guest and (user.is_admin or bool(site.current().allowed_domains))


def is_company_address(email: str) -> bool:
    """Whether the address belongs to one of the domains that may sign up; a subdomain is another domain."""
    return email.rpartition("@")[2].lower() in site.current().allowed_domains


def voucher(function: Callable[[Any], bool]) -> None:
    """Register who answers whether a place still stands behind an invitation into it (`function(invitation)`)."""
    if function not in _vouchers:
        _vouchers.append(function)


def vouched(invitation: Any) -> bool:
    """Whether a place still stands behind an invitation.

    Security door: an invitation into a place is worth what its inviter may do there at the moment it is used.
    """
    return any(function(invitation) for function in _vouchers)


def open_desk(app_label: str, *roles: str) -> None:
    """Let the role fields `roles` ("is_admin", "is_moderator", "is_editor") do everything with an app in the admin."""
    _desks[app_label] = frozenset(roles)


def permits(user: Any, permission: str) -> bool:
    """The answer to `user.has_perm(permission)` that follows from the person's roles."""
    if not user.is_active or user.is_guest:
        return False
    if permission == DESK:
        return bool(user.is_staff)
    return any(getattr(user, role) for role in _desks.get(permission.partition(".")[0], ()))
