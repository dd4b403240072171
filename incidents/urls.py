"""Routes of incidents outside the console: what monitoring posts to, what pages and customers' messages link to."""

from django.urls import include, path

from incidents.intake.views import alertmanager_webhook
from incidents.oncall import callbacks
from incidents.oncall.views import acknowledge_page, told_page
from incidents.public.on_call import on_call_calendar

urlpatterns = [
    path("in/alertmanager/", alertmanager_webhook, name="intake_alertmanager"),
    path("ack/<str:token>/", acknowledge_page, name="acknowledge"),
    path("n/<str:token>/", told_page, name="told"),
    path("in/twilio/staff/sms/", callbacks.sms_status, name="staff_sms_status"),
    path("in/twilio/staff/call/", callbacks.call_status, name="staff_call_status"),
    path("in/twilio/staff/key/", callbacks.call_key, name="staff_call_key"),
    path("in/twilio/staff/answer/", callbacks.sms_answer, name="staff_sms_answer"),
    path("on-call/<str:token>.ics", on_call_calendar, name="on_call_calendar"),
    path("", include("incidents.public.urls")),
]
