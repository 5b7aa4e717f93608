"""What the migrations put into a fresh database besides tables.

Tests make their tables without running two hundred migrations (that takes most of a minute); `tests/test_migrations.py`
holds that the migrations make the same tables and the same ground.
"""

from __future__ import annotations


def plant() -> None:
    """The root of knowledge, its front page, Wagtail's site and collection, and the audience of the company."""
    from wagtail.models import Collection, Locale, Site

    from core.audience import everyone
    from knowledge.models import KnowledgeIndex, Page

    Locale.objects.get_or_create(language_code="en")
    audience = everyone()
    if not Page.objects.filter(depth=1).exists():
        root = Page.add_root(instance=Page(title="Root", slug="root", audience=audience))
        Page.objects.filter(pk=root.pk).update(audience=None)
        front = root.add_child(instance=KnowledgeIndex(title="Knowledge", slug="knowledge", audience=audience))
        Site.objects.create(hostname="localhost", port=80, root_page=front, is_default_site=True)
    if not Collection.objects.exists():
        Collection.add_root(name="Root")
