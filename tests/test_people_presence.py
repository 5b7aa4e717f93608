"""Who is here now: shown to those who may see it, by those who want it, and not to those whom they have blocked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from people import actions
from people.models import ContactList, User
from social import actions as social
from tests import make

pytestmark = pytest.mark.django_db

HERE = b'data-on="on"'


def test_those_who_are_here_are_found_and_stand_first_unless_they_hide_or_blocked_who_asks() -> None:
    cast = make.cast()
    carol = cast.browser("carol")
    for one in (cast.alice, cast.bob, cast.mona):
        carol.post(f"/people/{one.public_id}/keep/", {"on": "1"})
    kept = ContactList.objects.get().get_absolute_url()
    now = timezone.now()
    seen = {cast.bob.pk: now, cast.mona.pk: now - timedelta(minutes=1), cast.alice.pk: now - timedelta(hours=1)}

    def names(browser, path: str = "/people/?here=1") -> list[str]:
        page = browser.get(path)
        return [name for name in ("Alice Archer", "Bob Baker", "Mona Mason") if f">{name}</a>".encode() in page.content]

    assert names(carol) == []
    actions.seen(people=seen)
    assert names(carol) == ["Bob Baker", "Mona Mason"]
    # Her own list has them first; by name where she asks for that.
    assert [one.name for one in carol.get(kept).context["colleagues"]] == ["Bob Baker", "Mona Mason", "Alice Archer"]
    assert next(one.name for one in carol.get(f"{kept}?sort=name").context["colleagues"]) == "Alice Archer"
    pages = ("/people/?q=bob", cast.bob.get_absolute_url(), kept)
    api = f"/api/v1/people/{cast.bob.public_id}"
    for path in pages:
        assert HERE in carol.get(path).content, path
    assert carol.get(api).json()["here"] is True
    assert [one["name"] for one in carol.get("/api/v1/people?here=1").json()["items"]] == ["Bob Baker", "Mona Mason"]

    # Whoever is blocked does not see it, nor does who blocked; to others nothing changed.
    actions.silence(person=cast.bob, of=cast.carol, level="block")
    actions.silence(person=cast.mona, of=cast.carol, level="mute")
    assert names(carol) == ["Mona Mason"]
    for path in pages[:2]:
        assert HERE not in carol.get(path).content, path
    assert [one.name for one in carol.get(kept).context["colleagues"]] == ["Mona Mason", "Alice Archer", "Bob Baker"]
    assert carol.get(api).json()["here"] is False
    assert [one["here"] for one in carol.get("/api/v1/people?q=bob").json()["items"]] == [False]
    assert names(cast.browser("ada")) == ["Bob Baker", "Mona Mason"]
    actions.seen(people={cast.carol.pk: now})
    assert b"Carol Cook</a>" not in cast.browser("bob").get("/people/?here=1").content
    assert b"Carol Cook</a>" in cast.browser("ada").get("/people/?here=1").content

    # One hides oneself; the administrators hide everyone; a guest sees it of the people of their places.
    assert HERE in cast.browser("gil").get(cast.bob.get_absolute_url()).content
    assert (
        cast.browser("bob").post("/settings/reading/", {"language": "", "time_zone": "", "theme": ""}).status_code
        == 302
    )
    assert not User.objects.get(pk=cast.bob.pk).shows_presence
    assert names(cast.browser("ada")) == ["Mona Mason"]
    assert HERE not in cast.browser("gil").get(cast.bob.get_absolute_url()).content
    social.change_settings(by=cast.ada, shows_presence=False)
    assert names(cast.browser("ada")) == [] and HERE not in carol.get("/people/").content
    for path in ("/people/", "/settings/", kept):
        assert b"here now" not in carol.get(path).content and b"Here first" not in carol.get(path).content, path
