"""Knowledge pages in the site's own look: who reads them, what they show, what a group's name and address tell."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from core.refusal import Refused
from groups import actions as groups
from knowledge import actions as knowledge
from knowledge.models import Article, Figure, Page, Paper, Section
from people.models import User
from tests import make

pytestmark = pytest.mark.django_db


def picture(name: str = "photo.png", colour: str = "teal") -> SimpleUploadedFile:
    """A small picture."""
    held = io.BytesIO()
    Image.new("RGB", (640, 400), colour).save(held, "PNG")
    return SimpleUploadedFile(name, held.getvalue(), content_type="image/png")


def paper(name: str = "plan.txt", text: str = "A plan") -> SimpleUploadedFile:
    """A small document."""
    return SimpleUploadedFile(name, text.encode(), content_type="text/plain")


@dataclass
class Library:
    """The cast, two editors, and pages for everyone and for a secret group."""

    cast: make.Cast
    #: Editor, in no group.
    wim: User
    #: Editor, in the secret group.
    eva: User
    shelf: Section
    article: Article
    secret_shelf: Section
    secret: Article
    figure: Figure
    paper: Paper


def library() -> Library:
    """Pages to read, one shelf of them for the members of the secret group alone."""
    cast = make.cast()
    wim = make.person("Wim Writer", is_editor=True)
    eva = make.person("Eva Editor", is_editor=True)
    groups.add_member(group=cast.secret, person=eva, by=cast.alice)
    shelf = knowledge.write_section(by=wim, title="Logistics", intro="From door to door")
    article = knowledge.write_article(
        by=wim,
        title="Pairing handhelds",
        abstract="When a scanner is lost.",
        parent=shelf,
        body=[
            ("text", "<h2>First</h2><p>Hold the trigger.</p><h3>Then</h3><p>Wait.</p>"),
            ("table", {"caption": "Codes", "rows": "Code | Meaning\n17 | low", "has_head": True}),
            ("quote", {"text": "It beeped", "by": "Jonas"}),
            ("code", {"language": "python", "code": "print('hello')"}),
            ("callout", {"tone": "warn", "text": "<p>Not while driving</p>"}),
        ],
    )
    figure = knowledge.add_picture(by=eva, file=picture(), title="Plan of the merger")
    document = knowledge.add_paper(by=eva, file=paper(), title="The contract")
    secret_shelf = knowledge.write_section(by=eva, title="Merger desk", group=cast.secret)
    secret = knowledge.write_article(
        by=eva,
        title="Whom we buy",
        parent=secret_shelf,
        body=[
            ("text", "<p>The buyer is known.</p>"),
            ("picture", {"image": {"image": figure.pk, "alt_text": "A map", "decorative": False}, "caption": "Map"}),
            ("document", document.pk),
        ],
    )
    return Library(cast, wim, eva, shelf, article, secret_shelf, secret, figure, document)


@pytest.fixture
def books(db: Any) -> Library:
    return library()


def test_an_article_shows_its_parts_contents_and_place(books: Library) -> None:
    page = make.client(books.cast.carol).get(books.article.url_path)
    text = page.content.decode()
    assert page.status_code == 200
    for part in (
        '<h2 id="s-first">First</h2>',
        'href="#s-then"',
        '<th scope="col">Code</th>',
        "<td>low</td>",
        "It beeped",
        "Not while driving",
        'href="/knowledge/logistics/"',
        "Wim Writer",
        "When a scanner is lost.",
    ):
        assert part in text, part
    assert "/admin/pages/" not in text
    assert "private, no-store" in page.headers["Cache-Control"]


def test_editors_are_led_to_the_desk(books: Library) -> None:
    text = make.client(books.wim).get(books.article.url_path).content.decode()
    assert f"/admin/pages/{books.article.pk}/edit/" in text


@pytest.mark.parametrize("name", ["carol", "mona", "ada", "gil", "dave", "nobody"])
def test_a_groups_page_is_an_address_that_was_never_used_for_others(books: Library, name: str) -> None:
    browser = books.cast.browser(name)
    unknown = "/knowledge/AAAAAAAAAAAAAAAA/BBBBBBBBBBBBBBBB/"
    for hidden in (books.secret.url_path, books.secret_shelf.url_path):
        ours, theirs = browser.get(hidden), browser.get(unknown)
        assert ours.status_code == theirs.status_code
        assert ours.content.replace(hidden.encode(), b"") == theirs.content.replace(unknown.encode(), b"")
    front = browser.get("/knowledge/").content
    assert b"Merger" not in front and b"Whom we buy" not in front


def test_members_read_their_groups_pages_and_see_that_they_are_private(books: Library) -> None:
    for name in ("alice", "bob"):
        page = books.cast.browser(name).get(books.secret.url_path)
        assert page.status_code == 200
        assert "Only members of Secret merger can read this." in page.content.decode()
        assert "Merger desk" in books.cast.browser(name).get("/knowledge/").content.decode()


def test_a_guest_reads_the_pages_of_their_group_alone(books: Library) -> None:
    groups.add_member(group=books.cast.private, person=books.eva, by=books.cast.alice)
    page = knowledge.write_article(by=books.eva, title="For the partner", group=books.cast.private)
    gil = books.cast.browser("gil")
    assert gil.get(page.url_path).status_code == 200
    assert gil.get(books.article.url_path).status_code == 404
    front = gil.get("/knowledge/").content.decode()
    assert "For the partner" in front and "Logistics" not in front


def test_whoever_leaves_reads_nothing_from_the_next_answer_on(books: Library) -> None:
    bob = books.cast.browser("bob")
    address = books.figure.src("max-680x680|format-webp")
    assert bob.get(books.secret.url_path).status_code == 200
    assert bob.get(address).status_code == 200
    groups.remove_member(group=books.cast.secret, person=books.cast.bob, by=books.cast.alice)
    for gone in (books.secret.url_path, address, books.paper.url):
        assert bob.get(gone).status_code == 404


def test_addresses_of_a_groups_pages_tell_nothing(books: Library) -> None:
    for page in (books.secret, books.secret_shelf):
        assert page.slug == page.public_id
        assert "merger" not in page.url_path.lower() and "whom" not in page.url_path.lower()


def test_pictures_and_documents_follow_the_pages_that_show_them(books: Library) -> None:
    spec = "max-680x680|format-webp"
    for name, status in {"alice": 200, "bob": 200, "carol": 404, "mona": 404, "ada": 404, "gil": 404}.items():
        browser = books.cast.browser(name)
        assert browser.get(books.figure.src(spec)).status_code == status, name
        assert browser.get(books.paper.url).status_code == status, name
    assert make.client(books.wim).get(books.figure.src(spec)).status_code == 404
    seen = books.cast.browser("bob").get(books.figure.src(spec))
    assert seen.headers["Cache-Control"] == "private, no-store"
    assert seen.headers["X-Content-Type-Options"] == "nosniff"
    assert seen.headers["Content-Type"] == "image/webp"
    sent = books.cast.browser("bob").get(books.paper.url)
    assert sent.headers["Content-Disposition"] == 'attachment; filename="plan.txt"'
    assert sent.headers["Content-Type"] == "text/plain"
    assert b"".join(sent.streaming_content) == b"A plan"


def test_no_size_is_made_that_nobody_asked_for_in_a_template(books: Library) -> None:
    bob = books.cast.browser("bob")
    for spec in ("width-1", "original", "max-9999x9999", "fill-1x1", "..", "format-webp"):
        assert bob.get(f"/knowledge/images/{books.figure.public_id}/{spec}/").status_code == 404
    assert books.figure.renditions.count() == 0


def test_a_draft_and_its_pictures_are_seen_on_the_desk_alone(books: Library) -> None:
    figure = knowledge.add_picture(by=books.wim, file=picture(colour="red"), title="Draft picture")
    draft = knowledge.write_article(
        by=books.wim,
        title="Not yet",
        parent=books.shelf,
        body=[("picture", {"image": {"image": figure.pk, "alt_text": "x", "decorative": False}, "caption": ""})],
        publish=False,
    )
    spec = figure.src("max-680x680|format-webp")
    carol = books.cast.browser("carol")
    assert carol.get(f"/knowledge/logistics/{draft.slug}/").status_code == 404
    assert carol.get(spec).status_code == 404
    assert make.client(books.eva).get(spec).status_code == 200
    draft.get_latest_revision().publish(user=books.wim)
    assert carol.get(spec).status_code == 200
    draft.refresh_from_db()
    draft.unpublish(user=books.wim)
    assert carol.get(spec).status_code == 404


def test_links_lead_only_where_the_reader_may_go(books: Library) -> None:
    hidden, known = (f'<a linktype="page" id="{page.pk}">' for page in (books.secret, books.shelf))
    body = f"<p>{hidden}the plan</a> {known}all</a></p>"
    article = knowledge.write_article(by=books.eva, title="Links", body=[("text", body)])
    outside = books.cast.browser("carol").get(article.url_path).content.decode()
    inside = books.cast.browser("bob").get(article.url_path).content.decode()
    assert books.secret.url_path in inside and books.secret.url_path not in outside
    assert "the plan" in outside and f'href="{books.shelf.url_path}"' in outside


def test_only_editors_write_and_only_for_groups_they_are_in(books: Library) -> None:
    with pytest.raises(Refused):
        knowledge.write_article(by=books.cast.carol, title="No")
    with pytest.raises(Refused):
        knowledge.write_article(by=books.wim, title="No", group=books.cast.secret)
    with pytest.raises(Refused):
        knowledge.write_article(by=books.cast.ada, title="No", group=books.cast.secret)
    with pytest.raises(Refused):
        knowledge.write_article(by=books.eva, title="No", parent=books.shelf, group=books.cast.secret)
    assert not Page.objects.filter(title="No").exists()


def test_a_page_has_the_readers_of_its_section(books: Library) -> None:
    below = knowledge.write_section(by=books.eva, title="Deeper", parent=books.secret_shelf)
    assert below.audience_id == books.secret_shelf.audience_id == books.cast.secret.audience_id
    page = Article(title="Sneaked", owner=books.wim, audience=books.article.audience)
    books.secret_shelf.add_child(instance=page)
    assert page.audience_id == books.secret_shelf.audience_id


def test_pages_do_not_move_among_other_readers_and_are_not_copied(books: Library) -> None:
    with pytest.raises(Refused):
        books.secret.move(books.shelf, pos="last-child", user=books.eva)
    with pytest.raises(Refused):
        books.secret.copy(to=books.shelf)
    with pytest.raises(Refused):
        books.secret.create_alias(parent=books.shelf)
    assert books.cast.browser("carol").get("/knowledge/logistics/").content.count(b"Whom we buy") == 0


def test_changing_readers_takes_the_whole_branch_along(books: Library) -> None:
    old = books.article.url_path
    groups.add_member(group=books.cast.private, person=books.wim, by=books.cast.alice)
    assert knowledge.change_readers(page=books.shelf, by=books.wim, group=books.cast.private) == 2
    books.article.refresh_from_db()
    assert books.cast.browser("carol").get(old).status_code == 404
    assert books.cast.browser("carol").get(books.article.url_path).status_code == 404
    assert books.cast.browser("bob").get(books.article.url_path).status_code == 200
    assert knowledge.change_readers(page=Section.objects.get(pk=books.shelf.pk), by=books.wim, group=None) == 2
    assert books.cast.browser("carol").get(books.article.url_path).status_code == 200
    with pytest.raises(Refused):
        knowledge.change_readers(page=books.secret_shelf, by=books.wim, group=None)


def test_an_old_revision_brings_back_words_and_not_readers(books: Library) -> None:
    first = books.article.get_latest_revision()
    groups.add_member(group=books.cast.private, person=books.wim, by=books.cast.alice)
    knowledge.change_readers(page=books.shelf, by=books.wim, group=books.cast.private)
    first.refresh_from_db()
    first.publish(user=books.wim)
    page = Article.objects.get(pk=books.article.pk)
    assert page.audience_id == books.cast.private.audience_id
    assert page.slug == page.public_id
    assert books.cast.browser("carol").get(page.url_path).status_code == 404


def test_newcomers_of_a_group_that_keeps_its_past_see_what_came_after_them(books: Library) -> None:
    cast = books.cast
    groups.edit_group(group=cast.private, by=cast.alice, history="joining")
    cast.private.refresh_from_db()
    groups.add_member(group=cast.private, person=books.eva, by=cast.alice)
    shelf = knowledge.write_section(by=books.eva, title="Ours", group=cast.private)
    knowledge.write_article(by=books.eva, title="Before", parent=shelf)
    groups.add_member(group=cast.private, person=cast.carol, by=cast.alice)
    carol = cast.browser("carol")
    assert carol.get(shelf.url_path).status_code == 404
    after = knowledge.write_article(by=books.eva, title="Afterwards", parent=shelf)
    assert carol.get(after.url_path).status_code == 200
    front = carol.get(shelf.url_path).content.decode()
    assert "Afterwards" in front and "Before" not in front


def test_the_rule_reads_the_same_from_both_sides(books: Library) -> None:
    for article in Article.objects.all():
        readers = set(article.readers())
        for person in User.objects.all():
            assert (person in readers) == article.is_visible_to(person), (article, person)


def test_moderation_hides_an_article_and_shows_it_again(books: Library) -> None:
    carol = books.cast.browser("carol")
    books.article.withhold(by=books.cast.mona)
    assert carol.get(books.article.url_path).status_code == 404
    assert "Pairing" not in carol.get("/knowledge/").content.decode()
    books.article.release(by=books.cast.mona)
    assert carol.get(books.article.url_path).status_code == 200
    books.article.take_down(by=books.cast.mona)
    assert carol.get(books.article.url_path).status_code == 404


def test_an_empty_network_says_what_this_is_for() -> None:
    carol = make.person("Carol Cook")
    assert "Nothing written down yet" in make.client(carol).get("/knowledge/").content.decode()


@pytest.mark.parametrize(
    "source",
    [
        '<p><a href="javascript:alert(1)">x</a></p>',
        "<p><script>alert(1)</script><img src=x onerror=alert(1)></p>",
        '<h2 onclick="alert(1)"><svg onload=alert(1)></h2>',
        '<p><a href="JaVa\tScript:alert(1)">x</a></p>',
    ],
)
def test_no_script_passes_whatever_the_editing_program_sent(books: Library, source: str) -> None:
    article = knowledge.write_article(
        by=books.wim,
        title="<script>alert(1)</script>",
        abstract="<img src=x onerror=alert(1)>",
        body=[("text", source)],
    )
    text = make.client(books.cast.carol).get(article.url_path).content.decode()
    main = text[text.index("<main") : text.index("</main>")]
    assert "alert(1)" not in main.replace("&lt;script&gt;alert(1)", "").replace("onerror=alert(1)&gt;", "")
    assert "<script" not in main and "<svg onload" not in main and "javascript:" not in main.lower()


def test_the_pages_cost_the_same_with_three_articles_and_with_sixty(
    books: Library, django_assert_max_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def cost(url: str) -> int:
        browser = books.cast.browser("bob")
        browser.get(url)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert browser.get(url).status_code == 200
        return len(asked)

    urls = ("/knowledge/", "/knowledge/logistics/", books.article.url_path, books.secret.url_path)
    before = [cost(url) for url in urls]
    for number in range(57):
        knowledge.write_article(by=books.wim, title=f"Page {number}", parent=books.shelf)
    for number in range(9):
        knowledge.write_section(by=books.wim, title=f"Shelf {number}")
    assert [cost(url) for url in urls] == before
    assert max(before) <= 18, before


def found(browser: Any, query: str) -> str:
    """The page of results."""
    return browser.get("/search/", {"q": query}).content.decode()


def test_articles_are_found_by_who_reads_them(books: Library) -> None:
    make.settle()
    assert "Pairing handhelds" in found(books.cast.browser("carol"), "trigger")
    assert "Whom we buy" in found(books.cast.browser("bob"), "known")
    for name in ("carol", "mona", "ada", "gil"):
        assert "Whom we buy" not in found(books.cast.browser(name), "known"), name
    assert "Pairing handhelds" not in found(books.cast.browser("gil"), "trigger")
    assert "Whom we buy" not in found(make.client(books.wim), "known")


def test_drafts_and_earlier_versions_are_not_found(books: Library) -> None:
    article = books.article
    article.title = "Pairing, revised"
    article.body = knowledge._parts("Only the zebra helps.")
    revision = article.save_revision(user=books.wim)
    make.settle()
    carol = books.cast.browser("carol")
    assert "revised" not in found(carol, "zebra helps")
    revision.publish(user=books.wim)
    make.settle()
    assert "Pairing, revised" in found(carol, "zebra helps")
    assert "Pairing, revised" not in found(carol, "trigger")
    Article.objects.get(pk=article.pk).unpublish(user=books.wim)
    make.settle()
    assert "Pairing, revised" not in found(carol, "zebra helps")
