"""Files sent with a form, with and without scripts; what was sent is found by those who may see it."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from feed import actions
from feed.models import Post
from files.models import File
from tests import make
from tests.test_feed_posts import FRAGMENT

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> make.Cast:
    return make.cast()


def picture(name: str = "depot.png") -> SimpleUploadedFile:
    """A small picture."""
    out = BytesIO()
    Image.new("RGB", (40, 30), "navy").save(out, "PNG")
    return SimpleUploadedFile(name, out.getvalue(), "image/png")


def test_files_sent_with_the_plain_form_hang_on_the_post_for_its_readers(cast):
    answer = cast.browser("alice").post(
        "/posts/", {"body": "See", "group": cast.private.public_id, "files": [picture(), picture("plan.png")]}
    )
    assert answer.status_code == 302
    post = Post.objects.get()
    files = list(File.objects.on(post))
    assert post.has_files and len(files) == 2 and files[0].audience == cast.private.audience
    page = cast.browser("bob").get("/").content.decode()
    assert page.count(f"/files/{files[0].public_id}/") >= 1
    for name, status in (("bob", 200), ("gil", 200), ("carol", 404), ("mona", 404)):
        assert cast.browser(name).get(f"/files/{files[0].public_id}/").status_code == status
    actions.delete(post=post, by=cast.alice)
    assert cast.browser("bob").get(f"/files/{files[0].public_id}/").status_code == 404


def test_a_file_that_is_not_taken_keeps_the_text_and_the_other_files(cast):
    alice = cast.browser("alice")
    sent = alice.post("/files/", {"file": picture()}, headers={"Accept": "application/json"}).json()
    bad = SimpleUploadedFile("x.svg", b"<svg onload=alert(1)>", "image/svg+xml")
    answer = alice.post("/posts/", {"body": "kept words", "file": sent["id"], "files": bad}, headers=FRAGMENT)
    assert 400 <= answer.status_code < 500
    page = answer.content.decode()
    assert "kept words" in page and f'name="file" value="{sent["id"]}"' in page
    assert Post.objects.count() == 0
    again = alice.post("/posts/", {"body": "kept words", "file": sent["id"], f"alt-{sent['id']}": "The depot"})
    assert again.status_code == 302
    file = File.objects.on(Post.objects.get()).get()
    assert file.alt == "The depot" and 'alt="The depot"' in alice.get("/").content.decode()


def test_nobody_attaches_what_another_sent(cast):
    sent = cast.browser("bob").post("/files/", {"file": picture()}, headers={"Accept": "application/json"}).json()
    answer = cast.browser("alice").post("/posts/", {"body": "mine", "file": sent["id"]})
    assert answer.status_code == 422 and Post.objects.count() == 0


def test_a_post_may_be_files_alone(cast):
    assert cast.browser("alice").post("/posts/", {"body": "", "files": picture()}).status_code == 302
    assert Post.objects.get().has_files


def test_posts_answers_and_names_of_files_are_found_by_those_who_may_see_them(cast):
    root = make.post(cast.alice, "quarterly zebracanary", group=cast.private)
    make.reply(cast.bob, root, "answer giraffecanary")
    cast.browser("alice").post(
        "/posts/", {"body": "x", "group": cast.private.public_id, "files": picture("okapicanary.png")}
    )
    make.settle()
    for word in ("zebracanary", "giraffecanary", "okapicanary"):
        found = cast.browser("bob").get(f"/search/?q={word}").content.decode().split("<main")[1]
        hidden = cast.browser("carol").get(f"/search/?q={word}").content.decode().split("<main")[1]
        assert 'id="result-' in found and 'id="result-' not in hidden, word
    actions.delete(post=root, by=cast.alice)
    assert "quarterly" not in cast.browser("bob").get("/search/?q=zebracanary").content.decode()
