"""What people know: said by themselves, vouched for by colleagues, found by everyone who works here."""

from __future__ import annotations

import pytest
from django.core.management import call_command

from feed import actions as feed
from inbox.models import Notice
from people import actions
from people.models import Claim, Skill
from tests import make

pytestmark = pytest.mark.django_db


def test_a_skill_is_said_vouched_for_found_and_taken_back() -> None:
    cast = make.cast()
    alice, bob = cast.browser("alice"), cast.browser("bob")
    page = alice.post(f"/people/{cast.alice.public_id}/skills/", {"name": "  Déclarations   VAT "}, follow=True)
    assert "Déclarations VAT" in page.content.decode()
    alice.post(f"/people/{cast.alice.public_id}/skills/", {"name": "declarations vat"})
    claim = Claim.objects.get()
    path = f"/people/{cast.alice.public_id}/skills/{claim.skill.public_id}/"
    assert bob.post(path, {"on": "1"}, headers={"HX-Request": "true"}).content.count(b'aria-pressed="true"') == 1
    bob.post(path, {"on": "1"})
    assert alice.post(path, {"on": "1"}).status_code == 422
    assert cast.browser("gil").post(path, {"on": "1"}).status_code == 422
    claim.refresh_from_db()
    assert claim.endorsements == 1
    make.settle()
    assert [notice.verb for notice in Notice.objects.filter(recipient=cast.alice)] == ["people.endorsed"]
    assert "Déclarations VAT" in alice.get("/notifications/").content.decode()
    assert b"Bob Baker" in alice.get(path).content
    bob.post(path, {"on": "0"})
    assert not Notice.objects.filter(verb="people.endorsed").exists()
    bob.post(path, {"on": "1"})

    # Found by what she knows: on the page of it, in the directory, in the search, by the API.
    skill = f"/people/skills/{claim.skill.public_id}/"
    assert claim.skill.get_absolute_url() in bob.get("/people/skills/?q=vat").content.decode()
    for address in (skill, f"/people/?skill={claim.skill.public_id}", "/search/?q=declarations&kind=person"):
        assert b"Alice Archer" in bob.get(address).content, address
    assert b"Carol Cook" not in bob.get(f"/people/?skill={claim.skill.public_id}").content
    assert len(bob.get("/api/v1/skills?q=declarations").json()["items"]) == 1
    found = bob.get(f"/api/v1/people?skill={claim.skill.public_id}").json()["items"]
    assert [one["name"] for one in found] == ["Alice Archer"]
    knowers = bob.get(f"/api/v1/skills/{claim.skill.public_id}/people").json()["items"]
    assert knowers == [{"person": {"id": cast.alice.public_id, "name": "Alice Archer"}, "endorsements": 1}]
    for address in (
        "/people/skills/",
        skill,
        "/api/v1/skills?q=déclarations",
        f"/api/v1/skills/{claim.skill.public_id}/people",
    ):
        assert cast.browser("gil").get(address).status_code == 403

    # Whoever leaves neither knows nor vouches any more.
    actions.deactivate(person=cast.bob, by=cast.ada)
    claim.refresh_from_db()
    assert claim.endorsements == 0
    Claim.objects.update(endorsements=9)
    call_command("recount")
    claim.refresh_from_db()
    assert claim.endorsements == 0
    assert cast.browser("carol").post(f"{path}remove/").status_code == 403
    alice.post(f"{path}remove/")
    assert not Skill.objects.exists()
    make.settle()
    assert b"Alice Archer" not in cast.browser("carol").get("/search/?q=declarations&kind=person").content


def test_the_page_of_a_skill_names_who_gave_the_best_answers_that_one_may_see() -> None:
    cast = make.cast()
    for group in (None, cast.secret):
        question = make.post(cast.alice, f"Why does it beep? #label-printers {group}", group=group, kind="question")
        feed.accept_answer(answer=make.reply(cast.bob, question, f"Turn it round {group}"), by=cast.alice)
    skill = actions.add_skill(person=cast.carol, by=cast.carol, name="Label printers").skill
    mine = cast.browser("carol").get(skill.get_absolute_url()).content.decode()
    assert "Turn it round None" in mine
    assert "Secret merger" not in mine
    api = f"/api/v1/skills/{skill.public_id}/answers"
    assert [len(cast.browser(who).get(api).json()["items"]) for who in ("carol", "bob")] == [1, 2]
    assert cast.browser("gil").get(api).status_code == 403
    assert "Secret merger" in cast.browser("bob").get(skill.get_absolute_url()).content.decode()


def test_administrators_make_two_words_one_and_take_words_away(settings) -> None:
    cast = make.cast()
    one = actions.add_skill(person=cast.alice, by=cast.alice, name="Excell")
    actions.add_skill(person=cast.bob, by=cast.bob, name="Excel")
    actions.endorse(claim=one, by=cast.carol)
    ada = cast.browser("ada")
    ada.post("/admin/people/skills/", {"skill": one.skill.public_id, "act": "rename", "name": "EXCEL"})
    kept = Skill.objects.get()
    assert (kept.name, kept.count) == ("Excel", 2)
    assert Claim.objects.get(person=cast.alice).endorsements == 1
    assert cast.browser("alice").get("/admin/people/skills/").status_code in (302, 403)
    assert b"Excel" in ada.get("/admin/people/skills/?q=exc").content
    ada.post("/admin/people/skills/", {"skill": kept.public_id, "act": "delete"})
    assert not Claim.objects.exists()

    settings.KRING_LIMITS = {"SKILLS_PER_PERSON": 1, "SKILL_CHARS": 5}
    alice = cast.browser("alice")
    path = f"/people/{cast.alice.public_id}/skills/"
    codes = [alice.post(path, {"name": name}).status_code for name in ("CSS", "SQL", "Abacus", "!!", "")]
    assert codes == [302, 422, 422, 422, 422]
    assert alice.post(f"/people/{cast.bob.public_id}/skills/", {"name": "CSS"}).status_code == 403
