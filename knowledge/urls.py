"""Addresses of the knowledge room."""

from django.urls import path

from knowledge import views

app_name = "knowledge"
urlpatterns = [
    path("", views.index, name="index"),
    path("images/<str:public_id>/<str:spec>/", views.image, name="image"),
    path("documents/<str:public_id>/", views.document, name="document"),
    path("<path:path>/", views.page, name="page"),
]
