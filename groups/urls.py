"""Addresses of groups."""

from django.urls import path

from groups.views import group, members, places

app_name = "groups"

urlpatterns = [
    path("", places.groups, name="groups"),
    path("new/", places.new, name="new"),
    path("<slug:public_id>/", group.group, name="group"),
    path("<slug:public_id>/settings/", group.settings, name="settings"),
    path("<slug:public_id>/cover/", group.cover, name="cover"),
    path("<slug:public_id>/archive/", group.archive, name="archive"),
    path("<slug:public_id>/join/", members.join, name="join"),
    path("<slug:public_id>/leave/", members.leave, name="leave"),
    path("<slug:public_id>/ask/", members.ask, name="ask"),
    path("<slug:public_id>/members/", members.members, name="members"),
    path("<slug:public_id>/members/<slug:person_id>/role/", members.role, name="role"),
    path("<slug:public_id>/members/<slug:person_id>/remove/", members.remove, name="remove"),
    path("<slug:public_id>/requests/", members.requests, name="requests"),
    path("<slug:public_id>/requests/<slug:request_id>/", members.decide, name="decide"),
    path("<slug:public_id>/invite/", members.invite, name="invite"),
    path("<slug:public_id>/invitations/<slug:invitation_id>/", members.answer, name="answer"),
]
