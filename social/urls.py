"""The URL map of the network: one line a room."""

from django.urls import include, path

from inbox.views import push_worker
from social import views

urlpatterns = [
    # First what is asked for most.
    path("", include("feed.urls")),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("logo/", views.logo, name="logo"),
    path("push-worker.js", push_worker, name="push_worker"),
    path("accounts/", include("allauth.urls")),
    path("api/v1/", include("integrations.urls")),
    path("files/", include("files.urls")),
    path("search/", include("search.urls")),
    path("notifications/", include("inbox.urls")),
    path("moderation/", include("moderation.urls")),
    path("knowledge/", include("knowledge.urls")),
    path("groups/", include("groups.urls")),
    path("", include("people.urls")),
    path("admin/", include("knowledge.admin_urls")),
]

handler400 = "social.views.bad_request"
handler403 = "social.views.forbidden"
handler404 = "social.views.not_found"
handler500 = "social.views.server_error"
