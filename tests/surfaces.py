"""Every way in: the one list of surfaces that the tests of trust, headers and forgery walk over.

The routes come from the URL map itself. Each either has probes here (how to ask it about a thing) or stands in `EXEMPT`
with the reason why nobody's words can come out of it; `tests/test_visibility.py` fails for a route that is in neither,
and likewise for a management command, a drain or job of the worker, and a websocket consumer.

An address is a template: {post}, {reply}, {group} … are ids of the `Place` that is asked about, {word} is a word that
all its texts hold, {cursor} nothing special. What stands in `HIDING` must be answered, to those who may not know the
thing, exactly as an id that was never used.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.management import get_commands
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from core.ids import new_id

#: Names of ids in an address: without a right to the thing, each is as good as an id that was never used.
HIDING = frozenset(
    {
        "post",
        "reply",
        "stead",
        "event",
        "group",
        "file",
        "picture",
        "song",
        "older",
        "glimpse",
        "paper",
        "figure",
        "article",
        "articleid",
        "shelf",
        "case",
        "ask",
        "folder",
        "sending",
        "preview",
    }
    | {"topic"}
)

#: The word that every hidden text holds besides its own token.
WORD = "kangaroo"


@dataclass(frozen=True)
class Ask:
    """One request to a route."""

    method: str
    #: The address, as a template over the ids of a place.
    address: str
    #: What is sent, with templates as values; as a form, or as JSON below /api/.
    data: dict[str, str] | None = None
    #: Tokens that those who may know the place must find in the answer.
    shows: tuple[str, ...] = ()
    #: Asked as htmx asks.
    htmx: bool = False

    @property
    def names(self) -> frozenset[str]:
        """The ids it takes."""
        text = self.address + "".join((self.data or {}).values())
        return frozenset(re.findall(r"\{(\w+)\}", text))

    @property
    def hides(self) -> bool:
        """Whether its answer may depend on a thing that is not everyone's to know."""
        return bool(self.names & HIDING)

    def send(self, browser: Client, ids: dict[str, str]) -> Any:
        """The answer."""
        address = self.address.format_map(ids)
        data = {key: value.format_map(ids) for key, value in (self.data or {}).items()}
        headers = {"HX-Request": "true"} if self.htmx else {}
        if (
            self.address.startswith("/api/")
            and self.method != "GET"
            and not self.address.endswith(("v1/files", "/versions"))
        ):
            body = json.dumps(data)
            return browser.generic(self.method, address, body, content_type="application/json", headers=headers)
        if self.method == "POST":
            return browser.post(address, data, headers=headers)
        return browser.generic(self.method, address, headers=headers)


def get(address: str, *shows: str, htmx: bool = False) -> Ask:
    """A page, a fragment or a document."""
    return Ask("GET", address, shows=shows, htmx=htmx)


def post(address: str, **data: str) -> Ask:
    """A form that is sent."""
    return Ask("POST", address, data)


def call(method: str, address: str, **data: str) -> Ask:
    """An operation of the API that changes something."""
    return Ask(method, address, data)


