"""The knowledge room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class KnowledgeConfig(AppConfig):
    """Pages that stay: sections and articles."""

    name = "knowledge"
    verbose_name = _("Knowledge")

    def ready(self) -> None:
        """Take up the verbs and what follows from Wagtail's signals."""
        from knowledge import blocks, events, receivers  # noqa: F401
        from knowledge.models import Article

        blocks.prepare(Article.body.field.stream_block)
