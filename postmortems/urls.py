"""Routes of the executive review, below /review/."""

from django.urls import path

from postmortems.views import overview, reviews, rows, stories

app_name = "review"

urlpatterns = [
    path("", overview.index, name="index"),
    path("charts/<slug:name>.svg", overview.chart, name="chart"),
    path("causes/<int:cause_id>/", stories.cause, name="cause"),
    path("causes/<int:cause_id>/open-review/", reviews.open_by_hand, name="open_review"),
    path("reviews/<int:review_id>/", reviews.review, name="review"),
    path("incidents/<int:incident_id>/", stories.incident, name="incident"),
    path("rows/<slug:listing>/", rows.rows, name="rows"),
]
