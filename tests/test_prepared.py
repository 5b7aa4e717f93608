"""Kept queries: the same answers as the queries they were built of, at every moment and for everyone."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from core.models import Audience, Event
from core.prepared import Change, Insert, Prepared, now
from feed.models import Post
from groups.models import Group, GroupInvitation
from people.models import User
from search.models import Pending
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


def test_a_kept_change_writes_what_update_writes_and_tells_the_new_values() -> None:
    cast = make.cast()
    said = Change(
        lambda group, at: (Audience.objects.filter(pk=group), {"seq": F("seq") + 2, "last_at": at}), "seq", "last_at"
    )
    renamed = Change(lambda key, name: (Group.objects.filter(pk=key), {"name": name}))
    before = Audience.objects.get(pk=cast.secret.audience_id).seq
    for turn in (1, 2):
        at = timezone.now()
        assert said.rows(group=cast.secret.audience_id, at=at) == [(before + 2 * turn, at)]
        assert renamed.run(key=cast.secret.pk, name=f"Number {turn}") == 1
        cast.secret.refresh_from_db()
        assert (cast.secret.name, Audience.objects.get(pk=cast.secret.audience_id).seq) == (
            f"Number {turn}",
            before + 2 * turn,
        )
    assert renamed.run(key=0, name="Nobody's") == 0
    told = Change(lambda key, data: (Event.objects.filter(pk=key), {"data": data}))
    event = Event.objects.order_by("pk")[0]
    for data in ({"a": [1, "ü\x02"]}, {}):
        assert told.run(key=event.pk, data=data) == 1
        event.refresh_from_db()
        assert event.data == data


def test_a_kept_insert_writes_what_save_writes() -> None:
    cast = make.cast()
    kept = Insert(Post)
    for number in (1, 2):
        row = Post(
            author=cast.alice,
            audience=cast.public.audience,
            group=cast.public,
            body=f"No. {number}",
            post_kind=Post.Kind.QUESTION,
        )
        row.reaction_counts = {"👍": number}
        with transaction.atomic():
            kept.save(row)
        read = Post.objects.get(pk=row.pk)
        for field in Post._meta.concrete_fields:
            assert getattr(read, field.attname) == getattr(row, field.attname), field
        assert Pending.objects.filter(kind=Post.kind, object_pk=row.pk).exists()
        with pytest.raises(IntegrityError), transaction.atomic():
            kept.save(Post(author=cast.alice, audience=cast.public.audience, public_id=row.public_id))
    many = [Post(author=cast.alice, audience=cast.public.audience, body=f"Of many, {number}") for number in range(3)]
    kept.all(many)
    assert set(Post.objects.filter(public_id__in=[row.public_id for row in many]).values_list("body", flat=True)) == {
        row.body for row in many
    }
    over = Insert(Pending, replacing=["stamp"], unique=["kind", "object_pk"])
    for stamp in (1, 2):
        over.all([Pending(kind="x", object_pk=1, stamp=stamp), Pending(kind="x", object_pk=2, stamp=stamp)])
        assert list(Pending.objects.filter(kind="x").values_list("stamp", flat=True)) == [stamp, stamp]
