"""Routes of what customers decide behind a signed link; each name is the purpose of its link."""

from django.urls import path

from customers import links, views

urlpatterns = [
    path("u/<str:token>/", views.unsubscribe, name=links.UNSUBSCRIBE),
    path("c/<str:token>/", views.preferences, name=links.PREFERENCES),
]
