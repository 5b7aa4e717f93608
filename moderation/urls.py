"""Addresses of moderation."""

from django.urls import path

from moderation import views

app_name = "moderation"
urlpatterns = [
    path("", views.queue, name="queue"),
    path("report/<str:kind>/<str:public_id>/", views.report, name="report"),
    path("words/", views.word_list, name="words"),
    path("words/<int:position>/remove/", views.remove_word, name="remove-word"),
    path("rules/", views.rules, name="rules"),
    path("rules/<int:number>/", views.rule, name="rule"),
    path("cases/<str:public_id>/", views.case, name="case"),
]
