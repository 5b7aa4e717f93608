"""The room of groups in Django."""

from typing import Any

from django.apps import AppConfig
from django.db.models import Q


class GroupsConfig(AppConfig):
    """Groups and their members."""

    name = "groups"
    verbose_name = "Groups"

    def ready(self) -> None:
        """Declare verbs and notices, subscribe, and hand down what lower rooms must know of groups."""
        from core import worker
        from core.inside import opens
        from files.registry import changed_by, extra_readers
        from groups import completing, events, inside, library, notices, permissions, receivers  # noqa: F401
        from groups.actions import deletion
        from groups.models import Group
        from people.completing import offers
        from people.permissions import open_desk, voucher

        voucher(permissions.vouches)
        offers(completing.beginning)
        opens(Group.kind, r"groups/([\w-]{1,32})", inside.shown)
        worker.drains("deleted groups", deletion.purge)
        changed_by("files.folder", library.may_write_with)
        open_desk("groups", "is_admin")
        extra_readers(
            Group.kind,
            visible=lambda user: Q(on_pk__in=Group.objects.visible_to(user).values("pk")),
            readers=lambda file: Group.objects.get(pk=file.on_pk).readers(),
        )
        from core.prepared import Prepared
        from groups.models import GroupAudience, Membership
        from moderation.permissions import led_by

        led = Prepared(
            lambda person: GroupAudience.objects.filter(
                group__in=Membership.objects.leading().filter(person=person, group__deleted_at=None).values("group")
            ).values_list("own_id")
        )

        def audiences_led(person: Any) -> list[int]:
            """The audiences of the groups that a person looks after: their reports are theirs to decide."""
            return [audience for (audience,) in led.rows(person=person.pk)]

        led_by(audiences_led)
