"""The room of search in Django."""

from datetime import timedelta

from django.apps import AppConfig


class SearchConfig(AppConfig):
    """Finding things."""

    name = "search"
    verbose_name = "Search"

    def ready(self) -> None:
        """The worker drains the outbox of the index, and merges what has grown once a day."""
        from core import worker
        from search import indexer

        worker.drains("search", indexer.drain)
        worker.every(timedelta(days=1), "tidy the index", indexer.tidy)
