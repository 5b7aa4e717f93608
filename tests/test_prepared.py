"""Kept queries: the same answers as the queries they were built of, at every moment and for everyone."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core.prepared import Prepared, now
from groups.models import Group, GroupInvitation
from people.models import User
from tests import make

pytestmark = pytest.mark.django_db


def test_rows_themselves_come_with_what_they_stand_beside() -> None:
    cast = make.cast()
    kept = Prepared(
        lambda user, public_id: (
            Group.objects.visible_to(user).filter(public_id=public_id).select_related("audience", "created_by")
        )
    )
    for name in ("bob", "alice", "bob"):
        (found,) = kept.instances(user=getattr(cast, name), public_id=cast.secret.public_id)
        assert (found, found.audience, found.created_by) == (cast.secret, cast.secret.audience, cast.alice)
        assert found.created_at == Group.objects.get(pk=cast.secret.pk).created_at
    assert kept.instances(user=cast.carol, public_id=cast.secret.public_id) == []
    assert kept.instances(user=cast.gil, public_id=cast.public.public_id) == []
    cast.dave.is_active = False
    assert kept.instances(user=cast.dave, public_id=cast.public.public_id) == []


def test_rows_come_without_what_they_do_not_stand_beside() -> None:
    cast = make.cast()
    kept = Prepared(lambda key: Group.objects.filter(pk=key).select_related("cover"))
    assert kept.instances(key=cast.public.pk)[0].cover is None


def test_the_clock_is_asked_each_time() -> None:
    alice, bob = make.person("Alice Archer"), make.person("Bob Baker")
    group = make.group(alice, "Secret", privacy="secret", join="invite")
    soon = timezone.now() + timedelta(minutes=5)
    row = GroupInvitation.objects.create(group=group, person=bob, invited_by=alice, expires_at=soon)
    kept = Prepared(lambda user: Group.objects.visible_to(user).values_list("pk"))
    assert kept.rows(user=bob) == [(group.pk,)]
    GroupInvitation.objects.filter(pk=row.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert kept.rows(user=bob) == []


def test_a_moment_that_would_be_kept_is_refused() -> None:
    kept = Prepared(lambda: User.objects.filter(date_joined__lt=timezone.now()).values_list("pk"))
    with pytest.raises(TypeError):
        kept.rows()
    alice = make.person("Alice Archer")
    asked = Prepared(lambda: User.objects.filter(date_joined__lt=now()).values_list("pk"))
    assert asked.rows() == [(alice.pk,)]
