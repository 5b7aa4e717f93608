"""What is said of the feed by mail."""

from __future__ import annotations

from django.utils.translation import gettext as _

from core import letters, site
from core.richtext import text_of
from core.text import one_line
from feed.models import Post
from groups.models import Group
from inbox.registry import Words

#: How much of an announcement's first line its subject holds.
SUBJECT_CHARS = 100
#: Kinds of groups of which a mail says only that there is something new, by what the administrators chose.
_BARE = {
    "none": frozenset(),
    "secret": frozenset({Group.Privacy.SECRET}),
    "private": frozenset({Group.Privacy.SECRET, Group.Privacy.PRIVATE}),
}


def announced(post: Post) -> Words | None:
    """An announcement by mail; None where mail says only that there is something new.

    Security door: a mail lies outside of the network for good, so what it says of a closed group is the administrators'
    choice, as the group is now.
    """
    bare, group = site.current().bare_mail, post.group
    if bare == "all" or (group is not None and group.privacy in _BARE.get(bare, _BARE["private"])):
        return None
    place = group.name if group is not None else ""
    first = one_line(text_of(post.html).partition("\n")[0], SUBJECT_CHARS) or _("An announcement")
    subject = f"{place}: {first}" if place else first
    said = {
        "post": post,
        "subject": subject,
        "post_html": letters.with_addresses(post.html),
        "text": post.body.strip(),
        "place": place,
    }
    return Words(subject, "feed/mail/announced", said)
