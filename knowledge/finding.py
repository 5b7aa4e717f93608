"""The search box of the desk: it asks the rows themselves, by title.

There is no second index of Wagtail's, so there is no second copy of a title that could outlive a membership. The rows
come narrowed to the person at the desk (`knowledge.desk`), by conditions over other tables; the check that the engine
makes of conditions is for engines that cannot ask the database, and has nothing to say here.
"""

from __future__ import annotations

from wagtail.search.backends.database.fallback import DatabaseSearchBackend, DatabaseSearchQueryCompiler


class Compiler(DatabaseSearchQueryCompiler):
    """Reads any queryset."""

    def check(self) -> None:
        """Every condition of ours can be asked of the database."""


class SearchBackend(DatabaseSearchBackend):
    """`WAGTAILSEARCH_BACKENDS` names this module."""

    query_compiler_class = Compiler
    autocomplete_query_compiler_class = Compiler
