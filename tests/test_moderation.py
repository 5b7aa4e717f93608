"""Reports, decisions, the word filter: who sees what, who is told, who is not."""

from __future__ import annotations

import pytest

from core.models import Event
from inbox.models import Notice
from moderation import actions
from moderation.models import Case, Decision, Report, Rule, Word
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> make.Cast:
    return make.cast()


@pytest.fixture
def rule() -> Rule:
    return Rule.objects.create(name="Be kind", text="Speak of the matter, not of the person.")


def report(cast: make.Cast, who: str, post: object, **fields: str) -> object:
    browser = cast.browser(who)
    return browser.post(f"/moderation/report/feed.post/{post.public_id}/", {"reason": "This is unkind", **fields})


def decide(cast: make.Cast, who: str, case: Case, rule: Rule | None = None, **fields: object) -> object:
    data = {"rule": rule.pk if rule else "", **fields}
    return cast.browser(who).post(f"/moderation/cases/{case.public_id}/", data)


def lines(cast: make.Cast, who: str) -> str:
    return cast.browser(who).get("/notifications/").content.decode()


def test_a_report_reaches_the_moderators_and_hides_who_reported(cast: make.Cast, rule: Rule) -> None:
    post = make.post(cast.alice, "Some unkind words")
    make.settle()
    assert report(cast, "carol", post, rule=str(rule.pk)).status_code == 302
    make.settle()
    case = Case.objects.get()
    assert "Something was reported" in lines(cast, "mona")
    for who in ("alice", "bob", "carol", "gil"):
        assert "was reported" not in lines(cast, who)
    page = cast.browser("mona").get(f"/moderation/cases/{case.public_id}/").content.decode()
    assert "Some unkind words" in page and "This is unkind" in page and "Be kind" in page
    assert "Carol" not in page
    for who in ("alice", "bob", "carol", "gil"):
        assert cast.browser(who).get(f"/moderation/cases/{case.public_id}/").status_code == 404
    assert cast.browser("bob").get("/moderation/").status_code == 403


def test_a_second_report_joins_the_open_case_and_a_repeat_counts_once(cast: make.Cast) -> None:
    post = make.post(cast.alice, "Some unkind words")
    report(cast, "carol", post)
    report(cast, "bob", post)
    report(cast, "bob", post)
    case = Case.objects.get()
    assert case.report_count == 2 and Report.objects.count() == 2


def test_nobody_reports_themselves_or_what_they_cannot_see(cast: make.Cast) -> None:
    post = make.post(cast.alice, "Inside words", group=cast.private)
    assert report(cast, "alice", post).status_code == 422
    hidden = report(cast, "carol", post)
    unknown = cast.browser("carol").post("/moderation/report/feed.post/AAAAAAAAAAAAAAAA/", {"reason": "x"})
    assert hidden.status_code == unknown.status_code == 404
    assert cast.browser("carol").get("/moderation/report/no.such/AAAAAAAAAAAAAAAA/").status_code == 404
    assert not Case.objects.exists()


def test_a_report_needs_a_rule_or_words_and_keeps_what_was_typed(cast: make.Cast) -> None:
    post = make.post(cast.alice, "Some words")
    answer = cast.browser("bob").post(f"/moderation/report/feed.post/{post.public_id}/", {"reason": "  "})
    assert answer.status_code == 422 and b"Choose a rule or say" in answer.content
    long = "x" * 5000
    answer = cast.browser("bob").post(f"/moderation/report/feed.post/{post.public_id}/", {"reason": long})
    assert answer.status_code == 422 and long.encode() in answer.content


def test_removing_takes_it_from_everyone_and_tells_the_author_the_rule(cast: make.Cast, rule: Rule) -> None:
    post = make.post(cast.alice, "Words to remove")
    report(cast, "carol", post)
    case = Case.objects.get()
    assert cast.browser("bob").get(f"/posts/{post.public_id}/").status_code == 200
    assert decide(cast, "mona", case, rule, act="remove", note="Please be kind").status_code == 302
    make.settle()
    for who in ("bob", "carol", "alice", "mona"):
        assert b"Words to remove" not in cast.browser(who).get(f"/posts/{post.public_id}/").content
    told = lines(cast, "alice")
    assert "A moderator has removed something you wrote" in told and "Be kind" in told and "Please be kind" in told
    assert "Carol" not in told
    assert "a moderator has looked at what you reported" in lines(cast, "carol")
    assert "removed something" not in lines(cast, "bob")
    assert Event.objects.filter(verb="moderation.case.decided", actor=cast.mona).count() == 1


