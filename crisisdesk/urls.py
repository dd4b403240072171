"""Routes of the whole project."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from crisisdesk.core.views import healthz, livez

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index"), name="front"),
    path("healthz", healthz, name="healthz"),
    path("livez", livez, name="livez"),
    path("admin/", admin.site.urls),
    path("review/", include("postmortems.urls")),
    path("", include("incidents.urls")),
    path("", include("customers.urls")),
]

handler403 = "crisisdesk.core.errors.forbidden"
handler404 = "crisisdesk.core.errors.not_found"
handler500 = "crisisdesk.core.errors.server_error"
