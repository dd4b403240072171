"""Routes of incidents outside the console: what monitoring posts to, what pages and customers' messages link to."""

from django.urls import include, path

from incidents.intake.views import alertmanager_webhook
from incidents.oncall.views import acknowledge_page

urlpatterns = [
    path("in/alertmanager/", alertmanager_webhook, name="intake_alertmanager"),
    path("ack/<str:token>/", acknowledge_page, name="acknowledge"),
    path("", include("incidents.public.urls")),
]
