"""HTML that an editing program of ours made (Wagtail's), cleaned before it is shown.

What people type goes through `core.richtext`; this is for the one text that arrives as HTML. Nobody may rely on the
program in the browser to send nothing else: the sanitiser is the last step here too.
"""

import nh3
from django.utils.safestring import SafeString, mark_safe

_CLEANER = nh3.Cleaner(
    tags={
        "a", "b", "blockquote", "br", "code", "del", "em", "h2", "h3", "h4", "hr", "i", "li", "ol", "p", "s", "strong",
        "sub", "sup", "ul",
    },
    clean_content_tags={"script", "style"},
    attributes={"a": {"href", "title"}, "h2": {"id"}, "h3": {"id"}, "ol": {"start"}},
    link_rel="noopener nofollow noreferrer",
    url_schemes={"http", "https", "mailto", "tel"},
)  # fmt: skip


def cleaned(html: str) -> SafeString:
    """The HTML with nothing in it but text, headings, lists and links, safe to put into a page as it is."""
    return mark_safe(_CLEANER.clean(html))