def test_hiding_can_be_undone_by_nobody_but_a_moderator_and_keeping_changes_nothing(
    cast: make.Cast, rule: Rule
) -> None:
    hidden, kept = make.post(cast.alice, "Words to hide"), make.post(cast.alice, "Words to keep")
    reply = make.reply(cast.bob, hidden, "An answer below")
    report(cast, "carol", hidden)
    report(cast, "carol", kept)
    decide(cast, "mona", Case.objects.get(object_pk=hidden.pk), rule, act="hide")
    decide(cast, "mona", Case.objects.get(object_pk=kept.pk), act="keep")
    for who in ("bob", "carol", "alice"):
        browser = cast.browser(who)
        assert browser.get(f"/posts/{hidden.public_id}/").status_code == 404
        assert browser.get(f"/posts/{reply.public_id}/").status_code == 404
        assert browser.get(f"/posts/{kept.public_id}/").status_code == 200


def test_a_decision_is_made_once_and_names_a_rule(cast: make.Cast, rule: Rule) -> None:
    post = make.post(cast.alice, "Some words")
    report(cast, "carol", post)
    case = Case.objects.get()
    answer = decide(cast, "mona", case, None, act="remove")
    assert answer.status_code == 422 and b"Choose the rule" in answer.content
    assert decide(cast, "mona", case, rule, act="keep").status_code == 302
    assert decide(cast, "ada", case, rule, act="remove").status_code == 409
    assert Decision.objects.count() == 1


def test_a_case_about_a_moderator_is_not_theirs(cast: make.Cast, rule: Rule) -> None:
    post = make.post(cast.mona, "A moderator's words")
    report(cast, "bob", post)
    make.settle()
    case = Case.objects.get()
    assert cast.browser("mona").get(f"/moderation/cases/{case.public_id}/").status_code == 404
    assert decide(cast, "mona", case, rule, act="keep").status_code == 404
    for page in ("/moderation/", "/admin/moderation/"):
        assert case.public_id not in cast.browser("mona").get(page).content.decode(), page
        assert case.public_id in cast.browser("ada").get(page).content.decode(), page
    assert "was reported" not in lines(cast, "mona") and "was reported" in lines(cast, "ada")
    assert cast.browser("ada").get(f"/moderation/cases/{case.public_id}/").status_code == 200


def test_a_groups_moderators_see_their_groups_alone(cast: make.Cast, rule: Rule) -> None:
    inside = make.post(cast.bob, "Inside the private group", group=cast.private)
    outside = make.post(cast.bob, "Said to the company")
    report(cast, "gil", inside)
    report(cast, "carol", outside)
    queue = cast.browser("alice").get("/moderation/").content.decode()
    inner, outer = Case.objects.get(object_pk=inside.pk), Case.objects.get(object_pk=outside.pk)
    assert inner.public_id in queue and outer.public_id not in queue
    assert cast.browser("carol").get("/moderation/").status_code == 403
    assert cast.browser("alice").get(f"/moderation/cases/{outer.public_id}/").status_code == 404
    assert decide(cast, "alice", inner, rule, act="suspend", days=3).status_code in (403, 422)
    assert decide(cast, "alice", inner, rule, act="hide").status_code == 302


def test_a_moderator_outside_the_group_sees_the_reported_text_alone_and_the_look_is_recorded(cast: make.Cast) -> None:
    thread = make.post(cast.alice, "canarythreadtext", group=cast.private)
    answer = make.reply(cast.bob, thread, "canaryanswertext")
    report(cast, "gil", answer)
    case = Case.objects.get()
    page = cast.browser("mona").get(f"/moderation/cases/{case.public_id}/").content.decode()
    assert "canaryanswertext" in page and "canarythreadtext" not in page
    looks = Event.objects.filter(verb="moderation.case.viewed")
    assert [look.actor for look in looks] == [cast.mona]
    assert cast.browser("mona").get(f"/posts/{thread.public_id}/").status_code == 404


