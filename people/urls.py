"""Addresses of people."""

from django.urls import path

from people import views

app_name = "people"

urlpatterns = [
    path("people/", views.directory.people, name="people"),
    path("people/complete/", views.directory.complete, name="complete"),
    path("people/invitations/", views.invitations.invitations, name="invitations"),
    path("people/invitations/<slug:public_id>/revoke/", views.invitations.revoke, name="revoke_invitation"),
    path("people/invitation/<str:token>/", views.invitations.invitation, name="invitation"),
    path("people/<slug:public_id>/", views.profile.person, name="person"),
    path("people/<slug:public_id>/follow/", views.profile.follow, name="follow"),
    path("settings/", views.settings.settings, name="settings"),
    path("settings/profile/", views.settings.profile, name="edit_profile"),
    path("settings/photo/", views.settings.photo, name="edit_photo"),
    path("settings/reading/", views.settings.reading, name="edit_reading"),
    path("settings/sessions/end/", views.settings.end_sessions, name="end_sessions"),
    path("theme/", views.settings.theme, name="theme"),
    path("language/", views.settings.language, name="language"),
]