#: How to ask each route. `shows` names what insiders must find there.
PROBES: dict[str, list[Ask]] = {
    # --- Feed ---
    "": [
        get("/", "body"),
        get("/?view=company&sort=new"),
        get("/?view=following"),
        get("/?view=for_you&sort=active"),
        get("/?view=for_you&sort=best", "body"),
        get("/?view=for_you&sort=new&since={mark}", "body", htmx=True),
    ],
    "bookmarks/": [get("/bookmarks/")],
    "drafts/": [get("/drafts/")],
    "drafts/keep/": [
        post("/drafts/keep/", body="A word", place="post-{post}"),
        post("/drafts/keep/", body="A word", place="everyone", group="{group}"),
        post("/drafts/keep/", body="A word", place="everyone", file="{file}"),
    ],
    "drafts/latest/": [get("/drafts/latest/?place=post-{post}")],
    "drafts/<str:public_id>/": [get("/drafts/{ask}/")],
    "drafts/<str:public_id>/discard/": [post("/drafts/{ask}/discard/")],
    "drafts/<str:public_id>/send/": [post("/drafts/{ask}/send/")],
    "events/": [get("/events/", "gathering", "venue"), get("/events/?view=mine"), get("/events/?view=past")],
    "groups/<str:public_id>/events/": [
        get("/groups/{group}/events/", "gathering", "venue"),
        get("/groups/{group}/events/?view=past"),
        get("/groups/{group}/events/?beside=1", "gathering", htmx=True),
    ],
    "posts/<str:public_id>/event/": [get("/posts/{event}/event/", "gathering", "venue"), get("/posts/{post}/event/")],
    "posts/<str:public_id>/event.ics": [get("/posts/{event}/event.ics", "gathering", "venue")],
    "posts/<str:public_id>/event/answer/": [post("/posts/{event}/event/answer/", answer="going")],
    "posts/<str:public_id>/event/people/": [get("/posts/{event}/event/people/", "gathering")],
    "posts/<str:public_id>/event/change/": [
        get("/posts/{event}/event/change/"),
        post("/posts/{event}/event/change/", title="Other", from_day="2031-01-01", all_day="1"),
    ],
    "posts/<str:public_id>/event/cancel/": [
        get("/posts/{event}/event/cancel/"),
        post("/posts/{event}/event/cancel/", why="Rain"),
        post("/posts/{event}/event/cancel/", act="restore"),
    ],
    "people/<str:public_id>/posts/": [get("/people/{author}/posts/", "body")],
    "people/<str:public_id>/praise/": [get("/people/{member}/praise/", "praise")],
    "groups/<str:public_id>/posts/": [
        get("/groups/{group}/posts/"),
        get("/groups/{group}/posts/?sort=new&since={mark}", "body", htmx=True),
    ],
    "groups/<str:public_id>/read/": [post("/groups/{group}/read/")],
    "posts/": [
        post("/posts/", body="A word", group="{group}"),
        post("/posts/", body="With a file", file="{file}"),
        post("/posts/", body="For her", group="{group}", on_behalf_of="{author}"),
        post("/posts/", body="Well done", kind="praise", praised="@bob.baker", group="{group}"),
    ],
    "posts/new/": [get("/posts/new/"), get("/posts/new/?group={group}"), get("/posts/new/?share={post}")],
    "posts/<str:public_id>/": [
        get("/posts/{post}/", "body", "topic", "reply", "filename", "alt"),
        get("/posts/{reply}/", "reply"),
        get("/posts/{stead}/", "stead"),
        get("/posts/{post}/?after={reply}", htmx=True),
        get("/posts/{post}/?since={reply}", htmx=True),
    ],
    "posts/<str:public_id>/reply/": [post("/posts/{post}/reply/", body="Me too", parent="{reply}")],
    "posts/<str:public_id>/read/": [post("/posts/{post}/read/", upto="{reply}")],
    "posts/<str:public_id>/beside/": [get("/posts/{post}/beside/", "name"), get("/posts/{post}/beside/", htmx=True)],
    "posts/<str:public_id>/seen/": [post("/posts/{post}/seen/")],
    "posts/<str:public_id>/reach/": [get("/posts/{post}/reach/"), get("/posts/{post}/reach/?who=not")],
    "posts/<str:public_id>/edit/": [get("/posts/{post}/edit/"), post("/posts/{post}/edit/", body="Other words")],
    "posts/<str:public_id>/delete/": [post("/posts/{post}/delete/")],
    "posts/<str:public_id>/history/": [get("/posts/{post}/history/", "earlier")],
    "posts/<str:public_id>/menu/": [get("/posts/{post}/menu/"), get("/posts/{reply}/menu/", htmx=True)],
    "posts/<str:public_id>/picker/": [get("/posts/{post}/picker/")],
    "posts/<str:public_id>/reactions/": [get("/posts/{post}/reactions/"), post("/posts/{post}/reactions/", emoji="👍")],
    "posts/<str:public_id>/counts/": [get("/posts/{post}/counts/")],
    "posts/<str:public_id>/bookmark/": [post("/posts/{post}/bookmark/", on="1")],
    "posts/<str:public_id>/close/": [get("/posts/{post}/close/"), post("/posts/{post}/close/", why="Enough")],
    "posts/<str:public_id>/move/": [
        get("/posts/{post}/move/"),
        get("/posts/{post}/move/?to=everyone"),
        get("/posts/{post}/move/?to={group}"),
        post("/posts/{post}/move/", to="everyone", gaining="99", sure="on"),
        post("/posts/{post}/move/", to="{group}", gaining="99", sure="on"),
    ],
    "posts/<str:public_id>/split/": [get("/posts/{post}/split/"), post("/posts/{post}/split/", answer="{reply}")],
    "posts/<str:public_id>/merge/": [get("/posts/{post}/merge/"), post("/posts/{post}/merge/", into="{post}")],
    "posts/<str:public_id>/snooze/": [
        get("/posts/{post}/snooze/"),
        post("/posts/{post}/snooze/", when="tomorrow"),
    ],
    "posts/<str:public_id>/vote/": [post("/posts/{post}/vote/", option="0")],
    "posts/<str:public_id>/poll/": [get("/posts/{post}/poll/")],
    "posts/<str:public_id>/voters/": [get("/posts/{post}/voters/")],
    "posts/<str:public_id>/links/": [
        get("/posts/{post}/links/", "link", htmx=True),
        post("/posts/{post}/links/", remove="{preview}"),
    ],
    "posts/<str:public_id>/play/": [
        get("/posts/{post}/play/?link={linked}", "link"),
        get("/posts/{post}/play/?link={linked}", "link", htmx=True),
        post("/posts/{post}/play/", link="{linked}"),
        post("/posts/{post}/play/?always=1", link="{linked}"),
    ],
    "posts/<str:public_id>/accept/": [post("/posts/{reply}/accept/", on="1")],
    "posts/<str:public_id>/pin/": [post("/posts/{post}/pin/", on="1")],
    "posts/<str:public_id>/watch/": [post("/posts/{post}/watch/", level="follow")],
    "topics/": [get("/topics/"), get("/topics/?q=to")],
    "posts/still/": [get("/posts/still/?ids={post},{event}"), get("/posts/still/?ids={post}&feed=1")],
    "posts/drawn/": [
        post("/posts/drawn/", body="@bob.baker @carol.cook **words**", group="{group}"),
        post("/posts/drawn/", body="@bob.baker"),
    ],
    # The page that a private post links to, and what it says, are not known to who cannot see that post.
    "posts/links/": [
        post("/posts/links/", body="https://news.paper.org/film", group="{group}"),
        post("/posts/links/", body="https://news.paper.org/film"),
    ],
    "emoji/complete/": [get("/emoji/complete/?q="), get("/emoji/complete/?q=ta")],
    "topics/complete/": [get("/topics/complete/?q="), get("/topics/complete/?q=t"), get("/topics/complete/?q={topic}")],
    "topics/trending/": [get("/topics/trending/"), get("/topics/trending/", htmx=True)],
    "topics/<str:name>/": [get("/topics/{topic}/", "body")],
    "topics/<str:name>/edit/": [get("/topics/{topic}/edit/"), post("/topics/{topic}/edit/", name="other")],
    "topics/<str:name>/follow/": [post("/topics/{topic}/follow/", on="1")],
    # --- Groups ---
    "groups/": [
        get("/groups/"),
        get("/groups/?view=mine", "name"),
        get("/groups/?q={word}"),
        get("/groups/?view=discover&sort=members"),
        get("/groups/?view=archived&sort=new"),
    ],
    "groups/new/": [get("/groups/new/")],
    "groups/<slug:public_id>/": [get("/groups/{group}/", "name", "description", "body")],
    "groups/<slug:public_id>/settings/": [
        get("/groups/{group}/settings/"),
        post("/groups/{group}/settings/", name="x"),
    ],
    "groups/<slug:public_id>/cover/": [post("/groups/{group}/cover/")],
    "groups/<slug:public_id>/picture/": [post("/groups/{group}/picture/")],
    "groups/<slug:public_id>/archive/": [post("/groups/{group}/archive/", on="1")],
    "groups/<str:public_id>/export/": [get("/groups/{group}/export/"), post("/groups/{group}/export/")],
    "groups/deleted/": [get("/groups/deleted/")],
    "groups/deleted/<slug:public_id>/restore/": [post("/groups/deleted/{ask}/restore/")],
    "groups/<slug:public_id>/delete/": [
        get("/groups/{group}/delete/"),
        post("/groups/{group}/delete/", name="Another name"),
    ],
    "groups/<slug:public_id>/join/": [post("/groups/{group}/join/")],
    "groups/<slug:public_id>/leave/": [post("/groups/{group}/leave/")],
    "groups/<slug:public_id>/ask/": [post("/groups/{group}/ask/", message="Please")],
    "groups/<slug:public_id>/members/": [
        get("/groups/{group}/members/", "name"),
        get("/groups/{group}/members/?q=bob"),
    ],
    "groups/<slug:public_id>/members/<slug:person_id>/role/": [
        post("/groups/{group}/members/{author}/role/", role="member")
    ],
    "groups/<slug:public_id>/members/<slug:person_id>/remove/": [post("/groups/{group}/members/{author}/remove/")],
    "groups/<slug:public_id>/files/": [
        get("/groups/{group}/files/", "folder", "shelved"),
        get("/groups/{group}/files/?view=posts", "filename"),
        get("/groups/{group}/files/?view=posts&kind=image", "alt"),
    ],
    "groups/<slug:public_id>/files/zip/": [get("/groups/{group}/files/zip/", "shelved")],
    "groups/<slug:public_id>/files/<slug:folder_id>/zip/": [get("/groups/{group}/files/{folder}/zip/")],
    "groups/<slug:public_id>/files/<slug:folder_id>/": [get("/groups/{group}/files/{folder}/")],
    "groups/<slug:public_id>/files/add/": [post("/groups/{group}/files/add/", file="{file}")],
    "groups/<slug:public_id>/files/folders/": [post("/groups/{group}/files/folders/", name="A folder")],
    "groups/<slug:public_id>/files/some/": [post("/groups/{group}/files/some/", act="zip", pick="{file}")],
    "groups/<slug:public_id>/files/<slug:folder_id>/add/": [post("/groups/{group}/files/{folder}/add/", file="{file}")],
    "groups/<slug:public_id>/files/<slug:folder_id>/folders/": [
        post("/groups/{group}/files/{folder}/folders/", name="A folder")
    ],
    "groups/<slug:public_id>/files/<slug:folder_id>/change/": [
        post("/groups/{group}/files/{folder}/change/", name="Other")
    ],
    "groups/<slug:public_id>/files/<slug:folder_id>/some/": [
        post("/groups/{group}/files/{folder}/some/", act="zip", pick="{file}")
    ],
    "groups/<slug:public_id>/requests/": [get("/groups/{group}/requests/")],
    "groups/<slug:public_id>/requests/<slug:request_id>/": [post("/groups/{group}/requests/{ask}/", accept="1")],
    "groups/<slug:public_id>/invite/": [
        get("/groups/{group}/invite/"),
        post("/groups/{group}/invite/", people="bob.baker"),
    ],
    "groups/<slug:public_id>/links/": [post("/groups/{group}/links/", days="7", most="5")],
    "groups/<slug:public_id>/links/<slug:link_id>/": [post("/groups/{group}/links/{ask}/")],
    "groups/<slug:public_id>/invitations/": [
        get("/groups/{group}/invitations/"),
        post("/groups/{group}/invitations/"),
    ],
    "groups/<slug:public_id>/invitations/<slug:invitation_id>/": [
        post("/groups/{group}/invitations/{ask}/", act="accept")
    ],
    # --- People ---
    "people/": [
        get("/people/"),
        get("/people/?q={word}"),
        get("/people/?skill={skill}&language=en"),
        get("/people/?here=1"),
        get("/people/?q=alice"),
    ],
    "people/complete/": [
        get("/people/complete/?q="),
        get("/people/complete/?q=alice"),
        get("/people/complete/?q=a&group={group}"),
    ],
    "people/<slug:public_id>/": [get("/people/{author}/"), get("/people/{member}/"), get("/people/{left}/")],
    "people/<slug:public_id>/follow/": [post("/people/{author}/follow/", on="1")],
    "people/following/": [get("/people/following/"), get("/people/following/?view=followers")],
    "people/chart/": [get("/people/chart/"), get("/people/chart/?at={author}")],
    "people/chart/<slug:public_id>/": [get("/people/chart/{author}/"), get("/people/chart/{author}/", htmx=True)],
    "people/lists/": [get("/people/lists/")],
    "people/lists/<slug:public_id>/": [get("/people/lists/{ask}/")],
    "people/<slug:public_id>/keep/": [get("/people/{author}/keep/"), post("/people/{author}/keep/", on="0")],
    "people/skills/": [get("/people/skills/"), get("/people/skills/?q={word}")],
    "people/skills/<slug:public_id>/": [get("/people/skills/{skill}/", "question", "solved")],
    "people/<slug:public_id>/skills/": [post("/people/{author}/skills/", name="Knots")],
    "people/<slug:public_id>/skills/<slug:skill_id>/": [
        get("/people/{author}/skills/{skill}/"),
        post("/people/{author}/skills/{skill}/", on="1"),
    ],
    "people/<slug:public_id>/skills/<slug:skill_id>/remove/": [post("/people/{author}/skills/{skill}/remove/")],
    "people/<slug:public_id>/silence/": [post("/people/{member}/silence/", level="mute")],
    "people/invitations/": [get("/people/invitations/")],
    "settings/": [get("/settings/")],
    "settings/silences/": [get("/settings/silences/")],
    "settings/delegates/": [get("/settings/delegates/"), post("/settings/delegates/", person="gil.guest")],
    "settings/delegates/<slug:public_id>/end/": [
        post("/settings/delegates/{member}/end/"),
        post("/settings/delegates/{author}/end/", act="return"),
    ],
    # --- Files ---
    "files/": [post("/files/")],
    "files/<slug:public_id>/": [
        get("/files/{file}/", "bytes"),
        get("/files/{picture}/"),
        get("/files/{glimpse}/"),
        get("/files/{song}/", "spoken"),
        get("/files/{older}/", "outdated"),
        call("HEAD", "/files/{older}/"),
        post("/files/{file}/", alt="x"),
    ],
    "files/mine/": [get("/files/mine/")],
    "files/parts/": [get("/files/parts/"), post("/files/parts/")],
    "files/parts/<slug:public_id>/": [
        get("/files/parts/{sending}/"),
        call("HEAD", "/files/parts/{sending}/"),
        call("PATCH", "/files/parts/{sending}/"),
        call("DELETE", "/files/parts/{sending}/"),
    ],
    "files/parts/<slug:public_id>/discard/": [post("/files/parts/{sending}/discard/")],
    "files/quarantine/": [get("/files/quarantine/")],
    "files/quarantine/<slug:public_id>/": [post("/files/quarantine/{file}/", act="again")],
    "files/<slug:public_id>/about/": [get("/files/{file}/about/", "filename"), get("/files/{picture}/about/", "alt")],
    "files/<slug:public_id>/versions/": [post("/files/{file}/versions/")],
    "files/<slug:public_id>/captions/": [post("/files/{file}/captions/", language="en", remove="1")],
    "files/<slug:public_id>/captions/<slug:language>/": [
        get("/files/{file}/captions/en/"),
        get("/files/{song}/captions/en/", "spoken"),
    ],
    "files/<slug:public_id>/card/": [
        get("/files/{file}/card/", "filename"),
        get("/files/{picture}/card/?among=1", "alt"),
    ],
    "files/<slug:public_id>/discard/": [post("/files/{file}/discard/")],
    "files/<slug:public_id>/<slug:size>/": [
        get("/files/{picture}/320/"),
        get("/files/{picture}/960/"),
        get("/files/{glimpse}/320/"),
        get("/files/{file}/320/"),
    ],
    # --- Search ---
    "search/": [
        get("/search/?q={word}"),
        get("/search/?q={word}&kind=post", "body"),
        get("/search/?q={word}&kind=reply", "reply"),
        get("/search/?q={word}&kind=group"),
        get("/search/?q={word}&kind=file", "filename"),
        get("/search/?q={word}&kind=article"),
        get("/search/?q={word}&where={group}"),
        get("/search/?q=%23{topic}"),
        get("/search/?q=from:alice.archer"),
    ],
    "search/suggest/": [
        get("/search/suggest/?q={word}"),
        get("/search/suggest/?q=t"),
        get("/search/suggest/?q={topic}"),
    ],
    # --- Bell ---
    "notifications/": [get("/notifications/"), get("/notifications/?unread=1")],
    "notifications/read/": [post("/notifications/read/")],
    "notifications/count/": [get("/notifications/count/")],
    "notifications/preferences/": [get("/notifications/preferences/")],
    "notifications/devices/": [post("/notifications/devices/", endpoint="https://push.paper.org/{ask}", off="1")],
    "notifications/devices/<str:public_id>/remove/": [post("/notifications/devices/{ask}/remove/")],
    "notifications/seen/": [
        post("/notifications/seen/", kind="feed.post", id="{post}"),
        post("/notifications/seen/", kind="groups.group", id="{group}"),
    ],
    "notifications/watch/": [
        post("/notifications/watch/", kind="feed.post", id="{post}", level="follow"),
        post("/notifications/watch/", kind="groups.group", id="{group}", level="follow"),
        post("/notifications/watch/", kind="knowledge.article", id="{articleid}", level="follow"),
    ],
    "notifications/<str:public_id>/": [get("/notifications/{ask}/"), get("/notifications/{notice}/")],
    # --- Moderation ---
    "moderation/": [get("/moderation/"), get("/moderation/?state=decided")],
    "moderation/report/<str:kind>/<str:public_id>/": [
        get("/moderation/report/feed.post/{post}/"),
        get("/moderation/report/groups.group/{group}/"),
        get("/moderation/report/files.file/{file}/"),
        get("/moderation/report/knowledge.article/{articleid}/"),
        post("/moderation/report/feed.post/{reply}/", reason="No"),
    ],
    "moderation/words/": [get("/moderation/words/")],
    "moderation/words/<int:position>/remove/": [post("/moderation/words/987654/remove/")],
    "moderation/rules/": [get("/moderation/rules/")],
    "moderation/rules/<int:number>/": [get("/moderation/rules/987654/")],
    "moderation/cases/<str:public_id>/": [
        get("/moderation/cases/{case}/"),
        post("/moderation/cases/{case}/", act="keep"),
    ],
    # --- Knowledge ---
    "knowledge/": [get("/knowledge/", "title")],
    "knowledge/images/<str:public_id>/<str:spec>/": [get("/knowledge/images/{figure}/max-680x680%7Cformat-webp/")],
    "knowledge/documents/<str:public_id>/": [get("/knowledge/documents/{paper}/", "paper")],
    "knowledge/<path:path>/": [
        get("/knowledge/{shelf}/", "title"),
        get("/knowledge/{shelf}/{article}/", "title", "text"),
    ],
    # --- The API ---
    "api/v1/me": [get("/api/v1/me")],
    "api/v1/topics": [get("/api/v1/topics"), get("/api/v1/topics?q=t"), get("/api/v1/topics?q={topic}")],
    "api/v1/topics/<name>": [
        get("/api/v1/topics/{topic}", "topic"),
        call("PATCH", "/api/v1/topics/{topic}", name="other"),
    ],
    "api/v1/topics/<name>/follow": [
        call("PUT", "/api/v1/topics/{topic}/follow"),
        call("DELETE", "/api/v1/topics/{topic}/follow"),
    ],
    "api/v1/people": [
        get("/api/v1/people"),
        get("/api/v1/people?q=alice"),
        get("/api/v1/people?here=1&skill={skill}"),
    ],
    "api/v1/me/following": [get("/api/v1/me/following")],
    "api/v1/me/followers": [get("/api/v1/me/followers")],
    "api/v1/me/picture": [call("DELETE", "/api/v1/me/picture")],
    "api/v1/people/<public_id>/follow": [
        call("PUT", "/api/v1/people/{author}/follow"),
        call("DELETE", "/api/v1/people/{author}/follow"),
    ],
    "api/v1/people/<public_id>": [
        get("/api/v1/people/{author}"),
        call("PATCH", "/api/v1/people/{author}", pronouns="she"),
    ],
    "api/v1/groups/suggested": [get("/api/v1/groups/suggested")],
    "api/v1/groups/<public_id>/requests": [get("/api/v1/groups/{group}/requests")],
    "api/v1/groups/<public_id>/requests/<request_id>": [call("POST", "/api/v1/groups/{group}/requests/{ask}")],
    "api/v1/groups/<public_id>/invitations": [
        get("/api/v1/groups/{group}/invitations"),
        call("POST", "/api/v1/groups/{group}/invitations", email="new@example.org"),
    ],
    "api/v1/groups/<public_id>/invitations/<invitation_id>": [
        call("DELETE", "/api/v1/groups/{group}/invitations/{ask}")
    ],
    "api/v1/groups/<public_id>/invitations/<invitation_id>/resend": [
        call("POST", "/api/v1/groups/{group}/invitations/{ask}/resend")
    ],
    "api/v1/groups/<public_id>/decline": [call("POST", "/api/v1/groups/{group}/decline")],
    "api/v1/groups/<public_id>/picture": [call("DELETE", "/api/v1/groups/{group}/picture")],
    "api/v1/groups/<public_id>/cover": [call("DELETE", "/api/v1/groups/{group}/cover")],
    "api/v1/groups/<public_id>/links": [
        get("/api/v1/groups/{group}/links"),
        call("POST", "/api/v1/groups/{group}/links"),
    ],
    "api/v1/groups/<public_id>/links/<link_id>": [call("DELETE", "/api/v1/groups/{group}/links/{ask}")],
    "api/v1/group-categories": [get("/api/v1/group-categories")],
    "api/v1/group-categories/<public_id>": [
        call("PUT", "/api/v1/group-categories/{ask}", name="Mine"),
        call("DELETE", "/api/v1/group-categories/{ask}"),
    ],
    "api/v1/people/<public_id>/praise": [get("/api/v1/people/{member}/praise", "praise")],
    "api/v1/people-fields": [get("/api/v1/people-fields"), call("POST", "/api/v1/people-fields", name="Mine")],
    "api/v1/people-fields/columns/<name>": [call("PUT", "/api/v1/people-fields/columns/phone", edit="sync")],
    "api/v1/people-fields/<field_id>": [
        call("PUT", "/api/v1/people-fields/{ask}", name="Mine"),
        call("DELETE", "/api/v1/people-fields/{ask}"),
    ],
    "api/v1/people/<public_id>/silence": [
        call("PUT", "/api/v1/people/{member}/silence", level="mute"),
        call("DELETE", "/api/v1/people/{member}/silence"),
    ],
    "api/v1/people/<public_id>/line": [get("/api/v1/people/{author}/line")],
    "api/v1/skills": [get("/api/v1/skills"), get("/api/v1/skills?q={word}")],
    "api/v1/skills/<skill_id>/people": [get("/api/v1/skills/{skill}/people")],
    "api/v1/skills/<skill_id>/answers": [get("/api/v1/skills/{skill}/answers", "solved")],
    "api/v1/people/<public_id>/skills": [
        get("/api/v1/people/{author}/skills"),
        call("POST", "/api/v1/people/{author}/skills", name="Knots"),
    ],
    "api/v1/people/<public_id>/skills/<skill_id>": [call("DELETE", "/api/v1/people/{author}/skills/{skill}")],
    "api/v1/people/<public_id>/skills/<skill_id>/endorsement": [
        call("PUT", "/api/v1/people/{author}/skills/{skill}/endorsement"),
        call("DELETE", "/api/v1/people/{author}/skills/{skill}/endorsement"),
    ],
    "api/v1/me/away": [
        call("PUT", "/api/v1/me/away", since="2030-01-01", until="2030-01-02", deputy="{member}"),
        call("DELETE", "/api/v1/me/away"),
    ],
    "api/v1/me/lists": [get("/api/v1/me/lists")],
    "api/v1/me/lists/<list_id>": [
        call("DELETE", "/api/v1/me/lists/{ask}"),
        call("PATCH", "/api/v1/me/lists/{ask}", name="Mine"),
    ],
    "api/v1/me/lists/<list_id>/people/<public_id>": [
        call("PUT", "/api/v1/me/lists/{ask}/people/{author}"),
        call("DELETE", "/api/v1/me/lists/{ask}/people/{author}"),
    ],
    "api/v1/me/silences": [get("/api/v1/me/silences")],
    "api/v1/me/delegates": [get("/api/v1/me/delegates"), call("POST", "/api/v1/me/delegates", person="{ask}")],
    "api/v1/me/delegates/<public_id>": [call("DELETE", "/api/v1/me/delegates/{member}")],
    "api/v1/me/delegators": [get("/api/v1/me/delegators")],
    "api/v1/me/delegators/<public_id>": [call("DELETE", "/api/v1/me/delegators/{author}")],
    "api/v1/feed": [
        get("/api/v1/feed", "body"),
        get("/api/v1/feed?view=following"),
        get("/api/v1/feed?view=for_you&sort=best", "body"),
        get("/api/v1/feed?view=company"),
    ],
    "api/v1/posts": [call("POST", "/api/v1/posts", body="A word", group="{group}")],
    "api/v1/posts/<public_id>": [
        get("/api/v1/posts/{post}", "body", "filename", "alt"),
        get("/api/v1/posts/{reply}", "reply"),
        call("PATCH", "/api/v1/posts/{post}", body="Other words"),
        call("DELETE", "/api/v1/posts/{reply}"),
    ],
    "api/v1/posts/<public_id>/move": [
        get("/api/v1/posts/{post}/move"),
        get("/api/v1/posts/{post}/move?group={group}"),
        call("POST", "/api/v1/posts/{post}/move", group="{group}", gaining="99"),
    ],
    "api/v1/posts/<public_id>/split": [call("POST", "/api/v1/posts/{post}/split", answers="{reply}")],
    "api/v1/posts/<public_id>/merge": [call("POST", "/api/v1/posts/{post}/merge", into="{post}")],
    "api/v1/posts/<public_id>/voters": [get("/api/v1/posts/{post}/voters")],
    "api/v1/links": [call("POST", "/api/v1/links", body="https://news.paper.org/film", group="{group}")],
    "api/v1/posts/<public_id>/links/<link_id>": [call("DELETE", "/api/v1/posts/{post}/links/{preview}")],
    "api/v1/posts/<public_id>/watch": [
        get("/api/v1/posts/{post}/watch"),
        call("PUT", "/api/v1/posts/{post}/watch", level="follow"),
        call("DELETE", "/api/v1/posts/{post}/watch"),
    ],
    "api/v1/posts/<public_id>/poll": [get("/api/v1/posts/{post}/poll")],
    "api/v1/posts/<public_id>/vote": [call("POST", "/api/v1/posts/{post}/vote", option="0")],
    "api/v1/posts/<public_id>/closed": [
        call("PUT", "/api/v1/posts/{post}/closed", why="Enough"),
        call("DELETE", "/api/v1/posts/{post}/closed"),
    ],
    "api/v1/posts/<public_id>/best": [
        call("PUT", "/api/v1/posts/{reply}/best"),
        call("DELETE", "/api/v1/posts/{reply}/best"),
    ],
    "api/v1/posts/<public_id>/pin": [
        call("PUT", "/api/v1/posts/{post}/pin"),
        call("DELETE", "/api/v1/posts/{post}/pin"),
    ],
    "api/v1/posts/<public_id>/reach": [
        get("/api/v1/posts/{post}/reach"),
        get("/api/v1/posts/{post}/reach?who=not_seen"),
    ],
    "api/v1/drafts": [
        get("/api/v1/drafts"),
        call("POST", "/api/v1/drafts", body="A word", group="{group}", to="{post}"),
    ],
    "api/v1/drafts/<public_id>": [
        get("/api/v1/drafts/{ask}"),
        call("PATCH", "/api/v1/drafts/{ask}", body="A word"),
        call("DELETE", "/api/v1/drafts/{ask}"),
    ],
    "api/v1/drafts/<public_id>/schedule": [
        call("PUT", "/api/v1/drafts/{ask}/schedule", due_at="2030-01-01T10:00:00Z"),
        call("DELETE", "/api/v1/drafts/{ask}/schedule"),
    ],
    "api/v1/drafts/<public_id>/send": [call("POST", "/api/v1/drafts/{ask}/send")],
    "api/v1/events": [get("/api/v1/events", "gathering", "venue"), get("/api/v1/events?group={group}", "gathering")],
    "api/v1/posts/<public_id>/event": [
        get("/api/v1/posts/{event}/event", "gathering", "venue"),
        call("PATCH", "/api/v1/posts/{event}/event", title="Other"),
    ],
    "api/v1/posts/<public_id>/event/cancel": [
        call("POST", "/api/v1/posts/{event}/event/cancel", why="Rain"),
        call("DELETE", "/api/v1/posts/{event}/event/cancel"),
    ],
    "api/v1/posts/<public_id>/event/answer": [
        call("PUT", "/api/v1/posts/{event}/event/answer", answer="going"),
        call("DELETE", "/api/v1/posts/{event}/event/answer"),
    ],
    "api/v1/posts/<public_id>/event/answers": [get("/api/v1/posts/{event}/event/answers")],
    "api/v1/posts/<public_id>/history": [get("/api/v1/posts/{post}/history", "earlier")],
    "api/v1/posts/<public_id>/replies": [
        get("/api/v1/posts/{post}/replies", "reply"),
        call("POST", "/api/v1/posts/{post}/replies", body="Me too"),
    ],
    "api/v1/posts/<public_id>/reactions/<emoji>": [
        call("PUT", "/api/v1/posts/{post}/reactions/👍"),
        call("DELETE", "/api/v1/posts/{post}/reactions/👍"),
    ],
    "api/v1/posts/<public_id>/bookmark": [
        call("PUT", "/api/v1/posts/{post}/bookmark"),
        call("DELETE", "/api/v1/posts/{post}/bookmark"),
    ],
    "api/v1/posts/<public_id>/report": [call("POST", "/api/v1/posts/{post}/report", reason="No")],
    "api/v1/groups": [get("/api/v1/groups", "name")],
    "api/v1/groups/<public_id>": [
        get("/api/v1/groups/{group}", "name", "description"),
        call("PATCH", "/api/v1/groups/{group}", name="Mine"),
        call("DELETE", "/api/v1/groups/{group}", name="Another name"),
    ],
    "api/v1/groups/<public_id>/export": [call("POST", "/api/v1/groups/{group}/export")],
    "api/v1/groups/deleted": [get("/api/v1/groups/deleted")],
    "api/v1/groups/deleted/<public_id>/restore": [call("POST", "/api/v1/groups/deleted/{group}/restore")],
    "api/v1/groups/<public_id>/posts": [get("/api/v1/groups/{group}/posts", "body")],
    "api/v1/groups/<public_id>/members": [
        get("/api/v1/groups/{group}/members"),
        call("POST", "/api/v1/groups/{group}/members", person="{author}", role="member"),
    ],
    "api/v1/groups/<public_id>/members/<person_id>": [call("DELETE", "/api/v1/groups/{group}/members/{author}")],
    "api/v1/groups/<public_id>/join": [call("POST", "/api/v1/groups/{group}/join")],
    "api/v1/groups/<public_id>/leave": [call("POST", "/api/v1/groups/{group}/leave")],
    "api/v1/search": [
        get("/api/v1/search?q={word}"),
        get("/api/v1/search?q={word}&kind=post", "body"),
        get("/api/v1/search?q={word}&group={group}"),
        get("/api/v1/search?q={word}&kind=file"),
    ],
    "api/v1/notifications": [get("/api/v1/notifications")],
    "api/v1/me/notification-settings": [
        get("/api/v1/me/notification-settings"),
        call("PATCH", "/api/v1/me/notification-settings", items="none"),
    ],
    "api/v1/me/devices": [get("/api/v1/me/devices")],
    "api/v1/me/devices/<public_id>": [call("DELETE", "/api/v1/me/devices/{ask}")],
    "api/v1/notifications/read": [call("POST", "/api/v1/notifications/read")],
    "api/v1/files": [get("/api/v1/files"), call("POST", "/api/v1/files")],
    "api/v1/groups/<public_id>/library": [
        get("/api/v1/groups/{group}/library", "folder", "shelved"),
        get("/api/v1/groups/{group}/library?folder={folder}"),
    ],
    "api/v1/groups/<public_id>/library/folders": [
        call("POST", "/api/v1/groups/{group}/library/folders", name="Mine", inside="{folder}")
    ],
    "api/v1/groups/<public_id>/library/folders/<folder_id>": [
        call("PATCH", "/api/v1/groups/{group}/library/folders/{folder}", name="Mine"),
        call("DELETE", "/api/v1/groups/{group}/library/folders/{folder}"),
    ],
    "api/v1/groups/<public_id>/library/zip": [get("/api/v1/groups/{group}/library/zip", "shelved")],
    "api/v1/files/parts": [get("/api/v1/files/parts"), call("POST", "/api/v1/files/parts")],
    "api/v1/files/parts/<public_id>": [
        get("/api/v1/files/parts/{sending}"),
        call("PATCH", "/api/v1/files/parts/{sending}"),
        call("DELETE", "/api/v1/files/parts/{sending}"),
    ],
    "api/v1/groups/<public_id>/library/files": [
        call("POST", "/api/v1/groups/{group}/library/files", folder="{folder}")
    ],
    "api/v1/groups/<public_id>/library/files/<file_id>": [
        call("PATCH", "/api/v1/groups/{group}/library/files/{file}"),
        call("DELETE", "/api/v1/groups/{group}/library/files/{file}"),
    ],
    "api/v1/files/<public_id>/versions": [
        get("/api/v1/files/{file}/versions"),
        call("POST", "/api/v1/files/{file}/versions"),
    ],
    "api/v1/files/<public_id>/captions/<language>": [
        call("PUT", "/api/v1/files/{file}/captions/en", captions="x"),
        call("DELETE", "/api/v1/files/{file}/captions/en"),
    ],
    "api/v1/files/<public_id>": [
        get("/api/v1/files/{file}", "filename"),
        get("/api/v1/files/{picture}", "alt"),
        call("PATCH", "/api/v1/files/{picture}", alt="Other"),
        call("DELETE", "/api/v1/files/{file}"),
    ],
    # --- Lists of the administrators' desk; all other addresses below /admin/ are in tests/test_wagtail_desk.py. ---
    "admin/": [get("/admin/")],
    "admin/groups/": [get("/admin/groups/"), get("/admin/groups/?q={word}")],
    "admin/groups/results/": [get("/admin/groups/results/?q={word}")],
    "admin/groups/<slug:public_id>/": [get("/admin/groups/{group}/")],
    "admin/people/": [get("/admin/people/")],
    "admin/people/results/": [get("/admin/people/results/?q=alice")],
    "admin/people/<slug:public_id>/": [get("/admin/people/{author}/"), get("/admin/people/{member}/")],
}

