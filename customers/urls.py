"""Routes of what customers decide behind a signed link, each named by its purpose, and of what providers call."""

from django.urls import path

from customers import links, views
from customers.callbacks import mail, sms

urlpatterns = [
    path("u/<str:token>/", views.unsubscribe, name=links.UNSUBSCRIBE),
    path("c/<str:token>/", views.preferences, name=links.PREFERENCES),
    path("k/<str:token>/", views.confirm_address, name=links.CONFIRM),
    path("twilio/status/", sms.status, name="twilio_status"),
    path("twilio/answer/", sms.answer, name="twilio_answer"),
    *mail.tracking_urls(),
]
