"""The desk: Wagtail's admin behind one door.

Three things happen for every address below /admin/, whatever view stands there:

- Only a person with a desk (editor, moderator, administrator) comes in; others get the site's own 403.
- Only views on the list below exist. All others of Wagtail's are answered as an address that was never used: they tell
  of pages across audiences (reports, usage, workflows, bulk acts), or do what has its own place here (people, groups,
  passwords). A view that a later Wagtail adds is closed until somebody has looked at it.
- The person sits at the desk while the view runs and its page is drawn (`knowledge.desk`): what they may not read does
  not exist for it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from csp.constants import NONE, SELF, UNSAFE_INLINE
from django.conf import settings
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import get_language
from django.views.generic import RedirectView
from wagtail.admin import urls as wagtail_urls
from wagtail.admin.viewsets import viewsets
from wagtail.users.models import UserProfile
from wagtail.utils.urlpatterns import decorate_urlpatterns

from knowledge import desk, views

#: Wagtail's own views that are open, by name. Each was read: what it shows comes through the managers of our models.
OPEN = frozenset(
    {
        "wagtailadmin_home",
        "wagtailadmin_sprite",
        "wagtailadmin_javascript_catalog",
        "wagtailadmin_dismissibles",
        "wagtailadmin_logout",
        "wagtailadmin_login",
        # Leads to the person's own settings on the site; Wagtail's view of this name is never reached.
        "wagtailadmin_account",
        # The tree, its listing and its search.
        "wagtailadmin_explore_root",
        "wagtailadmin_explore",
        "wagtailadmin_explore_results",
        "wagtailadmin_pages:search",
        "wagtailadmin_pages:search_results",
        "wagtailadmin_api:pages:listing",
        "wagtailadmin_api:pages:detail",
        # One page: make, edit, look, publish, move, delete, and its history.
        "wagtailadmin_pages:add",
        "wagtailadmin_pages:add_subpage",
        "wagtailadmin_pages:preview_on_add",
        "wagtailadmin_pages:edit",
        "wagtailadmin_pages:preview_on_edit",
        "wagtailadmin_pages:view_draft",
        "wagtailadmin_pages:delete",
        "wagtailadmin_pages:unpublish",
        "wagtailadmin_pages:move",
        "wagtailadmin_pages:move_confirm",
        "wagtailadmin_pages:set_page_position",
        "wagtailadmin_pages:revisions_index",
        "wagtailadmin_pages:revisions_view",
        "wagtailadmin_pages:revisions_revert",
        "wagtailadmin_pages:revisions_compare",
        "wagtailadmin_pages:revisions_unschedule",
        "wagtailadmin_pages:history",
        "wagtailadmin_pages:history_results",
        "wagtailadmin_editing_sessions:ping",
        "wagtailadmin_editing_sessions:release",
        # Choosing a page or an address for a link.
        "wagtailadmin_choose_page",
        "wagtailadmin_choose_page_child",
        "wagtailadmin_choose_page_search",
        "wagtailadmin_choose_page_chosen_multiple",
        "wagtailadmin_choose_page_external_link",
        "wagtailadmin_choose_page_email_link",
        "wagtailadmin_choose_page_phone_link",
        "wagtailadmin_choose_page_anchor_link",
        # Pictures and documents.
        "wagtailimages:index",
        "wagtailimages:index_results",
        "wagtailimages:add",
        "wagtailimages:edit",
        "wagtailimages:delete",
        "wagtailimages:add_multiple",
        "wagtailimages:edit_multiple",
        "wagtailimages:create_multiple_from_uploaded_image",
        "wagtailimages:delete_multiple",
        "wagtailimages:delete_upload_multiple",
        "wagtailimages_chooser:choose",
        "wagtailimages_chooser:choose_results",
        "wagtailimages_chooser:chosen",
        "wagtailimages_chooser:chosen_multiple",
        "wagtailimages_chooser:create",
        "wagtailimages_chooser:select_format",
        "wagtaildocs:index",
        "wagtaildocs:index_results",
        "wagtaildocs:add",
        "wagtaildocs:edit",
        "wagtaildocs:delete",
        "wagtaildocs:add_multiple",
        "wagtaildocs:edit_multiple",
        "wagtaildocs:create_multiple_from_uploaded_document",
        "wagtaildocs:delete_multiple",
        "wagtaildocs:delete_upload_multiple",
        "wagtaildocs_chooser:choose",
        "wagtaildocs_chooser:choose_results",
        "wagtaildocs_chooser:chosen",
        "wagtaildocs_chooser:chosen_multiple",
        "wagtaildocs_chooser:create",
        # Our own.
        "knowledge_desk_readers",
    }
)

#: The desk's own content policy: Wagtail draws with inline styles and some inline scripts. Nothing from elsewhere.
POLICY = {
    "default-src": [NONE],
    "script-src": [SELF, UNSAFE_INLINE],
    "style-src": [SELF, UNSAFE_INLINE],
    "img-src": [SELF, "data:", "blob:"],
    "media-src": [SELF],
    "font-src": [SELF, "data:"],
    "connect-src": [SELF],
    "frame-src": [SELF],
    "form-action": [SELF],
    "base-uri": [NONE],
    # The preview is a frame of the editor's page.
    "frame-ancestors": [SELF],
    "object-src": [NONE],
}

#: Rooms whose own desks (viewsets in their admin.py) are open; each of them decides for whom.
ROOMS = frozenset(settings.ROOMS) - {"core"}


def is_open(match: Any) -> bool:
    """Whether what an address leads to is on the list, or belongs to one of our rooms."""
    if match.view_name in OPEN:
        return True
    first = match.namespaces[0] if match.namespaces else ""
    if first and first in _own_namespaces():
        return True
    module = getattr(match.func, "__module__", "") or ""
    return module.partition(".")[0] in ROOMS


def _own_namespaces() -> frozenset[str]:
    """The namespaces of viewsets that our rooms registered."""
    return frozenset(one.url_namespace for one in viewsets.viewsets if type(one).__module__.partition(".")[0] in ROOMS)


#: Where an editor types the address of another site, and the field it comes in.
EXTERNAL, ADDRESS = "wagtailadmin_choose_page_external_link", "external-link-chooser-url"


def at_the_desk(view: Callable) -> Callable:
    """Wrap one view of the admin."""

    @wraps(view)
    def behind_the_door(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        person = request.user
        if person.is_authenticated and not person.is_staff:
            raise PermissionDenied
        match = request.resolver_match
        if match is None or not is_open(match):
            raise Http404
        if request.method == "POST" and match.view_name == EXTERNAL and not request.POST.get(ADDRESS):
            # Wagtail's field fails on an address that was not sent at all.
            raise BadRequest
        if person.is_authenticated:
            _dress(person, request)
        with desk.sitting(person):
            response = view(request, *args, **kwargs)
            if hasattr(response, "render") and not response.is_rendered:
                response.render()
        # The preview comes with the policy of the site; here the desk's own holds.
        response.headers.pop("Content-Security-Policy", None)
        response._csp_config = POLICY
        response.headers["X-Frame-Options"] = "SAMEORIGIN"
        return response

    return behind_the_door


def _dress(person: Any, request: HttpRequest) -> None:
    """Give Wagtail what it knows a person by: their name, their time, their language and their choice of light or dark.

    Nothing of it is stored: the site's own settings are the one place of it.
    """
    profile = getattr(person, "wagtail_userprofile", None) or UserProfile(user=person)
    profile.current_time_zone = timezone.get_current_timezone_name()
    profile.preferred_language = get_language() or ""
    theme = request.COOKIES.get("theme")
    profile.theme = theme if theme in ("light", "dark") else "system"
    person.wagtail_userprofile = profile
    person.first_name = person.name


_to_login = RedirectView.as_view(pattern_name="account_login")

urlpatterns = [
    path("login/", _to_login, name="wagtailadmin_login"),
    path("logout/", RedirectView.as_view(pattern_name="account_logout"), name="wagtailadmin_logout"),
    path("account/", RedirectView.as_view(url="/settings/"), name="wagtailadmin_account"),
    path("pages/<int:page_id>/readers/", views.change_readers, name="knowledge_desk_readers"),
    *wagtail_urls.urlpatterns,
]
urlpatterns = decorate_urlpatterns(urlpatterns, at_the_desk)
