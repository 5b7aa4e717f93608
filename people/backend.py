"""Who may sign in, and which permissions follow from roles."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.db import DEFAULT_DB_ALIAS

from core.prepared import Prepared
from people.models import User
from people.permissions import permits

_COLUMNS = tuple(field.attname for field in User._meta.concrete_fields)
_PERSON = Prepared(lambda key: User.objects.filter(pk=key).values_list(*_COLUMNS))


class Backend(AuthenticationBackend):
    """allauth's backend with our two rules."""

    def user_can_authenticate(self, user: Any) -> bool:
        """Whether an account is in use.

        Security door: asked at every sign-in and, by `get_user`, in every request, so a deactivated person and a
        guest whose time is over are nobody from the next request on, whatever session or cookie they hold.
        """
        return bool(user is not None and user.is_active and not user.is_expired)

    def get_user(self, user_id: Any) -> User | None:
        """Who is signed in: asked in every request, so the question is kept."""
        try:
            rows = _PERSON.rows(key=int(user_id))
        except (TypeError, ValueError):
            return None
        person = User.from_db(DEFAULT_DB_ALIAS, _COLUMNS, rows[0]) if rows else None
        return person if self.user_can_authenticate(person) else None

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        """Roles first; then what Django's own tables say (groups of editors that Wagtail keeps)."""
        return permits(user_obj, perm) or super().has_perm(user_obj, perm, obj)

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return permits(user_obj, f"{app_label}.") or super().has_module_perms(user_obj, app_label)
