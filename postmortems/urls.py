"""Routes of the executive review, below /review/."""

from django.urls import path

from postmortems.views import asked, overview, printed, reviews, rows, services, stories

app_name = "review"

urlpatterns = [
    path("", overview.index, name="index"),
    path("charts/<slug:name>.svg", overview.chart, name="chart"),
    path("causes/<int:cause_id>/", stories.cause, name="cause"),
    path("causes/<int:cause_id>/open-review/", reviews.open_by_hand, name="open_review"),
    path("reviews/<int:review_id>/", reviews.review, name="review"),
    path("incidents/<int:incident_id>/", stories.incident, name="incident"),
    path("services/<slug:slug>/", services.service, name="service"),
    path("printed/", printed.printouts_page, name="printouts"),
    path("printed/new/", printed.order, name="order"),
    path("printed/<int:printout_id>/", printed.printout, name="printout"),
    path("printed/<int:printout_id>/file/", printed.download, name="printout_file"),
    path("requests/", asked.requests, name="requests"),
    path("requests/<int:request_id>/", asked.answer, name="answer"),
    path("rows/<slug:listing>/", rows.rows, name="rows"),
]
