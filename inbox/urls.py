"""The bell's addresses."""

from django.urls import path

from inbox import views

app_name = "inbox"
urlpatterns = [
    path("", views.notices, name="notices"),
    path("read/", views.read, name="read"),
    path("count/", views.count, name="count"),
    path("preferences/", views.preferences, name="preferences"),
    path("devices/", views.add_device, name="devices"),
    path("devices/<str:public_id>/remove/", views.remove_device, name="remove_device"),
    path("stop/<str:token>/", views.stop, name="stop"),
    path("seen/", views.seen, name="seen"),
    path("watch/", views.watch, name="watch"),
    path("<str:public_id>/", views.open_notice, name="notice"),
]
