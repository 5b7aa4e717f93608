"""Coming into a group by link, and inviting many by a table."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from core.refusal import Refused
from groups import actions as groups
from groups.models import GroupInvitation, InviteLink, Membership
from people import actions as people
from tests import make
from tests.surfaces import bytes_of, plain

pytestmark = pytest.mark.django_db


def test_a_link_lets_colleagues_in_until_it_ends_in_whatever_way() -> None:
    cast = make.cast()
    alice, bob, carol = (cast.browser(name) for name in ("alice", "bob", "carol"))
    path = f"/groups/{cast.secret.public_id}/links/"
    assert bob.post(path, {"days": "7", "most": "2"}).status_code == 403
    assert carol.post(path, {"days": "7", "most": "2"}).status_code == 404
    for wrong in ({"days": "8", "most": "2"}, {"days": "7", "most": "0"}, {"days": "7", "most": "10001"}):
        assert alice.post(path, wrong).status_code == 422
    assert alice.post(path, {"days": "7", "most": "2"}).status_code == 302
    link = InviteLink.objects.get()
    address = f"/groups/link/{groups.link_token(link)}/"
    assert address.encode() in alice.get(f"/groups/{cast.secret.public_id}/invite/").content

    # Looking changes nothing; whoever is a guest, or nobody, does not come in.
    assert b"Secret merger" in carol.get(address).content
    assert not Membership.objects.filter(group=cast.secret, person=cast.carol).exists()
    assert cast.browser("gil").post(address).status_code == 403
    assert cast.browser("nobody").get(address).status_code == 302
    assert bob.post(address).status_code == 302
    for name in ("carol", "mona"):
        assert cast.browser(name).post(address).status_code == 302
        assert cast.browser(name).get(f"/groups/{cast.secret.public_id}/").status_code == 200
    link.refresh_from_db()
    assert link.uses == 2, "bob was in already"
    with pytest.raises(Refused):
        groups.join_by_link(token=groups.link_token(link), person=cast.ada)

    # However it ended, it is one and the same page as for a link that never was.
    ada = cast.browser("ada")

    def shown(path: str) -> bytes:
        return plain(bytes_of(ada.get(path)), {}).replace(path.encode(), b"")

    never = shown("/groups/link/abcdefghijklmnop.never/")
    assert shown(address) == never

    def fresh() -> InviteLink:
        return groups.make_link(group=cast.secret, by=cast.alice)

    ends = [fresh(), fresh(), fresh()]
    alice.post(f"{path}{ends[0].public_id}/")
    assert bob.post(f"{path}{ends[1].public_id}/").status_code == 404, "another's link is not his to know"
    InviteLink.objects.filter(pk=ends[1].pk).update(most=1, uses=1)
    for end in ends[:2]:
        assert shown(f"/groups/link/{groups.link_token(end)}/") == never
    with time_machine.travel(timezone.now() + timedelta(days=8), tick=False):
        assert groups.open_link(groups.link_token(ends[2])) is None
    groups.archive(group=cast.secret, by=cast.alice)
    assert groups.open_link(groups.link_token(ends[2])) is None
    groups.unarchive(group=cast.secret, by=cast.alice)
    assert groups.open_link(groups.link_token(ends[2])) is not None
    people.deactivate(person=cast.alice, by=cast.ada)
    assert groups.open_link(groups.link_token(ends[2])) is None


def test_the_api_makes_lists_and_takes_back_links() -> None:
    cast = make.cast()
    alice, bob = cast.browser("alice"), cast.browser("bob")
    path = f"/api/v1/groups/{cast.public.public_id}/links"
    made = bob.post(path, {"days": 3, "most": 4}, content_type="application/json").json()
    assert made["url"].endswith(f"/groups/link/{groups.link_token(InviteLink.objects.get())}/")
    assert bob.post(path, {"days": 300}, content_type="application/json").status_code == 422
    assert [one["id"] for one in alice.get(path).json()["items"]] == [made["id"]]
    assert cast.browser("carol").get(path).status_code == 403
    assert cast.browser("carol").delete(f"{path}/{made['id']}").status_code == 404
    assert alice.delete(f"{path}/{made['id']}").status_code == 204
    assert alice.get(path).json()["items"] == []


def test_a_table_of_people_is_invited_by_its_header() -> None:
    cast = make.cast()
    alice = cast.browser("alice")
    path = f"/groups/{cast.public.public_id}/invite/"

    def table(data: bytes, **fields: str):
        return alice.post(path, {"people": "", "table": SimpleUploadedFile("p.csv", data), **fields})

    good = "\ufeffName;E-mail;x\r\nCarol;carol@example.org;1\r\nMona;MONA@example.org;\r\n;;\r\n".encode()
    assert table(good, people="@ada.abbott").status_code == 302
    invited = set(GroupInvitation.objects.values_list("person__name", flat=True))
    assert invited == {"Carol Cook", "Mona Mason", "Ada Abbott"}
    for bad in (b"", b"name,place\r\nCarol,Ghent\r\n", b"\xff\xfe\x00", b"email\r\n", b"x" * 300_000):
        assert table(bad).status_code == 422, bad[:20]
    left = table(b"email\r\nbob@example.org\r\n")
    assert left.status_code == 422
    assert b"is a member already" in left.content
    assert alice.post(path, {"people": " "}).status_code == 422
