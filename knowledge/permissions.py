"""What an editor may do. One rule: an editor may do to a page what can be undone, if they may read it.

Wagtail asks three objects (a tester per page, a policy for pages, a policy for media); all give this rule.
Nothing here looks at Django's groups or at `is_superuser`: an administrator edits as any editor does, within the
audiences they are in.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q, QuerySet
from wagtail.models import Collection, GroupPagePermission, PagePermissionTester
from wagtail.permission_policies.collections import CollectionOwnershipPermissionPolicy
from wagtail.permission_policies.pages import PagePermissionPolicy

from groups.models import Group
from knowledge import desk
from knowledge.models import KnowledgeIndex, Page

#: What can be done to a page, in Wagtail's words. Pages are neither locked nor sent through a workflow.
ACTIONS = frozenset({"add", "change", "publish", "delete", "bulk_delete", "view"})
MEDIA_ACTIONS = frozenset({"add", "change", "delete", "choose", "view"})


@dataclass(frozen=True)
class May:
    """What one person may do with one page on the site."""

    edit: bool = False


def may(user: Any, page: Page) -> May:
    """The answer for one page that `user` sees."""
    return May(edit=desk.edits(user))


def groups_of(editor: Any) -> QuerySet:
    """The groups an editor may write for: those they are a member of, by name."""
    return Group.objects.visible_to(editor).live().joined_by(editor).order_by("name")


def _editors() -> QuerySet:
    people = get_user_model()._default_manager.filter(is_active=True, is_guest=False)
    return people.filter(Q(is_editor=True) | Q(is_admin=True))


def _works_on(user: Any, thing: Any) -> bool:
    """Whether the thing is on the desk of `user`. What came through their own desk's manager needs no second look."""
    if not desk.edits(user):
        return False
    seated = desk.seated()
    if seated is not None and seated.pk == user.pk:
        return True
    return type(thing)._base_manager.filter(type(thing).on_desk_of(user), pk=thing.pk).exists()


class Tester(PagePermissionTester):
    """What one editor may do to one page; every button of Wagtail and every act asks it."""

    def __init__(self, user: Any, page: Any) -> None:
        self.user = user
        self.page = page
        self.page_is_root = page.depth == 1
        self._own = _works_on(user, page)
        # The root and the index stay as they are.
        self._fixed = page.depth is not None and page.depth <= 2
        self.permissions = set(ACTIONS) if self._own else set()

    def user_has_lock(self) -> bool:
        return False

    def page_locked(self) -> bool:
        return False

    def can_add_subpage(self) -> bool:
        kind = self.page.specific_class
        return (
            self._own
            and kind is not None
            and not self.page_is_root
            and any(child.can_create_at(self.page) for child in kind.creatable_subpage_models())
        )

    def can_edit(self) -> bool:
        return self._own and not self._fixed

    def can_delete(self, ignore_bulk: bool = False) -> bool:
        return self.can_edit()

    def can_unpublish(self) -> bool:
        return self.can_edit() and self.page.live

    def can_publish(self) -> bool:
        return self.can_edit()

    def can_publish_subpage(self) -> bool:
        return self.can_add_subpage()

    def can_reorder_children(self) -> bool:
        return self._own and not self.page_is_root

    def can_unschedule(self) -> bool:
        return self.can_edit()

    def can_view_revisions(self) -> bool:
        return self.can_edit()

    def can_move(self) -> bool:
        return self.can_edit()

    def can_move_to(self, destination: Any) -> bool:
        if not self.can_move() or self.page == destination or destination.is_descendant_of(self.page):
            return False
        if not self.page.is_child_of(destination) and not self.page.specific.can_move_to(destination):
            return False
        return _works_on(self.user, destination)

    # Copies and aliases would carry a text out of its audience; privacy is the audience; nothing is locked.

    def can_copy(self) -> bool:
        return False

    def can_copy_to(self, destination: Any, recursive: bool = False) -> bool:
        return False

    def can_submit_for_moderation(self) -> bool:
        return False

    def can_set_view_restrictions(self) -> bool:
        return False

    def can_lock(self) -> bool:
        return False

    def can_unlock(self) -> bool:
        return False


