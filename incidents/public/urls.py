"""Routes of the pages that customers open."""

from django.urls import path

from incidents.public import views

urlpatterns = [path("p/<str:token>/", views.progress_page, name=views.PURPOSE)]
