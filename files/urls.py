"""Addresses of files."""

from django.urls import path

from files import tus, views

app_name = "files"

urlpatterns = [
    path("", views.send, name="send"),
    path("mine/", views.mine, name="mine"),
    path("parts/", tus.several, name="parts"),
    path("parts/<slug:public_id>/", tus.one, name="part"),
    path("parts/<slug:public_id>/discard/", tus.discard, name="discard_part"),
    path("quarantine/", views.quarantine, name="quarantine"),
    path("quarantine/<slug:public_id>/", views.quarantined, name="quarantined"),
    path("<slug:public_id>/", views.file, name="file"),
    path("<slug:public_id>/discard/", views.discard, name="discard"),
    path("<slug:public_id>/about/", views.about, name="about"),
    path("<slug:public_id>/versions/", views.replace, name="replace"),
    path("<slug:public_id>/captions/", views.caption, name="caption"),
    path("<slug:public_id>/captions/<slug:language>/", views.captions, name="captions"),
    path("<slug:public_id>/card/", views.card, name="card"),
    path("<slug:public_id>/<slug:size>/", views.rendition, name="rendition"),
]
