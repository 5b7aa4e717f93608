"""The knowledge room."""

from datetime import timedelta

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class KnowledgeConfig(AppConfig):
    """Pages that stay: sections and articles."""

    name = "knowledge"
    verbose_name = _("Knowledge")

    def ready(self) -> None:
        """Take up the verbs and what follows from Wagtail's signals."""
        from wagtail.permissions import register_permission_policy

        from core.inside import opens
        from core.worker import every
        from files.registry import also_scanned
        from groups.actions.deletion import takes_away
        from knowledge import actions, blocks, events, inside, receivers  # noqa: F401
        from knowledge.forms import PageForm
        from knowledge.models import Article, Figure, KnowledgeIndex, Page, Paper, Section
        from knowledge.permissions import MediaPolicy, PagePolicy
        from knowledge.tasks import publish_scheduled

        # Exactly for our classes, which wins over what Wagtail's own apps register for theirs, whoever comes first.
        pages = PagePolicy(Page)
        for model in (Page, KnowledgeIndex, Section, Article):
            register_permission_policy(model, pages, exact_class=True)
        for model in (Figure, Paper):
            register_permission_policy(model, MediaPolicy(model), exact_class=True)
        # Models may not import forms, so the form they are edited with is named here.
        Section.base_form_class = Article.base_form_class = PageForm
        every(timedelta(minutes=1), "knowledge.scheduled", publish_scheduled)
        takes_away("knowledge", actions.take_away)
        opens("knowledge.page", r"knowledge/([\w/-]{1,300}?)", inside.shown)
        also_scanned(Figure, lambda row: (row.title, row.uploaded_by_user, row.file.open("rb")))
        also_scanned(Paper, lambda row: (row.filename, row.uploaded_by_user, row.file.open("rb")))
        blocks.prepare(Article.body.field.stream_block)