#: Routes that no one's words can come out of, and why; and such as are walked over elsewhere, with the place.
EXEMPT: dict[str, str] = {
    "healthz": "says ok",
    "readyz": "three times true or false",
    "logo/": "the company's sign, on the page for logging in too",
    "push-worker.js": "a script of ours, the same for everyone",
    "notifications/stop/<str:token>/": "knows only the kind of mail; tests/test_inbox_sending.py",
    "theme/": "sets a cookie",
    "language/": "sets a cookie",
    "people/invitations/<slug:public_id>/revoke/": "an administrator's own letters; tests/test_people_invitations.py",
    "people/invitation/<str:token>/": "knows only the letter itself; tests/test_people_invitations.py",
    "groups/export/<str:token>/": "for one person alone; tests/test_groups_export.py",
    "groups/link/<str:token>/": "knows only the link itself; tests/test_groups_links.py",
    "calendar/<str:token>.ics": "asked with each person's own address by `calendars` in tests/test_visibility.py",
    "settings/calendar/": "one's own address; tests/test_feed_events.py",
    "settings/players/": "one's own choice of hosts; tests/test_feed_players.py",
    "settings/profile/": "one's own profile",
    "settings/away/": "one's own absence; tests/test_people_away.py",
    "settings/photo/": "one's own face",
    "settings/reading/": "one's own language and clock",
    "settings/sessions/end/": "one's own sessions",
    "api/v1/me/players": "one's own choice of hosts; tests/test_feed_players.py",
    "api/v1/me/players/<host>": "one's own choice of hosts; tests/test_feed_players.py",
    "api/v1/openapi.json": "describes the operations; the same for everyone",
    "api/v1/docs": "describes the operations; the same for everyone",
    "api/v1/": "the API's name; no operation",
    "admin/people/new/": "a form for a new person",
}
#: Families of routes, by how they begin.
FAMILIES: dict[str, str] = {
    "accounts/": "allauth's pages know the person who asks and nobody's words; tests/test_signin_flow.py",
    "admin/": "every address of the desk is asked in tests/test_wagtail_desk.py, which takes them from the URL map",
}