def test_suspending_stops_writing_and_not_reading(cast: make.Cast, rule: Rule) -> None:
    post = make.post(cast.bob, "Words that go too far")
    report(cast, "carol", post)
    assert decide(cast, "mona", Case.objects.get(), rule, act="suspend", days=3).status_code == 302
    browser = cast.browser("bob")
    assert browser.get("/").status_code == 200
    assert browser.post("/posts/", {"body": "still here"}).status_code in (403, 404, 405, 422)
    token_post = make.client(cast.bob)
    assert b"still here" not in token_post.get("/").content


def test_an_administrator_is_suspended_by_an_administrator_alone(cast: make.Cast, rule: Rule) -> None:
    report(cast, "carol", make.post(cast.ada, "Words from above"))
    case = Case.objects.get()
    assert decide(cast, "mona", case, rule, act="suspend", days=3).status_code in (403, 422)
    cast.ada.refresh_from_db()
    assert not cast.ada.is_suspended and case.state == Case.State.OPEN


def test_the_filter_notes_and_holds_whole_words(cast: make.Cast, rule: Rule) -> None:
    browser = cast.browser("mona")
    assert browser.post("/moderation/words/", {"text": "Project Falcon", "level": "hold"}).status_code == 302
    assert browser.post("/moderation/words/", {"text": "darn", "level": "note"}).status_code == 302
    assert cast.browser("bob").post("/moderation/words/", {"text": "x", "level": "hold"}).status_code == 403
    assert Word.objects.count() == 2
    fine = make.post(cast.alice, "darned falcons project")
    noted = make.post(cast.alice, "Oh DÀRN it")
    held = make.post(cast.alice, "About project   FALCON, quietly")
    assert fine.state == noted.state == "published" and held.state == "held"
    assert {case.object_pk for case in Case.objects.all()} == {noted.pk, held.pk}
    make.settle()
    assert cast.browser("alice").get(f"/posts/{held.public_id}/").status_code == 200
    assert cast.browser("bob").get(f"/posts/{held.public_id}/").status_code == 404
    assert decide(cast, "mona", Case.objects.get(object_pk=held.pk), act="keep").status_code == 302
    assert cast.browser("bob").get(f"/posts/{held.public_id}/").status_code == 200
    make.settle()
    assert "it is published" in lines(cast, "alice")


def test_reports_by_two_at_once_make_one_case(cast: make.Cast) -> None:
    post = make.post(cast.alice, "Some words")
    first = actions.report(obj=post, by=cast.bob, reason="a")
    second = actions.report(obj=post, by=cast.carol, reason="b")
    assert first.pk == second.pk
    make.settle()
    assert Notice.objects.filter(recipient=cast.mona, verb="moderation.opened").count() == 1


def test_rules_are_written_by_moderators_and_chosen_in_reports(cast: make.Cast) -> None:
    data = {"name": "Be kind", "text": "Speak of the matter.", "position": 1}
    assert cast.browser("mona").post("/moderation/rules/", data).status_code == 302
    assert cast.browser("bob").post("/moderation/rules/", data).status_code == 403
    rule = Rule.objects.get()
    post = make.post(cast.alice, "Some words")
    assert b"Be kind" in cast.browser("bob").get(f"/moderation/report/feed.post/{post.public_id}/").content
    assert cast.browser("mona").post(f"/moderation/rules/{rule.pk}/", {**data, "retired": "on"}).status_code == 302
    assert b"Be kind" not in cast.browser("bob").get(f"/moderation/report/feed.post/{post.public_id}/").content


def test_the_desk_lists_cases_without_a_word_of_them(cast: make.Cast) -> None:
    post = make.post(cast.alice, "canarydesktext", group=cast.private)
    report(cast, "gil", post)
    case = Case.objects.get()
    for who in ("mona", "ada"):
        page = cast.browser(who).get("/admin/moderation/").content.decode()
        assert case.public_id in page and "canarydesktext" not in page and "Gil Guest" not in page
    for who in ("alice", "bob", "gil"):
        assert cast.browser(who).get("/admin/moderation/").status_code in (302, 403, 404)
