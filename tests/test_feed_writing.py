"""What helps while someone writes: tools, the text as it will be shown, emoji by name."""

from __future__ import annotations

import pytest

from core import limits
from tests import make

pytestmark = pytest.mark.django_db


def test_a_text_is_shown_as_it_will_be_and_emoji_are_found_by_name() -> None:
    cast = make.cast()
    bob = cast.browser("bob")
    for page in ("/", "/posts/new/", f"/posts/{make.post(cast.alice).public_id}/"):
        assert 'role="toolbar"' in bob.get(page).content.decode(), page
    body = "**bold** @gil.guest <script>x</script>\n\n```python\nx = 1\n```\n\n- [x] done\n\n| A |\n| - |\n| 1 |"
    drawn = bob.post("/posts/drawn/", {"body": body, "group": cast.private.public_id}).content.decode()
    assert "<strong>bold</strong>" in drawn and "<table>" in drawn and "&lt;script&gt;" in drawn
    assert f'href="/people/{cast.gil.public_id}/"' in drawn and "task" in drawn
    # To everyone, a guest could not read it: their name stays a word. A group one may not know is not there.
    assert "/people/" not in bob.post("/posts/drawn/", {"body": body}).content.decode()
    outsider = cast.browser("carol").post("/posts/drawn/", {"body": body, "group": cast.secret.public_id})
    assert outsider.status_code == 404 and make.client().post("/posts/drawn/", {"body": body}).status_code == 302
    assert bob.post("/posts/drawn/", {"body": "x" * (limits.POST_CHARS.value + 1)}).status_code == 422
    assert bob.get("/emoji/complete/?q=tad").json()[0] == {"value": "🎉", "name": "🎉 tada"}
    assert len(bob.get("/emoji/complete/?q=").json()) == len(bob.get("/emoji/complete/?q=fac").json()) == 8
    assert bob.get("/emoji/complete/?q=%00").json() == []