#: Management commands of ours: whoever runs them owns the machine; what they print is looked at where it could tell.
COMMANDS: dict[str, str] = {
    "api_token": "prints a token, once",
    "create_person": "prints an address",
    "doctor": "prints states and counts; tests/test_visibility.py",
    "recount": "prints counts",
    "rerender": "prints counts",
    "import_network": "reports file, line and reason; its own tests hold that no text is printed",
    "files_move_storage": "prints counts and keys, which say nothing of a file",
    "read_files": "prints a count",
    "scan_files": "prints a count",
    "search_audit": "prints kinds, keys and counts; tests/test_visibility.py",
    "search_rebuild": "prints a count",
    "serve": "runs the others",
    "setup_demo": "makes the demo company",
    "worker": "its log is looked at in tests/test_visibility.py",
}

#: What the worker does, and where it is held that it tells nobody too much.
WORK: dict[str, str] = {
    "outbox": "notices: tests/test_inbox.py, and the bell in tests/test_visibility.py",
    "tasks": "queued tasks",
    "mail and messages": "each is read in tests/test_visibility.py; who gets one: tests/test_inbox_sending.py",
    "deleted groups": "what is past its thirty days: tests/test_groups_deletion.py",
    "link previews": "the card of a post: tests/test_feed_previews.py, and the whole of tests/test_visibility.py",
    "files in parts": "what the sender alone asks for: tests/test_files_parts.py",
    "pictures and films": "the card of a file, and a notice to who sent it: tests/test_files_works.py",
    "virus scan": "the card of a file, and notices: tests/test_files_scans.py",
    "documents": "words for search, and the first page on the card: tests/test_files_texts.py",
    "search": "the index: search in tests/test_visibility.py",
}


