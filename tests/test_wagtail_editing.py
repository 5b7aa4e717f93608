"""Writing at the desk: the forms, previews and uploads that editors use, and who comes in at all."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from groups import actions as groups
from knowledge.models import Article, Figure, Page, Paper, Section, Use
from tests import make
from tests.test_knowledge_pages import Library, library, paper, picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def books(db: Any) -> Library:
    return library()


def front() -> Page:
    return Page.objects.get(depth=2)


def contentstate(text: str) -> str:
    """What the editing program in the browser sends for one paragraph."""
    block = {"key": "aaaaa", "text": text, "type": "unstyled", "depth": 0, "inlineStyleRanges": [], "entityRanges": []}
    return json.dumps({"blocks": [block], "entityMap": {}})


def form(title: str, **fields: Any) -> dict[str, Any]:
    """A form of an article with one paragraph."""
    text = fields.pop("text", "A paragraph")
    return {
        "title": title,
        "slug": fields.pop("slug", title.lower().replace(" ", "-")),
        "abstract": "",
        "body-count": "1",
        "body-0-deleted": "",
        "body-0-order": "0",
        "body-0-type": "text",
        "body-0-id": "",
        "body-0-value": contentstate(text),
        "go_live_at": "",
        "expire_at": "",
        **fields,
    }


def made(browser: Any, parent: Page, data: dict[str, Any], kind: str = "article") -> Any:
    return browser.post(f"/admin/pages/add/knowledge/{kind}/{parent.pk}/", data)


def test_an_editor_writes_saves_previews_and_publishes(books: Library) -> None:
    wim = make.client(books.wim)
    assert wim.get(f"/admin/pages/add/knowledge/article/{books.shelf.pk}/").status_code == 200
    assert made(wim, books.shelf, form("How we pack", text="Use the blue box")).status_code == 302
    page = Article.objects.get(title="How we pack")
    carol = books.cast.browser("carol")
    assert carol.get(page.url_path).status_code == 404
    seen = wim.get(f"/admin/pages/{page.pk}/view_draft/").content.decode()
    assert "Use the blue box" in seen
    edit = f"/admin/pages/{page.pk}/edit/"
    assert wim.post(f"{edit}preview/", form("How we pack", text="Use the red box")).json()["is_valid"]
    shown = wim.get(f"{edit}preview/")
    assert "Use the red box" in shown.content.decode()
    assert "frame-ancestors 'self'" in shown.headers["Content-Security-Policy"]
    assert shown.headers["X-Frame-Options"] == "SAMEORIGIN"
    sent = wim.post(edit, form("How we pack", text="Use the green box", **{"action-publish": "1"}))
    assert sent.status_code == 302
    text = carol.get(page.url_path).content.decode()
    assert "Use the green box" in text and "red box" not in text
    history = wim.get(f"/admin/pages/{page.pk}/history/").content.decode()
    assert "Wim Writer" in history


def test_a_page_for_a_group_is_made_by_its_members_alone(books: Library) -> None:
    eva, wim = make.client(books.eva), make.client(books.wim)
    choices = eva.get(f"/admin/pages/add/knowledge/section/{front().pk}/").content.decode()
    assert "Secret merger" in choices and "Everyone in the company" in choices
    assert "Secret merger" not in wim.get(f"/admin/pages/add/knowledge/section/{front().pk}/").content.decode()
    data = {
        "title": "Papers",
        "slug": "papers",
        "intro": "",
        "readers": books.cast.secret.public_id,
        "action-publish": "1",
    }
    refused = made(wim, front(), data, "section")
    unknown = made(wim, front(), data | {"readers": "AAAAAAAAAAAAAAAA"}, "section")
    assert refused.status_code == unknown.status_code == 200
    assert not Section.objects.filter(title="Papers").exists()
    assert made(eva, front(), data, "section").status_code == 302
    section = Section.objects.get(title="Papers")
    assert section.audience_id == books.cast.secret.audience_id and section.slug == section.public_id
    assert made(eva, section, form("Inside", readers="everyone", **{"action-publish": "1"})).status_code == 302
    inside = Article.objects.get(title="Inside")
    assert inside.audience_id == section.audience_id
    assert books.cast.browser("bob").get(inside.url_path).status_code == 200
    assert books.cast.browser("carol").get(inside.url_path).status_code == 404


def test_readers_are_changed_in_two_steps(books: Library) -> None:
    eva = make.client(books.eva)
    address = f"/admin/pages/{books.secret_shelf.pk}/readers/"
    assert "This changes who reads 2 pages." in eva.get(address).content.decode()
    assert "Yes, let them read all of it" in eva.post(address, {"readers": "everyone"}).content.decode()
    assert books.cast.browser("carol").get(books.secret.url_path).status_code == 404
    assert eva.post(address, {"readers": "everyone", "confirmed": "on"}).status_code == 302
    assert books.cast.browser("carol").get(books.secret.url_path).status_code == 200
    assert (
        make.client(books.wim).post(f"/admin/pages/{books.article.pk}/readers/", {"readers": "everyone"}).status_code
        == 200
    )


def test_two_editors_after_one_another_see_their_own_desks(books: Library) -> None:
    """What Wagtail keeps between requests (form fields of choosers) must keep nobody's desk."""
    eva, wim = make.client(books.eva), make.client(books.wim)
    for browser, sees in ((wim, False), (eva, True), (wim, False), (eva, True)):
        for address in ("/admin/images/", "/admin/images/chooser/", f"/admin/pages/{front().pk}/"):
            text = browser.get(address).content.decode()
            assert ("erger" in text) == sees, (address, sees)
    own = form("With picture", text="x")
    own |= {
        "body-0-type": "picture",
        "body-0-value-image-image": str(books.figure.pk),
        "body-0-value-image-alt_text": "A map",
        "body-0-value-caption": "",
        "action-publish": "1",
    }
    assert made(wim, books.shelf, own).status_code == 200
    assert not Use.objects.filter(page__title="With picture").exists()
    assert made(eva, books.secret_shelf, own).status_code == 302
    assert Use.objects.filter(page__title="With picture", figure=books.figure, live=True).exists()


