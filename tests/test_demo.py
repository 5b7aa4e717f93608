"""The demo company: its story can be read and told, twice is once, and the documentation says what the program does."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings
from django.utils import timezone

from core import limits
from core.models import Event
from core.text import emoji
from feed.models import Post, Relocation
from files.models import File
from groups.models import Group
from inbox.models import Notice
from knowledge.models import Article
from moderation.models import Case
from people.models import User
from social.demo import pages, people, places, script, telling
from tests import make
from tools import docs

ROOT = Path(__file__).resolve().parent.parent
NOW = timezone.now()
STORY = script.read(NOW)
MEMBERS = {place.key: {*place.owners, *place.members} for place in places.PLACES}


def test_the_story_is_long_enough_and_in_four_languages() -> None:
    assert sum(one.level == 0 for one in STORY) >= 120
    assert len(STORY) >= 400
    words = " ".join(one.body for one in STORY)
    for phrase in ("Does anyone", "Wie wil", "Darf ich", "Merci de"):
        assert phrase in words


def test_everyone_in_the_story_is_someone_and_may_write_there() -> None:
    known = {line.key for line in people.lines()}
    for one in STORY:
        assert one.who in known
        if one.place == "company":
            assert one.who not in people.GUESTS
            assert one.kind != "announcement" or one.who in people.ADMINS
            assert (one.kind == "praise") == bool(one.praised) and one.who not in one.praised
        else:
            assert one.who in MEMBERS[one.place], f"{one.who} is not in {one.place}: {one.body[:40]}"
    for place in places.PLACES:
        assert MEMBERS[place.key] <= known


def test_nothing_is_said_after_now_or_before_what_it_answers() -> None:
    for one in STORY:
        assert one.at < NOW
        assert one.body
        if one.to is not None:
            assert one.to.at < one.at


def test_every_picture_paper_sign_and_page_of_the_story_exists() -> None:
    written = {leaf.key: leaf.days for leaf in pages.LEAVES}
    for one in STORY:
        for kind, name, alt in one.files:
            assert telling._made(kind, name).read(4)
            assert bool(alt) == (kind not in telling._PAPERS)
        for sign, count in one.reactions:
            assert emoji(sign) == sign
            assert count > 0
        for key in re.findall(r"\{page:(\w+)\}", one.body):
            assert script.working_day(NOW, written[key]) < one.at


def test_a_story_that_cannot_be_read_says_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "coffee.txt").write_text("## lotte 3h\nHello\n> jonas soon\nHi\n", encoding="utf-8")
    monkeypatch.setattr(script, "FOLDER", tmp_path)
    with pytest.raises(ValueError, match=r"coffee\.txt, line 3: when\?"):
        script.read(NOW)


def test_what_stands_in_the_libraries_is_what_its_name_says() -> None:
    from files import kinds

    shelved = [one for *_where, things in telling.LIBRARIES for one in things]
    for kind, name, alt in [*shelved, ("pdf", "pairing-handhelds.pdf", "")]:
        seen = kinds.recognise(telling._made(kind, name), name, foreign=True)
        assert name.rpartition(".")[2] in seen.endings
        assert bool(alt) == (seen.kind == kinds.IMAGE)


@pytest.mark.django_db
def test_the_clock_shows_the_storys_time_and_then_goes_on() -> None:
    from social.demo.clock import told

    past, began = NOW - timedelta(days=40), timezone.now()
    with told(past) as clock:
        said = make.post(make.person("Alice Archer"), "Long ago")
        clock.set(past + timedelta(hours=1))
        later = make.reply(said.author, said, "An hour later")
        assert isinstance(timezone.localtime(said.created_at), datetime)
    said.refresh_from_db()
    assert abs((said.created_at - past).total_seconds()) < 5
    assert said.history_at == said.created_at
    assert said.last_activity_at == later.created_at
    assert said.audience.last_at == later.created_at
    assert Event.objects.filter(target_pk=said.pk, verb="feed.post.published").get().at < past + timedelta(minutes=1)
    assert timezone.now() >= began


@pytest.mark.django_db
def test_a_network_with_people_is_left_alone() -> None:
    make.person("Alice Archer")
    with pytest.raises(CommandError, match="people of its own"):
        call_command("setup_demo", stdout=StringIO())
    assert User.objects.count() == 1


@pytest.mark.django_db
@override_settings(PRODUCTION=True)
def test_production_gets_no_password_that_everyone_knows() -> None:
    with pytest.raises(CommandError, match="password"):
        call_command("setup_demo", stdout=StringIO())
    assert not User.objects.exists()


@pytest.mark.slow
@pytest.mark.django_db
def test_the_demo_is_whole_and_a_second_run_changes_nothing(django_assert_max_num_queries: Any) -> None:
    out = StringIO()
    call_command("setup_demo", stdout=out)
    for _role, person in telling.logins():
        assert person.email in out.getvalue()
        assert person.check_password(telling.PASSWORD)
        assert Notice.objects.filter(recipient=person, unread=True).count() <= telling.NEWS
    assert User.objects.employees().count() >= 58
    # And one that its owner has deleted and can bring back.
    assert (Group.objects.filter(deleted_at=None).count(), Group.objects.count()) == (12, 13)
    assert set(Group.objects.values_list("privacy", flat=True)) == {"public", "private", "secret"}
    assert Group.objects.exclude(archived_at=None).count() == 1
    assert Article.objects.filter(live=True).count() >= 12
    assert Case.objects.filter(state="open").count() == 2
    assert Post.objects.filter(state="held").count() == 1
    assert not Post.objects.filter(created_at__gt=timezone.now()).exists()
    assert not Post.objects.filter(root=None, reply_count=0, best_answer__isnull=False).exists()
    assert not File.objects.filter(state="loose").exists()
    assert not Event.objects.filter(pending=True).exists()
    for group in Group.objects.filter(deleted_at=None):
        told = list(Post.objects.filter(group=group, root=None).exclude(seq=None).order_by("seq"))
        # A discussion that was moved away leaves its number, and one that came has the newest whenever it was begun.
        left = Relocation.objects.filter(kind="moved", group=group).count()
        came = set(Relocation.objects.filter(kind="moved", post__group=group).values_list("post", flat=True))
        numbers = [post.seq for post in told]
        assert len(set(numbers)) == len(numbers) and len(numbers) + left == max(numbers, default=0)
        begun = [post for post in told if post.pk not in came]
        assert begun == sorted(begun, key=lambda post: post.created_at)
    before = (Post.objects.count(), Event.objects.count(), Notice.objects.count())
    with django_assert_max_num_queries(12):
        call_command("setup_demo", stdout=StringIO())
    assert (Post.objects.count(), Event.objects.count(), Notice.objects.count()) == before
    call_command("search_audit", stdout=StringIO())


def test_every_setting_is_documented() -> None:
    page = docs.PAGE.read_text(encoding="utf-8")
    missing = {name for name in docs.settings_read() if f"`{name}`" not in page}
    assert not missing


def test_the_table_of_limits_is_the_programs() -> None:
    page = docs.PAGE.read_text(encoding="utf-8")
    assert docs.page_with_limits(page) == page, "run python -m tools.docs"
    assert all(f"`{limit.name}`" in page for limit in limits.table())


@pytest.mark.parametrize("page", ["README.md", *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md")))])
def test_links_of_the_documentation_lead_somewhere(page: str) -> None:
    path = ROOT / page
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (path.parent / target).exists(), target


@pytest.mark.parametrize("page", ["README.md", "docs/administration.md"])
def test_commands_of_the_documentation_exist(page: str) -> None:
    from django.core.management import get_commands

    known = set(get_commands())
    for name in re.findall(r"manage\.py ([a-z_]+)", (ROOT / page).read_text(encoding="utf-8")):
        assert name in known
