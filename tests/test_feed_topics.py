"""Topics in order (A7): renamed, merged, described. What is written leads on, for those who see it written."""

from __future__ import annotations

import pytest
from django.test import Client

from feed import actions as feed
from feed.models import PostTopic, Topic, TopicAlias, TopicFollow
from tests import make

pytestmark = pytest.mark.django_db


def text(browser: Client, address: str) -> str:
    """What a page says."""
    return browser.get(address, follow=True).content.decode()


def test_a_renamed_topic_is_found_where_it_was_written_and_a_merged_one_keeps_its_followers() -> None:
    cast = make.cast()
    mona, bob, carol, alice = (cast.browser(name) for name in ("mona", "bob", "carol", "alice"))
    first = make.post(cast.bob, "the #Lorry is here")
    make.post(cast.bob, "two #lorry in secret #merger-acme", group=cast.secret)
    feed.follow_topic(topic=Topic.objects.get(name="lorry"), person=cast.carol)

    # Only the network's moderators, of what they see.
    assert bob.get("/topics/lorry/edit/").status_code == 403 == bob.post("/topics/lorry/edit/").status_code
    assert mona.get("/topics/merger-acme/edit/").status_code == mona.get("/topics/merger-acme/").status_code == 404
    assert "/topics/lorry/edit/" in text(mona, "/topics/lorry/") and "/edit/" not in text(bob, "/topics/lorry/")
    for wrong in ("", "two words", "123", "a" * 81):
        assert mona.post("/topics/lorry/edit/", {"name": wrong}).status_code == 422
    sent = {"name": "#Truck", "description": "Everything on <b>wheels"}
    assert mona.post("/topics/lorry/edit/", sent)["Location"] == "/topics/truck/"
    # The old address and the old word lead on; what was written stays.
    assert bob.get("/topics/lorry/")["Location"] == "/topics/truck/"
    page = text(carol, "/topics/lorry/")
    assert "#Truck" in page and "on &lt;b&gt;wheels" in page and "the <a" in page and "#Lorry" in page
    assert "true" in page.split("aria-pressed=")[1][:6]
    later = make.post(cast.bob, "another #lorry and a #truck")
    assert Topic.objects.filter(name__in=["lorry", "truck"]).count() == 1
    assert "another" in text(carol, "/topics/truck/")
    later = feed.edit(post=later, by=cast.bob, body="another #lorry")
    assert later.body == "another #lorry" and PostTopic.objects.get(post=later).written == "lorry"
    assert carol.get("/topics/complete/?q=lor").json()[0]["value"] == "#Truck"

    # Two become one, after a question; nobody follows twice.
    make.post(cast.alice, "a #van and a #truck")
    van = Topic.objects.get(name="van")
    for person in (cast.carol, cast.bob):
        feed.follow_topic(topic=van, person=person)
    asked = mona.post("/topics/truck/edit/", {"name": "van", "description": ""})
    assert asked.status_code == 422 and b'name="sure"' in asked.content and Topic.objects.filter(name="truck").exists()
    # What was asked with it was not kept either.
    assert Topic.objects.get(name="truck").description
    mona.post("/topics/truck/edit/", {"name": "van", "description": "On wheels", "sure": "on"})
    assert not Topic.objects.filter(name="truck").exists()
    followers = TopicFollow.objects.filter(topic=van).values_list("person", flat=True)
    assert sorted(followers) == sorted([cast.carol.pk, cast.bob.pk])
    for name in ("lorry", "truck"):
        assert bob.get(f"/topics/{name}/")["Location"] == "/topics/van/"
    page = text(carol, "/topics/lorry/")
    assert page.count("<article") == 3 and "On wheels" in page
    # Back again: the name is its own.
    mona.post("/topics/van/edit/", {"name": "lorry", "description": "On wheels"})
    assert carol.get("/topics/lorry/").status_code == 200
    assert sorted(TopicAlias.objects.values_list("name", flat=True)) == ["truck", "van"]
    assert PostTopic.objects.get(post=first).written == ""

    # The word of a closed place leads nobody on who does not see it there, though it is merged.
    cast.bob.is_moderator = True
    cast.bob.save()
    bob.post("/topics/merger-acme/edit/", {"name": "lorry", "description": "", "sure": "on"})
    assert bob.get("/topics/merger-acme/").status_code == alice.get("/topics/merger-acme/").status_code == 302
    assert carol.get("/topics/merger-acme/").status_code == 404
    assert "merger" not in carol.get("/topics/complete/?q=mer").content.decode() + text(carol, "/search/suggest/?q=mer")

    # The API does the same.
    at = "/api/v1/topics/truck"
    assert carol.get(at).json()["name"] == "lorry"
    assert carol.patch(at, {"name": "x1"}, content_type="application/json").status_code == 403
    said = mona.patch(at, {"name": "Camion", "description": "d"}, content_type="application/json").json()
    assert (said["name"], said["label"], said["description"]) == ("camion", "Camion", "d")
    assert carol.delete(at + "/follow").status_code == 204 and not carol.get(at).json()["following"]
    assert [one["name"] for one in carol.get("/api/v1/topics").json()["items"]] == ["camion"]
    assert carol.get("/api/v1/topics/merger-acme").status_code == 404
