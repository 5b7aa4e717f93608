"""Addresses of groups."""

from django.urls import path

from groups.views import deletion, group, library, links, members, places

app_name = "groups"

urlpatterns = [
    path("", places.groups, name="groups"),
    path("new/", places.new, name="new"),
    path("deleted/", deletion.deleted, name="deleted"),
    path("deleted/<slug:public_id>/restore/", deletion.restore, name="restore"),
    path("<slug:public_id>/", group.group, name="group"),
    path("<slug:public_id>/delete/", deletion.delete, name="delete"),
    path("<slug:public_id>/settings/", group.settings, name="settings"),
    path("<slug:public_id>/cover/", group.cover, name="cover"),
    path("<slug:public_id>/picture/", group.picture, name="picture"),
    path("<slug:public_id>/archive/", group.archive, name="archive"),
    path("<slug:public_id>/join/", members.join, name="join"),
    path("<slug:public_id>/leave/", members.leave, name="leave"),
    path("<slug:public_id>/ask/", members.ask, name="ask"),
    path("<slug:public_id>/members/", members.members, name="members"),
    path("<slug:public_id>/members/<slug:person_id>/role/", members.role, name="role"),
    path("<slug:public_id>/members/<slug:person_id>/remove/", members.remove, name="remove"),
    path("<slug:public_id>/requests/", members.requests, name="requests"),
    path("<slug:public_id>/requests/<slug:request_id>/", members.decide, name="decide"),
    path("<slug:public_id>/files/", library.files, name="files"),
    path("<slug:public_id>/files/add/", library.add, name="add_files"),
    path("<slug:public_id>/files/folders/", library.make, name="make_folder"),
    path("<slug:public_id>/files/some/", library.some, name="some_files"),
    path("<slug:public_id>/files/zip/", library.whole, name="zip_files"),
    path("<slug:public_id>/files/<slug:folder_id>/", library.files, name="folder"),
    path("<slug:public_id>/files/<slug:folder_id>/add/", library.add, name="add_files_to"),
    path("<slug:public_id>/files/<slug:folder_id>/folders/", library.make, name="make_folder_in"),
    path("<slug:public_id>/files/<slug:folder_id>/change/", library.change, name="change_folder"),
    path("<slug:public_id>/files/<slug:folder_id>/some/", library.some, name="some_files_of"),
    path("<slug:public_id>/files/<slug:folder_id>/zip/", library.whole, name="zip_folder"),
    path("link/<str:token>/", links.link, name="link"),
    path("<slug:public_id>/links/", links.make, name="make_link"),
    path("<slug:public_id>/links/<slug:link_id>/", links.revoke, name="revoke_link"),
    path("<slug:public_id>/invite/", members.invite, name="invite"),
    path("<slug:public_id>/invitations/", members.invitations, name="invitations"),
    path("<slug:public_id>/invitations/<slug:invitation_id>/", members.answer, name="answer"),
]
