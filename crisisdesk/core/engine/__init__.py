"""Leased loops inside django-q2, and the supervisor that keeps their clusters alive.

    loops        what runs: a name and a pass; apps register theirs in `AppConfig.ready`
    leases       who runs it: compare-and-set on a row, a fencing number, a monotonic deadline
    runner       the django-q2 task that holds a lease and makes passes until its time is up
    rings        tasks that start a runner, and the schedule that does so without a supervisor
    broker       django-q2's ORM broker with a probe through the whole cluster
    lifeline     what ties a cluster's processes to their supervisor
    supervisor   starts web and clusters, watches, kills what is wedged, starts it again

The reasons and the measured healing times: docs/decisions/0005-leased-loops.md.
"""