def test_naming_a_hidden_document_in_a_link_gives_no_access(books: Library) -> None:
    wim = make.client(books.wim)
    entity = {"type": "DOCUMENT", "mutability": "MUTABLE", "data": {"id": books.paper.pk, "url": "/x", "filename": "x"}}
    block = {
        "key": "aaaaa",
        "text": "take it",
        "type": "unstyled",
        "depth": 0,
        "inlineStyleRanges": [],
        "entityRanges": [{"key": 0, "offset": 0, "length": 4}],
    }
    value = json.dumps({"blocks": [block], "entityMap": {"0": entity}})
    assert made(wim, books.shelf, form("Sly", **{"body-0-value": value, "action-publish": "1"})).status_code == 302
    page = Article.objects.get(title="Sly")
    assert not Use.objects.filter(page=page).exists()
    text = wim.get(page.url_path).content.decode()
    assert "take" in text and books.paper.public_id not in text
    assert wim.get(books.paper.url).status_code == 404


def test_pictures_are_stored_as_we_write_them(books: Library) -> None:
    held = io.BytesIO()
    with Image.new("RGB", (900, 600), "red") as image:
        exif = image.getexif()
        exif[0x8825] = {1: "N", 2: (51.0, 3.0, 0.0)}
        exif[0x010F] = "SecretCamera"
        image.save(held, "JPEG", exif=exif)
    sent = SimpleUploadedFile("holiday.jpg", held.getvalue(), content_type="image/jpeg")
    wim = make.client(books.wim)
    assert wim.post("/admin/images/add/", {"title": "Depot", "description": "", "file": sent}).status_code == 302
    figure = Figure.objects.get(title="Depot")
    with figure.open_file() as file:
        content = file.read()
    assert b"SecretCamera" not in content and b"Exif" not in content
    assert "holiday" not in figure.file.name and figure.uploaded_by_user == books.wim
    multiple = wim.post(
        "/admin/images/multiple/add/",
        {"files[]": picture("second.png"), "title": "Second"},
        headers={"X-Requested-With": "XMLHttpRequest"},
    )
    assert multiple.json()["success"], multiple.content
    assert "second" not in Figure.objects.latest("pk").file.name
    assert wim.get(f"/admin/images/{figure.pk}/").status_code == 200


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.png", b"<svg onload=alert(1)>"),
        ("x.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("x.gif", b"GIF89a"),
    ],
)
def test_what_is_no_picture_is_refused(books: Library, name: str, content: bytes) -> None:
    before = Figure.objects.count()
    sent = SimpleUploadedFile(name, content, content_type="image/png")
    answer = make.client(books.wim).post("/admin/images/add/", {"title": "x", "description": "", "file": sent})
    assert answer.status_code == 200 and Figure.objects.count() == before


