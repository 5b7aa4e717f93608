"""What stands beside the feed (topics, the newest pages) and beside the reactions (who they are of)."""

from __future__ import annotations

import pytest

from feed import actions
from knowledge import actions as knowledge
from tests import make
from tests.test_feed_posts import FRAGMENT

pytestmark = pytest.mark.django_db


def test_the_newest_pages_stand_beside_the_feed_for_those_who_may_read_them():
    cast = make.cast()
    editor = make.person("Eva Editor", is_editor=True)
    for title in ("Oldest", "Pairing handhelds", "Expense policy"):
        knowledge.write_article(by=editor, title=title, body="<p>word</p>")
    make.groups.add_member(group=cast.secret, person=editor, by=cast.alice)
    knowledge.write_article(by=editor, title="Merger plan", body="<p>word</p>", group=cast.secret)

    def panel(who: str) -> str:
        return cast.browser(who).get("/topics/trending/", headers=FRAGMENT).content.decode()

    bob, carol, gil = panel("bob"), panel("carol"), panel("gil")
    assert "New in Knowledge" in bob and "Merger plan" in bob and "Oldest" not in bob
    assert "Expense policy" in carol and "Oldest" in carol and "Merger" not in carol
    # A guest reads nothing of the company's: no panel at all.
    assert "Knowledge" not in gil and "Pairing" not in gil


def test_cards_name_who_reacted_as_far_as_the_reader_may_know_them():
    cast = make.cast()
    said = make.post(cast.alice, "good news", group=cast.private)
    carl, bella = make.person("Carl Dupont"), make.person("Bella Stone")
    for one in (carl, bella):
        make.groups.add_member(group=cast.private, person=one, by=cast.alice)
        actions.react(post=said, person=one, emoji="🎉")

    def named(who: str) -> str:
        page = cast.browser(who).get("/").content.decode()
        assert page.count('class="menu left whom"') == 1
        return page.partition('class="menu left whom"><summary>')[2].partition("</summary>")[0]

    assert named("bob") == "Bella and Carl"
    actions.react(post=said, person=bella, emoji="👍")
    actions.react(post=said, person=cast.bob, emoji="👍")
    # Two signs of one person are one person.
    assert named("bob") == "You, Bella and 1 other"
    assert named("alice") == "Bob, Bella and 1 other"
    # A guest is told only of the people in their own groups; who has left the group is a number.
    make.groups.remove_member(group=cast.private, person=bella, by=cast.alice)
    actions.unreact(post=said, person=cast.bob, emoji="👍")
    assert named("gil") == "Carl and 1 other"
    whom = cast.browser("gil").get(f"/posts/{said.public_id}/reactions/", headers=FRAGMENT).content.decode()
    assert "Carl Dupont" in whom and "Bella" not in whom
    # What a press answers with says the same.
    counts = cast.browser("gil").post(f"/posts/{said.public_id}/reactions/", {"emoji": "🎉"}, headers=FRAGMENT)
    assert "You, Carl and 1 other" in counts.content.decode()
    # A new name is on the card when the worker has been by.
    make.people.edit_profile(person=carl, by=carl, name="Karel Dupont")
    make.settle()
    assert named("gil") == "You, Karel and 1 other"
