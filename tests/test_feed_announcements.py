"""Announcements (A4) stand on top until one has seen them or their time is over; long posts; the first feed of all."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from core.refusal import Refused
from feed.models import Post
from tests import make
from tests.test_feed_home import bodies, ids
from tests.test_feed_posts import FRAGMENT

pytestmark = pytest.mark.django_db


def test_an_announcement_stands_on_top_until_one_has_seen_it_or_its_time_is_over():
    cast = make.cast()
    late = make.post(cast.ada, "to all", kind="announcement")
    soon = make.post(cast.alice, "to the group", group=cast.private, kind="announcement", days=1)
    make.post(cast.alice, "to the lunch", group=cast.public, kind="announcement")
    for number in range(20):
        make.post(cast.mona, f"word {number}")
    bob, carol, gil, ada = (cast.browser(name) for name in ("bob", "carol", "gil", "ada"))
    for browser in (bob, carol, gil, ada):
        browser.get("/?view=for_you&sort=new")
    assert bodies(bob)[:4] == ["to the group", "to all", "to the lunch", "word 19"]
    # Only what is for them: not another's group, not a public group one has not joined, no company for guests.
    assert bodies(carol)[:2] == ["to all", "word 19"] and bodies(gil) == ["to the group"]
    # It stands there once, on no page a second time, and with its author in its own place.
    page = bob.get("/").content.decode()
    address = page.partition('class="btn quiet" href="')[2].partition('"')[0].replace("&amp;", "&")
    assert late.public_id not in ids(bob.get(address, headers=FRAGMENT).content.decode())
    assert page.count(f"/posts/{late.public_id}/seen/") == 2
    assert bodies(ada)[0] == "word 19"
    # Closed by a press, with or without scripts; opened by reading; over by itself.
    assert bob.post(f"/posts/{late.public_id}/seen/").status_code == 302
    assert bob.post(f"/posts/{soon.public_id}/seen/", headers=FRAGMENT).content == b""
    assert bodies(bob)[:2] == ["to the lunch", "word 19"]
    carol.post(f"/posts/{late.public_id}/read/")
    assert bodies(carol)[0] == "word 19"
    assert carol.post(f"/posts/{soon.public_id}/seen/").status_code == 404
    Post.objects.filter(pk=soon.pk).update(on_top_until=timezone.now() - timedelta(seconds=1))
    assert "/seen/" not in gil.get("/").content.decode() and bodies(gil) == ["to the group"]
    with pytest.raises(Refused):
        make.post(cast.bob, "me too", group=cast.private, kind="announcement")


def test_its_author_and_those_who_lead_the_place_see_who_has_seen_it():
    cast = make.cast()
    said = make.post(cast.alice, "to the group", group=cast.private, kind="announcement")
    cast.browser("bob").post(f"/posts/{said.public_id}/seen/")
    address = f"/posts/{said.public_id}/beside/"
    alice = cast.browser("alice").get(address, headers=FRAGMENT).content.decode()
    assert 'Seen<small class="num">1</small>' in alice and 'Not yet<small class="num">1</small>' in alice
    bob = cast.browser("bob").get(address).content.decode()
    assert "Who has seen this" not in bob and "Private reorg" in bob and "Alice Archer" in bob
    assert cast.browser("carol").get(address).status_code == 404


def test_someone_who_has_joined_nothing_reads_what_the_company_says():
    cast = make.cast()
    make.post(cast.alice, "lunch is at noon", group=cast.public)
    carol = cast.browser("carol")
    page = carol.get("/?view=for_you").content.decode()
    assert "lunch is at noon" in page and "You are in no group yet" in page
    make.groups.join(group=cast.public, person=cast.carol)
    assert "You are in no group yet" not in carol.get("/").content.decode()


def test_a_long_post_is_cut_in_lists_with_a_way_to_the_rest():
    cast = make.cast()
    long, short = make.post(cast.alice, "Many words. " * 200), make.post(cast.alice, "Few words")
    page = cast.browser("bob").get("/").content.decode()
    assert page.count("data-unfold") == 1
    assert f'data-unfold href="/posts/{long.public_id}/"' in page and short.public_id in page


def test_the_page_to_edit_shows_the_files_and_takes_and_adds_some():
    from files import actions as files
    from tests.world import paper

    cast = make.cast()
    kept, gone = (
        files.upload(by=cast.alice, stream=paper(name, name), name=name).public_id for name in ("kept.txt", "gone.txt")
    )
    post = make.post(cast.alice, "two files", group=cast.private, files=[kept, gone])
    alice, address = cast.browser("alice"), f"/posts/{post.public_id}/edit/"
    page = alice.get(address).content.decode()
    assert "kept.txt" in page and "gone.txt" in page and 'name="drop"' in page
    sent = {
        "body": "two files",
        "arranged": "1",
        "file": [kept, gone],
        "drop": [gone],
        "files": paper("new.txt", "new"),
    }
    assert alice.post(address, sent).status_code == 302
    shown = alice.get(f"/posts/{post.public_id}/").content.decode()
    assert "kept.txt" in shown and "new.txt" in shown and "gone.txt" not in shown
    # A form that says nothing of files leaves them.
    alice.post(address, {"body": "other words"})
    assert "kept.txt" in alice.get(f"/posts/{post.public_id}/").content.decode()
    # What is another's is not taken along, and nothing changes.
    theirs = files.upload(by=cast.bob, stream=paper("theirs.txt", "x"), name="theirs.txt").public_id
    assert alice.post(address, {"body": "other words", "arranged": "1", "file": [theirs]}).status_code >= 400
    assert "kept.txt" in alice.get(f"/posts/{post.public_id}/").content.decode()
