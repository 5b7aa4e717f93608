"""Moving in: real shapes of exports, through the command, with what is dirty in them."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from core.models import Access
from feed.models import Mention, Post, PostVersion, Reaction
from groups import actions as groups
from groups.models import Group, Membership
from inbox.models import Notice
from integrations.models import ImportedConversation, ImportedMessage
from integrations.moving.marks import from_yammer
from people import actions as people
from people.models import User
from tests import make

pytestmark = pytest.mark.django_db

USERS = (
    "id,name,email,job_title,location,department,api_url,deleted_by_id,deleted_by_type,joined_at,"
    "deleted_at,suspended_by_id,suspended_by_type,suspended_at,guid,state"
)
MESSAGES = (
    "id,replied_to_id,thread_id,group_id,participants,in_private_group,in_private_conversation,sender_id,"
    "body,html_body,attachments,created_at,deleted_at,message_type,closed,gdpr_delete_url"
)
GROUPS = "id,name,description,private,external,deleted,created_at,updated_at"


def table(head: str, *rows: dict[str, str]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, head.split(","), restval="")
    writer.writeheader()
    writer.writerows(rows)
    return ("\ufeff" + out.getvalue()).encode()


def message(key: str, body: str, *, sender: str = "1", thread: str = "", **more: str) -> dict[str, str]:
    return {
        "id": key,
        "thread_id": thread or key,
        "replied_to_id": thread,
        "group_id": "90",
        "in_private_group": "false",
        "in_private_conversation": "false",
        "sender_id": sender,
        "body": body,
        "created_at": f"2020-03-04T10:{int(key) % 60:02}:00Z",
        "message_type": "update",
        **more,
    }


def packed(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def yammer(path: Path, messages: list[dict[str, str]], **more: bytes) -> Path:
    people_rows = [
        {
            "id": "1",
            "name": "Una Usher",
            "email": "una@example.org",
            "state": "active",
            "joined_at": "2019-01-01T00:00:00Z",
        },
        {"id": "2", "name": "Vic Vane", "email": "vic@example.org", "state": "active"},
        {
            "id": "3",
            "name": "Wim Was",
            "email": "wim@example.org",
            "state": "soft_delete",
            "deleted_at": "2021-01-01T00:00:00Z",
        },
    ]
    places = [
        {"id": "90", "name": "Open talk", "private": "false", "deleted": "false", "created_at": "2019-01-01T00:00:00Z"},
        {"id": "91", "name": "Closed talk", "private": "TRUE", "deleted": "false"},
    ]
    files = {
        "Users.csv": table(USERS, *people_rows),
        "Groups.csv": table(GROUPS, *places),
        "Messages.csv": table(MESSAGES, *messages),
        "Files.csv": b"file_id,uploader_id,name,path,description,storage_path,download_url\r\n55,1,plan.txt,,,,\r\n",
    }
    return packed(path, {**files, **more})


def run(source: str, path: Path, *options: str) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command("import_network", source, str(path), *options, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


@pytest.fixture
def export(tmp_path: Path) -> Path:
    return yammer(
        tmp_path / "export.zip",
        [
            message("101", "First thread for [[user:2]] #plans *not bold*", attachments="uploadedfile:55"),
            message("102", "An answer", sender="2", thread="101"),
            message("103", "Secret matter", group_id="91", in_private_group="TRUE", sender="2"),
            message("104", "Just us", group_id="", in_private_conversation="true", participants="user:1,user:2"),
            message("105", "Indeed", sender="2", thread="104", group_id="", in_private_conversation="true"),
            message("106", "To the whole company", group_id="", sender="3"),
            message("101", "First thread again"),
            message("107", "", sender="1", created_at="not a time"),
            message("108", "gone", deleted_at="2020-04-01T00:00:00Z"),
        ],
        **{"Files/55.txt": b"the plan of Una"},
    )


def test_a_network_is_there_with_its_people_places_threads_and_times(export: Path) -> None:
    out, err = run("yammer", export)
    assert "3 people" in out and "2 groups" in out
    assert "Messages.csv:8" in err and "Messages.csv:9" in err and "no time" in err
    una, wim = User.objects.get(email="una@example.org"), User.objects.get(email="wim@example.org")
    assert una.is_placeholder and not una.is_active and una.deactivated_at is None and wim.deactivated_at
    post = Post.objects.get(origin="yammer:message:101")
    assert post.author == una and post.created_at.isoformat() == "2020-03-04T10:41:00+00:00"
    assert post.group.name == "Open talk" and post.audience.open and post.reply_count == 1
    assert "@vic.vane" in post.body and "<em>" not in post.html and "*not bold*" in post.html
    assert Mention.objects.get(post=post).told_at is not None
    assert list(post.topics.values_list("name", flat=True)) == ["plans"]
    reply = Post.objects.get(origin="yammer:message:102")
    assert reply.root == post and reply.history_at == post.created_at and reply.author.name == "Vic Vane"
    assert Post.objects.get(origin="yammer:message:108").state == "deleted"
    assert Post.objects.get(origin="yammer:message:108").body == ""
    assert Post.objects.get(origin="yammer:message:106").group is None


def test_private_stays_private_and_nothing_is_lost(export: Path) -> None:
    carol, vic = make.person("Carol Cook"), make.person("Vic Vane", email="vic@example.org")
    run("yammer", export)
    make.settle()
    closed = Group.objects.get(name="Closed talk")
    secret = Post.objects.get(origin="yammer:message:103")
    assert closed.privacy == "private" and not secret.audience.open
    assert make.client(carol).get(f"/posts/{secret.public_id}/").status_code == 404
    assert make.client(vic).get(f"/posts/{secret.public_id}/").status_code == 200
    assert b"Secret matter" not in make.client(carol).get("/search/?q=matter").content
    talk = ImportedConversation.objects.get()
    assert [row.body for row in talk.messages.order_by("seq")] == ["Just us", "Indeed"]
    assert ImportedMessage.objects.first().source["participants"] == "user:1,user:2"
    assert set(Access.objects.filter(audience=talk.audience).values_list("person__name", flat=True)) == {
        "Una Usher",
        "Vic Vane",
    }
    assert not Post.objects.filter(body__contains="Just us").exists()


def test_files_come_along_for_the_readers_of_their_post(export: Path) -> None:
    carol = make.person("Carol Cook")
    gil = make.person("Gil Guest", is_guest=True)
    run("yammer", export)
    page = make.client(carol).get(f"/posts/{Post.objects.get(origin='yammer:message:101').public_id}/").content.decode()
    assert "plan.txt" in page
    address = re.search(r'href="/files/(\w{16}/[^"]*)"', page)[1]
    answer = make.client(carol).get(f"/files/{address}")
    assert b"".join(answer.streaming_content) == b"the plan of Una"
    assert make.client(gil).get(f"/files/{address}").status_code == 404


def test_a_second_run_adds_nothing_and_nobody_is_told(export: Path) -> None:
    vic = make.person("Vic Vane", email="vic@example.org")
    run("yammer", export)
    make.settle()
    before = [model.objects.count() for model in (User, Group, Membership, Post, ImportedMessage, Access)]
    out, _err = run("yammer", export)
    make.settle()
    assert before == [model.objects.count() for model in (User, Group, Membership, Post, ImportedMessage, Access)]
    assert "messages known" in out
    assert not Notice.objects.filter(recipient=vic).exists()
    shell = make.client(vic).get("/groups/").content.decode()
    assert "Open talk" in shell and 'class="new"' not in shell


def test_a_second_run_brings_nobody_back_who_was_taken_out(export: Path) -> None:
    vic = make.person("Vic Vane", email="vic@example.org")
    run("yammer", export)
    closed = Group.objects.get(name="Closed talk")
    groups.add_member(group=closed, person=make.person("Carol Cook"), by=None, role="owner")
    groups.remove_member(group=closed, person=vic, by=None)
    run("yammer", export)
    assert not Membership.objects.filter(group=closed, person=vic).exists()
    secret = Post.objects.get(origin="yammer:message:103")
    assert make.client(vic).get(f"/posts/{secret.public_id}/").status_code == 404


def test_a_dry_run_tells_and_writes_nothing(export: Path) -> None:
    out, _err = run("yammer", export, "--dry-run")
    assert "Would write" in out and "private conversations" in out
    assert not User.objects.exists() and not Group.objects.exists() and not Post.objects.exists()


def test_a_matching_address_claims_what_was_kept_for_it(export: Path) -> None:
    run("yammer", export)
    una = User.objects.get(email="una@example.org")
    people.claim(placeholder=una, password_hash=people.hash_password(make.PASSWORD))
    page = make.client(User.objects.get(pk=una.pk)).get("/groups/").content.decode()
    assert "Open talk" in page


def test_the_list_of_members_adds_the_rest_and_names_who_is_unknown(export: Path, tmp_path: Path) -> None:
    carol = make.person("Carol Cook")
    listed = tmp_path / "members.csv"
    listed.write_text("email,group,role\ncarol@example.org,Closed talk,member\nnobody@example.org,Closed talk,\n")
    _out, err = run("yammer", export, "--members", str(listed))
    assert Membership.objects.filter(group__name="Closed talk", person=carol).exists()
    assert "nobody@example.org" in err
    secret = Post.objects.get(origin="yammer:message:103")
    assert make.client(carol).get(f"/posts/{secret.public_id}/").status_code == 200


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"readme.txt": b"hello"}, "no Yammer export"),
        ({"Users.csv": b"id,name\n1,x\n"}, "Messages.csv is missing"),
        ({"../Users.csv": b"x", "Messages.csv": b"x"}, ""),
        ({"Users.csv": b"x", "users.csv": b"x", "Messages.csv": b"x"}, ""),
        ({"Users.csv": b"0" * 40_000_000, "Messages.csv": b"x"}, ""),
    ],
)
def test_what_is_no_export_is_refused_before_anything_is_written(
    tmp_path: Path, files: dict[str, bytes], words: str
) -> None:
    path = packed(tmp_path / "bad.zip", files)
    with pytest.raises(CommandError, match=words):
        run("yammer", path)
    assert not User.objects.exists() and not Group.objects.exists()


def test_a_file_that_is_no_archive_or_not_there_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(b"PK\x03\x04 not really")
    for which in (path, tmp_path / "missing.zip"):
        with pytest.raises(CommandError):
            run("slack", which)


def slack(path: Path, days: dict[str, Any], **more: Any) -> Path:
    users = [
        {"id": "U1", "name": "una", "profile": {"real_name": "Una Usher", "email": "una@example.org"}},
        {"id": "U2", "name": "vic", "profile": {"real_name": "Vic Vane", "email": "vic@example.org"}},
    ]
    files = {
        "users.json": users,
        "channels.json": [{"id": "C1", "name": "general", "members": ["U1"]}],
        "groups.json": [{"id": "G1", "name": "core", "members": ["U1", "U2"]}],
        "dms.json": [{"id": "D1", "members": ["U1", "U2"]}],
        **days,
        **more,
    }
    return packed(
        path,
        {
            name: json.dumps(content).encode() if not isinstance(content, bytes) else content
            for name, content in files.items()
        },
    )


def said(ts: str, text: str, user: str = "U1", **more: Any) -> dict[str, Any]:
    return {"type": "message", "user": user, "ts": ts, "text": text, **more}


def test_slack_channels_threads_marks_and_conversations(tmp_path: Path) -> None:
    path = slack(
        tmp_path / "s.zip",
        {
            "general/2020-01-01.json": [
                said(
                    "1577880000.000100",
                    "Hi <@U2>, *bold* <https://example.org|here> &lt;b&gt; :tada:",
                    thread_ts="1577880000.000100",
                ),
                said("1577880060.000200", "an `answer`", "U2", thread_ts="1577880000.000100"),
                said("1577880070.000300", "joined", "U2", subtype="channel_join"),
                "rubbish",
            ],
            "core/2020-01-02.json": [said("1577966400.000100", "inner circle")],
            "D1/2020-01-02.json": [said("1577966500.000100", "between us", "U2")],
            "unknown/2020-01-02.json": [said("1577966500.000100", "canaryunlisted")],
            "general/2020-01-03.json": b"{broken",
        },
    )
    out, err = run("slack", path)
    assert "2 people" in out and "rubbish" not in out
    assert "unknown/2020-01-02.json" in err and "general/2020-01-03.json" in err
    post = Post.objects.get(origin="slack:message:C1:1577880000.000100")
    assert "@vic.vane" in post.body and "<strong>bold</strong>" in post.html and "🎉" in post.html
    assert 'href="https://example.org"' in post.html and "&lt;b&gt;" in post.html
    assert post.reply_count == 1 and Post.objects.get(root=post).html.count("<code>") == 1
    inner = Post.objects.get(origin="slack:message:G1:1577966400.000100")
    assert inner.group.privacy == "private" and not inner.audience.open
    assert [row.body for row in ImportedMessage.objects.all()] == ["between us"]
    assert not Post.objects.filter(body__contains="canaryunlisted").exists()
    assert Post.objects.count() == 3


def test_hostile_text_comes_in_as_text(tmp_path: Path) -> None:
    nasty = [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "nul\0nul",
        "half \\ud800",
        "\u202eright",
        "`" * 500,
    ]
    export = yammer(tmp_path / "n.zip", [message(str(200 + index), text) for index, text in enumerate(nasty)])
    run("yammer", export)
    for post in Post.objects.all():
        assert "<script" not in post.html and 'href="javascript' not in post.html and "\0" not in post.body
    assert Post.objects.count() == len(nasty)


def test_what_stands_beside_yammer_s_messages_comes_along(tmp_path: Path) -> None:
    vera = make.person("Vera Vast")
    answer = message("202", "Press the green button [[tag:7]]", sender="2", thread="201")
    export = yammer(
        tmp_path / "more.zip",
        [
            message("201", "How does it start?", message_type="update"),
            answer,
            message("203", "Never mind", sender="3", thread="201"),
            message("206", "No more of this", closed="TRUE"),
            message("204", "Closed on Friday", message_type="announcement"),
            message("205", "In the locked room", group_id="91", in_private_group="TRUE", sender="2"),
        ],
        **{
            "Topics.csv": b"id,name,created_at,link\r\n7,Green Button_s,2020-01-01T00:00:00Z,https://y.example/topics/7\r\n",
            "BestReplyMessages.csv": table(MESSAGES, answer, message("205", "")),
            "LikedMessages.csv": b"id,user_id\r\n202,1\r\n202,3\r\n202,1\r\n201,nobody\r\n205,1\r\n",
            "MessageVersions.csv": b"message_id,body,created_at\r\n"
            b"202,Press [[user:1]] any button,2020-03-04T10:30:00Z\r\n"
            b"202,Press the green button [[tag:7]],2020-03-04T11:00:00Z\r\n,lost,2020-03-04T11:00:00Z\r\n",
        },
    )
    out, err = run("yammer", export)
    assert "1 best answers" in out and "MessageVersions.csv:4" in err
    question, best = (Post.objects.get(origin=f"yammer:message:{key}") for key in ("201", "202"))
    assert question.best_answer == best and question.post_kind == "question" and best.edited_at is not None
    assert list(best.topics.values_list("name", flat=True)) == ["green-button_s"]
    assert sorted(best.reactions.values_list("person__name", "emoji")) == [("Una Usher", "👍"), ("Wim Was", "👍")]
    assert best.reaction_counts == {"👍": 2} and question.reaction_counts == {}
    assert [version.body for version in best.versions.all()] == ["Press @una.usher any button"]
    ended = Post.objects.get(origin="yammer:message:206")
    assert ended.closed_at == ended.created_at and "earlier network" in ended.closed_why and question.closed_at is None
    announced = Post.objects.get(origin="yammer:message:204")
    assert announced.post_kind == "announcement"
    # What was announced years ago stands on top of nobody's feed.
    assert not Post.objects.filter(post_kind="announcement").exclude(on_top_until=None).exists()
    page = make.client(vera).get(f"/posts/{question.public_id}/").content.decode()
    assert "Press the green button" in page and "/topics/green-button_s/" in page
    # Whoever owns the closed room has not come yet: it says so instead of naming nobody.
    closed = make.client(vera).get(Group.objects.get(name="Closed talk").get_absolute_url()).content.decode()
    assert "has not come here yet" in closed and "One of these people decides" not in closed
    # A best answer that begins its thread is none, and what hangs on a private message is as private as it is.
    assert Post.objects.get(origin="yammer:message:205").best_answer is None
    before = [model.objects.count() for model in (Post, Reaction, PostVersion)]
    run("yammer", export)
    assert before == [model.objects.count() for model in (Post, Reaction, PostVersion)]


def test_what_hangs_on_slack_s_messages_comes_along(tmp_path: Path) -> None:
    path = slack(
        tmp_path / "s.zip",
        {
            "general/2020-01-01.json": [
                said(
                    "1577880000.000100",
                    "Look",
                    edited={"user": "U1", "ts": "1577880300.000000"},
                    reactions=[
                        {"name": "tada", "users": ["U1", "U2"], "count": 2},
                        {"name": "+1::skin-tone-3", "users": ["U2", "U9"], "count": 2},
                        {"name": "our-own-logo", "users": ["U1"], "count": 1},
                    ],
                    files=[
                        {"id": "F0000001", "name": "plan.txt"},
                        {
                            "id": "F0000002",
                            "name": "far [away].pdf",
                            "permalink": "https://slack.example/files/F0000002",
                            "url_private": "https://files.slack.example/F0000002?t=xoxe-canarykey",
                        },
                    ],
                ),
            ],
            "__uploads/F0000001/plan.txt": b"the plan of Una",
        },
        **{
            "channels.json": [
                {
                    "id": "C1",
                    "name": "general",
                    "members": ["U1", "U3"],
                    "pins": [{"id": "1577880000.000100", "type": "C", "created": 1577880400}],
                }
            ],
            "users.json": [
                {"id": "U1", "name": "una", "profile": {"real_name": "Una Usher", "email": "una@example.org"}},
                {"id": "U2", "name": "vic", "profile": {"real_name": "Vic Vane", "email": "vic@example.org"}},
                {
                    "id": "U3",
                    "name": "gus",
                    "is_restricted": True,
                    "profile": {"real_name": "Gus Guest", "email": "gus@elsewhere.example"},
                },
            ],
        },
    )
    out, _err = run("slack", path)
    assert "3 reactions" in out and "1 files" in out
    post = Post.objects.get()
    assert post.reaction_counts == {"🎉": 2, "👍🏼": 1} and post.edited_at and post.pinned_at
    assert "far [away].pdf" in post.html and 'href="https://slack.example/files/F0000002"' in post.html
    assert "canarykey" not in post.body and post.has_files
    una, gus = User.objects.get(email="una@example.org"), User.objects.get(email="gus@elsewhere.example")
    assert una.date_joined == post.created_at and not una.is_guest
    # A guest there is a guest here, also once the account is theirs.
    assert gus.is_guest
    people.claim(placeholder=gus, password_hash=people.hash_password(make.PASSWORD))
    company = make.post(una, "canarycompany") if una.is_active else None
    assert (
        company is None and make.client(User.objects.get(pk=gus.pk)).get(f"/posts/{post.public_id}/").status_code == 200
    )
    assert make.client(User.objects.get(pk=gus.pk)).get("/people/").status_code == 403


@pytest.mark.parametrize(
    ("body", "marked", "becomes"),
    [
        (
            "applied to a quotient by q",
            "<p>applied to a quotient by <code>q</code></p>",
            "applied to a quotient by `q`",
        ),
        ("two defs", "<p>two <code>def</code>s</p>", "two `def`s"),
        ("x and x", "<p>x and <code>x</code></p>", "x and `x`"),
        ("snake_case and _this_ :tada:", "", "snake_case and \\_this\\_ :tada:"),
        ("see [[tag:5]] now", "", "see #big-plans now"),
        ("see [[tag:6]] now", "", "see  now"),
    ],
)
def test_yammer_s_texts_show_what_they_showed_there(body: str, marked: str, becomes: str) -> None:
    assert from_yammer(body, marked, topics={"5": "big plans"}) == becomes