@dataclass
class Place:
    """One audience with one of everything in it: the ids to ask for, and the tokens to look for."""

    name: str
    ids: dict[str, str]
    tokens: dict[str, str] = field(default_factory=dict)

    def without(self, names: frozenset[str]) -> dict[str, str]:
        """The ids, of which those named were never used."""
        fresh = new_id().lower()
        return {name: f"t{fresh}" if name == "topic" else fresh for name in names} | {
            name: value for name, value in self.ids.items() if name not in names
        }


def routes() -> Iterator[tuple[str, str, Any]]:
    """Route, name and view of every address of the site, each route once."""

    def walk(patterns: Any, before: str, names: str) -> Iterator[tuple[str, str, Any]]:
        for one in patterns:
            if isinstance(one, URLResolver):
                inner = f"{names}{one.namespace}:" if one.namespace else names
                yield from walk(one.url_patterns, before + str(one.pattern), inner)
            elif isinstance(one, URLPattern):
                yield before + str(one.pattern), f"{names}{one.name or ''}", one.callback

    seen: set[str] = set()
    for route, name, view in walk(get_resolver().url_patterns, "", ""):
        if route not in seen:
            seen.add(route)
            yield route, name, view


def asks(method: str | None = None) -> Iterator[tuple[str, Ask]]:
    """Every probe with its route; of one method only, if it is named."""
    for route, probes in PROBES.items():
        for ask in probes:
            if method is None or ask.method == method:
                yield route, ask


