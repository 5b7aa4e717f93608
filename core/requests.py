"""The request that our views are given."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest


class Request(HttpRequest):
    """A request of someone who is signed in: the default of every view (LoginRequiredMiddleware) and of the API.

    For the type checker: `user` is a `people.User`, which the ground floor does not know by name.
    """

    user: Any
    #: Set where the page may show players of other sites: its policy of content names their hosts.
    shows_players: bool
