"""Addresses of files."""

from django.urls import path

from files import views

app_name = "files"

urlpatterns = [
    path("", views.send, name="send"),
    path("<slug:public_id>/", views.file, name="file"),
    path("<slug:public_id>/discard/", views.discard, name="discard"),
    path("<slug:public_id>/<slug:size>/", views.rendition, name="rendition"),
]