def commands() -> Iterable[str]:
    """Our own management commands."""
    return sorted(name for name, app in get_commands().items() if app in settings.ROOMS)


def bytes_of(response: Any) -> bytes:
    """Everything of an answer that reaches who asked: status line, headers, cookies and body."""
    head = f"{response.status_code} {response.reason_phrase}\n"
    head += "".join(f"{name}: {value}\n" for name, value in response.headers.items())
    head += response.cookies.output()
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return head.encode() + b"\n" + body


#: What differs between any two answers: tokens against forgery, nonces, and when.
_VARYING = [
    re.compile(rb'(csrfmiddlewaretoken"? ?value=|csrfmiddlewaretoken" value=|"X-CSRFToken": ?)["\'&#;\w]+'),
    re.compile(rb"(X-CSRFToken[^A-Za-z0-9]{1,20})[A-Za-z0-9]{64}"),
    re.compile(rb'("CSRF_TOKEN": ")[A-Za-z0-9]+'),
    re.compile(rb"(csrftoken=)[A-Za-z0-9]+"),
    re.compile(rb"(content=\")[A-Za-z0-9]{64}(?=\")"),
    re.compile(rb"(nonce[-=]\"?)[\w+/=-]+"),
    # Signed, with the second it was signed in.
    re.compile(rb"(messages=[^:;\s]+):[\w-]+:[\w-]+"),
    re.compile(rb"(expires=)[^;]+"),
    re.compile(rb"(Expires: )[^\r\n]+"),
    re.compile("( · )\\d+ ms".encode()),
]


def plain(text: bytes, ids: dict[str, str]) -> bytes:
    """The bytes of an answer without what differs between any two, and without the ids that were asked with."""
    for pattern in _VARYING:
        text = pattern.sub(rb"\1", text)
    for name, value in sorted(ids.items(), key=lambda pair: -len(pair[1])):
        if name in HIDING:
            text = text.replace(value.encode(), b"ID")
    return re.sub(rb"Content-Length: \d+", b"", text)
