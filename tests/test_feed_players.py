"""Players of other sites (A1): those administrators allow, after the press of a button or by one's own choice."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import players, site
from core.models import Event
from core.pages import Said
from feed.actions import previews
from feed.models import PlayerConsent
from social.models import SiteSettings
from tests import make
from tests.test_api import Caller
from tests.test_feed_posts import FRAGMENT
from tests.test_feed_previews import picture
from tests.test_wagtail_network import CHOICES

pytestmark = pytest.mark.django_db

TUBE = "https://www.youtube.com/watch?v=aqz-KE-bpKQ"
FRAME = "https://www.youtube-nocookie.com/embed/aqz-KE-bpKQ"
OWN = "https://video.company.org/w/{id} https://play.company.org/videos/embed/{id}"
HOSTS = "https://play.company.org https://www.youtube-nocookie.com"


def frames(answer: Any) -> str:
    """Whose frames may stand in a page."""
    policy = dict(part.strip().partition(" ")[::2] for part in answer.headers["Content-Security-Policy"].split(";"))
    return policy["frame-src"]


def test_a_player_is_there_when_administrators_allow_it_and_loads_when_a_person_says_so() -> None:
    cast = make.cast()
    alice, bob, carol, gil, ada = (cast.browser(name) for name in ("alice", "bob", "carol", "gil", "ada"))
    post = make.post(cast.alice, f"See {TUBE} and https://video.company.org/w/Abc-9", group=cast.private)
    previews.put(post=post, address=TUBE, said=Said("A <b>rabbit</b>", "Ten minutes."), picture=picture())
    thread, play = f"/posts/{post.public_id}/", f"/posts/{post.public_id}/play/"
    # Nothing is allowed: a plain card, nothing may be framed, and nobody gets a player by asking for one.
    page = bob.get(thread)
    assert "Ten minutes." in page.content.decode() and "data-play" not in page.content.decode()
    assert frames(page) == "'none'" and bob.post(play, {"link": TUBE}).status_code == 409
    # Administrators allow one that is known and one of their own, by the form; it is on the page that was drawn before.
    form = {**CHOICES, "link_previews": "on", "players": ["youtube"], "own_players": OWN}
    assert "www.youtube-nocookie.com" in ada.get("/admin/network/").content.decode()
    assert ada.post("/admin/network/", form).status_code == 302
    event = Event.objects.get(verb="social.settings.changed")
    assert event.actor == cast.ada and {"players", "own_players"} <= set(event.data["fields"])
    for address in (thread, "/", f"/groups/{cast.private.public_id}/"):
        page = bob.get(address)
        text = page.content.decode()
        assert frames(page) == HOSTS and text.count('class="cover"') == 2 and "<iframe" not in text
        assert "Playing loads from www.youtube-nocookie.com, which then sees your address, that of this network" in text
        assert "Playing loads from play.company.org, which then sees your address and what you watch." in text
        assert "A &lt;b&gt;rabbit" in text and FRAME not in text and "/videos/embed/" not in text
    # Pages without cards frame nothing, nor does the API.
    assert {frames(bob.get(address)) for address in ("/settings/", "/people/", "/api/v1/me")} == {"'none'"}
    links = Caller(cast.bob).call("GET", f"posts/{post.public_id}").json()["links"]
    assert links[0]["player"] == {"host": "www.youtube-nocookie.com", "embed_url": FRAME}
    assert links[1]["id"] is None and links[1]["player"]["embed_url"] == "https://play.company.org/videos/embed/Abc-9"
    # The button gives the player to who may see the post; an address alone gives none, whoever made up the link.
    assert carol.post(play, {"link": TUBE}).status_code == 404
    assert bob.post(play, {"link": "https://youtu.be/aaaaaaaaaaa"}).status_code == 404
    assert "<iframe" not in bob.get(play, {"link": TUBE}).content.decode()
    whole = bob.post(play, {"link": TUBE})
    assert frames(whole) == HOSTS and f'src="{FRAME}?autoplay=1"' in whole.content.decode()
    card = gil.post(play, {"link": links[1]["url"]}, headers=FRAGMENT).content.decode()
    frame = re.search(r"<iframe [^>]*>", card)[0]
    assert 'src="https://play.company.org/videos/embed/Abc-9"' in frame and 'referrerpolicy="no-referrer"' in frame
    assert 'sandbox="allow-scripts allow-same-origin allow-presentation"' in frame and "title=" in frame
    assert not PlayerConsent.objects.exists()
    # "Always" is one person's own, of one host, and costs one query on a page that has a player.
    assert bob.post(f"{play}?always=1", {"link": TUBE}, headers=FRAGMENT).status_code == 200
    assert bob.post(f"{play}?always=1", {"link": TUBE}, headers=FRAGMENT).status_code == 200
    event = Event.objects.get(verb="feed.players.changed")
    assert event.actor == cast.bob and "youtube" not in str(event.data)
    with CaptureQueriesContext(connection) as seen:
        text = bob.get(thread).content.decode()
    assert len([one for one in seen.captured_queries if "playerconsent" in one["sql"]]) == 1
    assert f'src="{FRAME}"' in text and 'loading="lazy"' in text and text.count('class="cover"') == 1
    assert "<iframe" not in alice.get(thread).content.decode() and "<iframe" not in gil.get(thread).content.decode()
    mine = Caller(cast.bob).call("GET", "me/players").json()["items"]
    assert [(one["host"], one["allowed"]) for one in mine] == [("www.youtube-nocookie.com", True)]
    assert Caller(cast.alice).call("GET", "me/players").json()["items"] == []
    # Switched off, it is gone at once, from what was drawn and from who said always.
    SiteSettings(own_players=OWN).save()
    page = bob.get(thread)
    assert frames(page) == "https://play.company.org" and "<iframe" not in page.content.decode()
    assert "Ten minutes." in page.content.decode() and bob.post(play, {"link": TUBE}).status_code == 409
    assert "Not allowed in this network now" in bob.get("/settings/players/").content.decode()
    SiteSettings(players=["youtube"]).save()
    assert f'src="{FRAME}"' in bob.get(thread).content.decode()
    # Taken back: by hand, or through the API; others' choices are theirs.
    alice.post("/settings/players/", {"host": "www.youtube-nocookie.com"})
    assert PlayerConsent.objects.count() == 1
    bob.post("/settings/players/", {"host": "www.youtube-nocookie.com"})
    assert "<iframe" not in bob.get(thread).content.decode()
    caller = Caller(cast.bob)
    assert caller.call("PUT", "me/players/evil.example").status_code == 422
    assert caller.call("PUT", "me/players/www.youtube-nocookie.com").status_code == 204
    assert "<iframe" in bob.get(thread).content.decode()
    assert caller.call("DELETE", "me/players/www.youtube-nocookie.com").status_code == 204
    # What its author has removed stays removed, player and all, whether there was a preview or not.
    SiteSettings(players=["youtube"], own_players=OWN).save()
    assert "Remove the player of play.company.org" in alice.get(f"{thread}menu/").content.decode()
    assert "Remove the player" not in bob.get(f"{thread}menu/").content.decode()
    assert bob.post(f"{thread}links/", {"remove": links[1]["url"]}).status_code == 403
    alice.post(f"{thread}links/", {"remove": links[1]["url"]})
    assert bob.get(thread).content.decode().count('class="cover"') == 1
    alice.post(f"{thread}edit/", {"body": f"Look at {TUBE} and https://video.company.org/w/Abc-9"})
    make.settle()
    assert bob.get(thread).content.decode().count('class="cover"') == 1
    preview = post.previews.get(state="ready")
    alice.post(f"/posts/{post.public_id}/links/", {"remove": preview.public_id})
    text = bob.get(thread).content.decode()
    assert "data-play" not in text and "rabbit" not in text and TUBE in text


#: Links, and the address of the player that each has.
PLAYED = {
    TUBE: FRAME,
    "http://youtube.com/watch?app=desktop&v=aqz-KE-bpKQ&t=10s#x": FRAME,
    "HTTPS://WWW.YouTube.com/watch?v=aqz-KE-bpKQ": FRAME,
    "https://youtu.be/aqz-KE-bpKQ?si=x": FRAME,
    "https://m.youtube.com/shorts/aqz-KE-bpKQ": None,
    "https://www.youtube.com/shorts/aqz-KE-bpKQ/": FRAME,
    "https://vimeo.com/76979871": "https://player.vimeo.com/video/76979871?dnt=1",
    "https://vimeo.com/76979871/8272103f6e": "https://player.vimeo.com/video/76979871?h=8272103f6e&dnt=1",
    "https://video.company.org/w/kkGMgK9ZtnKfYAgnEtQxbv?start=9s": "https://play.company.org/videos/embed/kkGMgK9ZtnKfYAgnEtQxbv",
}
#: Links that look like one of these and are not.
ELSEWHERE = [
    *(
        "https://www.youtube.com.evil.example/watch?v=aqz-KE-bpKQ",
        "https://evil.example/youtube.com/watch?v=aqz-KE-bpKQ",
    ),
    *("https://www.youtube.com@evil.example/watch?v=aqz-KE-bpKQ", "https://a:b@www.youtube.com/watch?v=aqz-KE-bpKQ"),
    *("https://evil.example\\@www.youtube.com/watch?v=aqz-KE-bpKQ", "https://www.youtube.com:8443/watch?v=aqz-KE-bpKQ"),
    *("https://www.youtube.com:443/watch?v=aqz-KE-bpKQ", "javascript:alert(1)//youtu.be/aqz-KE-bpKQ"),
    *(
        "JAVASCRIPT://youtu.be/aqz-KE-bpKQ",
        "data://youtu.be/aqz-KE-bpKQ",
        "//youtu.be/aqz-KE-bpKQ",
        "youtu.be/aqz-KE-bpKQ",
    ),
    *(
        "https://ｗｗｗ.youtube.com/watch?v=aqz-KE-bpKQ",
        "https://www.yоutube.com/watch?v=aqz-KE-bpKQ",
        "https://[youtu.be",
    ),
    *("https://xyoutube.com/watch?v=aqz-KE-bpKQ", "https://www.www.youtube.com/watch?v=aqz-KE-bpKQ"),
    *('https://youtu.be/"><script>a', "https://youtu.be/%22%3E%3Cscript%3E", "https://youtu.be/aqz-KE-bpK١"),
    *("https://www.youtube.com/watch?v=aqz-KE-bpKQ%22", "https://www.youtube.com/watch?v=../../../evil", TUBE + "%0a"),
    *(
        "https://www.youtube.com/watch?w=aqz-KE-bpKQ",
        "https://www.youtube.com/feed/watch?v=aqz-KE-bpKQ",
        "https://youtu.be/",
    ),
    *(
        "https://vimeo.com/about",
        "https://vimeo.com/76979871/settings",
        "https://video.company.org/w/a/b",
        TUBE + "&a" * 60,
    ),
    *("https://www.dailymotion.com/video/x84sh87", f"{TUBE}&{'a' * 3000}", "https://video.company.org/w/" + "a" * 200),
]
#: Lines that are no players of one's own.
UNREADABLE = [
    *("https://video.company.org/w/{id}", "https://a.org/{id} http://b.org/{id}", "https://a.org/ https://b.org/{id}"),
    *(
        "https://a.org/{id} https://b.org/",
        "https://a.org/{id} https://b.org/{id}/{key}",
        "https://a.org/{id} https://*.org/{id}",
    ),
    *(
        "https://a.org/{id} https://u@b.org/{id}",
        "https://a.org/{id} https://b.org:8443/{id}",
        "https://a.org/{id} https://b.org;x/{id}",
    ),
    *(
        "https://a.org/{id} https://testserver/{id}",
        "https://{id}.org/ https://b.org/{id}",
        "https://a.org/{id}{id} https://b.org/{id}",
    ),
    *(
        "https://a.org/{id} https://b.org'/{id}",
        "https://a.org/{id} javascript:{id}",
        "https://a.org/{id} https://b.org/{id}#{id}",
    ),
]


def test_a_link_has_the_player_of_its_host_and_nothing_that_looks_like_one() -> None:
    assert players.of(TUBE) is None and players.hosts() == ()
    SiteSettings(players=["youtube", "vimeo"], own_players=f"{OWN}\n{OWN.replace('company', 'other')}").save()
    site.current()
    for link, address in PLAYED.items():
        player = players.of(link)
        assert (player.address if player else None) == address, link
    for link in ELSEWHERE:
        assert players.of(link) is None, link
    for service in players.SERVICES.values():
        for page, player in service.ways:
            assert player.startswith(f"https://{service.host}/") and page.startswith("https://")
    cast = make.cast()
    ada, bob = cast.browser("ada"), cast.browser("bob")
    before = SiteSettings.objects.get().own_players
    for line in UNREADABLE:
        with pytest.raises(ValueError, match="“"):
            players.read(line)
    assert ada.post("/admin/network/", {**CHOICES, "own_players": UNREADABLE[-1]}).status_code == 422
    many = "\n".join(OWN.replace("company", f"c{number}") for number in range(21))
    assert ada.post("/admin/network/", {**CHOICES, "own_players": many}).status_code == 422
    assert ada.post("/admin/network/", {**CHOICES, "players": "evil"}).status_code == 422
    assert SiteSettings.objects.get().own_players == before
    # In a text they are links or nothing, and no card of theirs has a button.
    make.post(cast.alice, "\n\n".join(ELSEWHERE[:20])[:9000])
    assert "data-play" not in bob.get("/?view=company").content.decode()
