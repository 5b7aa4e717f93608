"""The knowledge room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class KnowledgeConfig(AppConfig):
    """Pages that stay: sections and articles."""

    name = "knowledge"
    verbose_name = _("Knowledge")

    def ready(self) -> None:
        """Take up the verbs and what follows from Wagtail's signals."""
        from wagtail.permissions import register_permission_policy

        from knowledge import blocks, events, receivers  # noqa: F401
        from knowledge.models import Article, Figure, KnowledgeIndex, Page, Paper, Section
        from knowledge.permissions import MediaPolicy, PagePolicy

        # Exactly for our classes, which wins over what Wagtail's own apps register for theirs, whoever comes first.
        pages = PagePolicy(Page)
        for model in (Page, KnowledgeIndex, Section, Article):
            register_permission_policy(model, pages, exact_class=True)
        for model in (Figure, Paper):
            register_permission_policy(model, MediaPolicy(model), exact_class=True)
        blocks.prepare(Article.body.field.stream_block)