class PagePolicy(PagePermissionPolicy):
    """The same rule for querysets of pages."""

    def get_all_permissions_for_user(self, user: Any) -> QuerySet:
        return GroupPagePermission.objects.none()

    def user_has_any_permission(self, user: Any, actions: Iterable[str]) -> bool:
        return desk.edits(user) and bool(ACTIONS & set(actions))

    def users_with_any_permission(self, actions: Iterable[str], include_superusers: bool = True) -> QuerySet:
        return _editors() if ACTIONS & set(actions) else _editors().none()

    def user_has_any_permission_for_instance(self, user: Any, actions: Iterable[str], instance: Any) -> bool:
        return bool(ACTIONS & set(actions)) and _works_on(user, instance)

    def instances_user_has_any_permission_for(self, user: Any, actions: Iterable[str]) -> QuerySet:
        rows = self.model._default_manager.all()
        return rows.filter(self.model.on_desk_of(user)) if self.user_has_any_permission(user, actions) else rows.none()

    def users_with_any_permission_for_instance(
        self, actions: Iterable[str], instance: Any, include_superusers: bool = True
    ) -> QuerySet:
        return self.users_with_any_permission(actions) & instance.readers()

    def instances_with_direct_explore_permission(self, user: Any) -> Any:
        return KnowledgeIndex.objects.all() if desk.edits(user) else KnowledgeIndex.objects.none()

    def explorable_root_instance(self, user: Any) -> Any:
        front = KnowledgeIndex.objects.first() if desk.edits(user) else None
        return front.page_ptr if front else None

    def explorable_instances(self, user: Any) -> QuerySet:
        rows = self.model._default_manager.filter(depth__gte=2)
        return rows.filter(self.model.on_desk_of(user)) if desk.edits(user) else rows.none()


class MediaPolicy(CollectionOwnershipPermissionPolicy):
    """Editors add and choose; who uploaded a thing, or an administrator, changes and deletes it."""

    def __init__(self, model: Any) -> None:
        super().__init__(model, auth_model=model, owner_field_name="uploaded_by_user")

    def get_all_permissions_for_user(self, user: Any) -> set:
        return set()

    def user_has_permission(self, user: Any, action: str) -> bool:
        return desk.edits(user) and action in MEDIA_ACTIONS

    def user_has_any_permission(self, user: Any, actions: Iterable[str]) -> bool:
        return any(self.user_has_permission(user, action) for action in actions)

    def users_with_any_permission(self, actions: Iterable[str]) -> QuerySet:
        return _editors() if MEDIA_ACTIONS & set(actions) else _editors().none()

    def user_has_permission_for_instance(self, user: Any, action: str, instance: Any) -> bool:
        return self.user_has_any_permission_for_instance(user, {action}, instance)

    def user_has_any_permission_for_instance(self, user: Any, actions: Iterable[str], instance: Any) -> bool:
        wanted = MEDIA_ACTIONS & set(actions)
        if not wanted or not _works_on(user, instance):
            return False
        return bool(wanted & {"choose", "view", "add"}) or instance.uploaded_by_user_id == user.pk or user.is_admin

    def instances_user_has_any_permission_for(self, user: Any, actions: Iterable[str]) -> QuerySet:
        rows = self.model._default_manager.all()
        wanted = MEDIA_ACTIONS & set(actions)
        if not wanted or not desk.edits(user):
            return rows.none()
        rows = rows.filter(self.model.on_desk_of(user))
        return rows if wanted & {"choose", "view"} or user.is_admin else rows.filter(uploaded_by_user=user)

    def users_with_any_permission_for_instance(self, actions: Iterable[str], instance: Any) -> QuerySet:
        return self.users_with_any_permission(actions).filter(Q(pk=instance.uploaded_by_user_id) | Q(is_admin=True))

    def collections_user_has_any_permission_for(self, user: Any, actions: Iterable[str]) -> QuerySet:
        """There is one collection: who sees a thing follows from its pages."""
        return Collection.objects.filter(depth=1) if desk.edits(user) else Collection.objects.none()
