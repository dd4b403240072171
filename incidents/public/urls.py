"""Routes of the pages that customers open."""

from django.urls import path

from customers import links
from incidents.public import answer, views

urlpatterns = [
    path("p/<str:token>/", views.progress_page, name=views.PURPOSE),
    path("a/<str:token>/", answer.answer_page, name=links.ANSWER),
]