def test_documents_are_taken_by_their_content(books: Library) -> None:
    wim = make.client(books.wim)
    assert wim.post("/admin/documents/add/", {"title": "Plan", "file": paper("plan.txt")}).status_code == 302
    document = Paper.objects.get(title="Plan")
    assert document.media_type == "text/plain" and document.filename == "plan.txt" and "plan" not in document.file.name
    page = SimpleUploadedFile("page.html", b"<html><script>alert(1)</script></html>", content_type="text/html")
    assert wim.post("/admin/documents/add/", {"title": "Page", "file": page}).status_code == 200
    assert not Paper.objects.filter(title="Page").exists()


@pytest.mark.parametrize(("name", "status"), [("carol", 403), ("gil", 403), ("dave", 302), ("nobody", 302)])
def test_people_without_a_desk_do_not_come_in(books: Library, name: str, status: int) -> None:
    for address in ("/admin/", "/admin/pages/", "/admin/images/", "/admin/people/"):
        answer = books.cast.browser(name).get(address)
        assert answer.status_code == status, address
        if status == 302:
            assert answer.headers["Location"].startswith("/accounts/login/")


def test_wagtails_own_doors_lead_to_ours(books: Library) -> None:
    nobody = make.client()
    assert nobody.get("/admin/login/").headers["Location"].startswith("/accounts/login/")
    assert make.client(books.wim).get("/admin/account/").headers["Location"] == "/settings/"
    for closed in (
        "/admin/password_reset/",
        "/admin/users/",
        "/admin/groups/new/",
        "/admin/collections/",
    ):
        assert make.client(books.cast.ada).get(closed).status_code == 404, closed


def test_the_menu_holds_what_each_may_do(books: Library) -> None:
    for person, has, has_not in (
        (books.wim, ("Knowledge", "Images", "Documents"), ("Reports", "Audit", "Workflows", "Collections", "Help")),
        (books.cast.ada, ("Network", "Audit", "People"), ("Reports", "Workflows", "Collections", "Help")),
        (books.cast.mona, (), ("Audit", "Images", "Documents", "Reports", "Network")),
    ):
        text = make.client(person).get("/admin/").content.decode()
        menu = text[text.index("wagtail-sidebar-props") :]
        menu = menu[: menu.index("</script>")]
        for label in has:
            assert f'"{label}"' in menu, (person.name, label)
        for label in has_not:
            assert f'"{label}"' not in menu, (person.name, label)


def test_the_desk_speaks_the_editors_language(books: Library) -> None:
    books.wim.language = "nl"
    books.wim.save(update_fields=["language"])
    text = make.client(books.wim).get(f"/admin/pages/{books.shelf.pk}/").content.decode()
    assert '<html lang="nl"' in text


def test_leaving_the_group_clears_the_desk_at_once(books: Library) -> None:
    eva = make.client(books.eva)
    edit = f"/admin/pages/{books.secret.pk}/edit/"
    assert eva.get(edit).status_code == 200
    groups.remove_member(group=books.cast.secret, person=books.eva, by=books.cast.alice)
    assert eva.get(edit).status_code == 404
    assert eva.post(edit, form("Taken over", **{"action-publish": "1"})).status_code == 404
    assert "Merger desk" not in eva.get(f"/admin/pages/{front().pk}/").content.decode()


def test_sections_of_others_stay_in_place_when_new_ones_come(books: Library) -> None:
    """The place of a new page follows the last sibling, seen or not, and deleting takes nothing unseen along."""
    wim = make.client(books.wim)
    data = {"title": "Another", "slug": "another", "intro": "", "readers": "everyone", "action-publish": "1"}
    assert made(wim, front(), data, "section").status_code == 302
    assert Page.find_problems() == ([], [], [], [], [])
    another = Section.objects.get(title="Another")
    assert wim.post(f"/admin/pages/{another.pk}/delete/").status_code == 302
    assert Page.objects.filter(pk=books.secret.pk).exists()
    assert Page.find_problems() == ([], [], [], [], [])


def test_an_address_that_was_not_sent_is_a_bad_request_and_no_fault() -> None:
    editor = make.client(make.person("Ed Editor", is_editor=True))
    assert editor.post("/admin/choose-external-link/").status_code == 400
    answer = editor.post("/admin/choose-external-link/", {"external-link-chooser-url": "https://example.org/"})
    assert answer.status_code == 200
