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
    path("people/chart/", views.chart.chart, name="chart"),
    path("people/chart/<slug:public_id>/", views.chart.branch, name="branch"),
    path("people/lists/", views.lists.lists, name="lists"),
    path("people/lists/<slug:public_id>/", views.lists.contact_list, name="contact_list"),
    path("people/following/", views.profile.following, name="following"),
    path("people/skills/", views.skills.skills, name="skills"),
    path("people/skills/<slug:public_id>/", views.skills.skill, name="skill"),
    path("people/<slug:public_id>/", views.profile.person, name="person"),
    path("people/<slug:public_id>/follow/", views.profile.follow, name="follow"),
    path("people/<slug:public_id>/skills/", views.skills.add, name="add_skill"),
    path("people/<slug:public_id>/skills/<slug:skill_id>/", views.skills.claim, name="claim"),
    path("people/<slug:public_id>/skills/<slug:skill_id>/remove/", views.skills.remove, name="remove_skill"),
    path("people/<slug:public_id>/keep/", views.lists.keep, name="keep"),
    path("people/<slug:public_id>/silence/", views.profile.silence, name="silence"),
    path("settings/", views.settings.settings, name="settings"),
    path("settings/profile/", views.settings.profile, name="edit_profile"),
    path("settings/away/", views.settings.away, name="edit_away"),
    path("settings/photo/", views.settings.photo, name="edit_photo"),
    path("settings/reading/", views.settings.reading, name="edit_reading"),
    path("settings/silences/", views.settings.silences, name="silences"),
    path("settings/delegates/", views.delegates.delegates, name="delegates"),
    path("settings/delegates/<slug:public_id>/end/", views.delegates.end, name="end_delegation"),
    path("settings/sessions/end/", views.settings.end_sessions, name="end_sessions"),
    path("theme/", views.settings.theme, name="theme"),
    path("language/", views.settings.language, name="language"),
]
