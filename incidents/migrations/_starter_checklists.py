"""Six kinds of crisis with what is not to be forgotten in each, phase by phase.

`@role` at the end of a line names whose job it is.
"""

# Common to all: what the process itself demands (Steps 2 to 6).
COMMON = {
    "qualify": [
        "Acknowledge the alert, so that nobody else is woken",
        "Look at the facts: which service, since when, who notices",
    ],
    "monitoring": ["Watch for one full peak of load before the green light @commander"],
    "resolved": [
        "Check with two affected customers that it is over for them too @liaison",
        "Send the final message: what happened, since when it is over, what comes next @liaison",
        "Undo temporary measures, or write down that they stay @commander",
    ],
    "after": [
        "Save logs and dashboards before they rotate @commander",
        "Name the lead of the post-mortem @operations-on-call",
        "Thank those who helped, and let those rest who were up at night @commander",
    ],
}

# name, severity, minutes to the next update, description, roles also told, {phase: lines}
TYPES = [
    (
        "Regional outage",
        "SEV1",
        30,
        "Services are down in a region or everywhere.",
        ["executive-sponsor", "success-lead"],
        {
            "qualify": ["Down for everybody there, or for some?", "Is it our region, or the provider's?"],
            "investigating": [
                "Which regions, services and instances are hit? Set the scope @commander",
                "Alert the affected customers @liaison",
                "Stop deployments everywhere @operations-on-call",
                "Is failing over an option? Who decides it, by when? @commander",
            ],
            "identified": [
                "Capacity of the region that takes over: enough for both? @operations-on-call",
                "Tell customers whether they have to do anything for the failover @liaison",
                "If it lasts more than an hour, ask the executive sponsor for resources @commander",
            ],
            "monitoring": ["Is data that was written on both sides reconciled?", "Do queues and retries drain?"],
            "resolved": ["Fail back now, or in the next quiet window? Say which @commander"],
            "after": ["Compare the time of the failover with the recovery objective @commander"],
        },
    ),
    (
        "Degraded performance",
        "SEV3",
        60,
        "Services answer slowly or with errors, most requests succeed.",
        [],
        {
            "qualify": ["What share of requests is slow or fails?"],
            "investigating": [
                "Which requests, of which customers, since when? @operations-on-call",
                "What was changed last: release, configuration, traffic? @operations-on-call",
                "Does one customer or one job cause the load?",
                "Is there a workaround to tell customers? @liaison",
            ],
            "identified": ["Can load be shed or capacity added while the cause is mended? @commander"],
            "monitoring": ["Are the 95th and 99th percentile back, not the average alone?"],
            "after": ["Would an alert have come before the customers? @operations-on-call"],
        },
    ),
    (
        "Data loss",
        "SEV1",
        30,
        "Customers' data is gone, wrong, or another customer's.",
        ["executive-sponsor", "communications"],
        {
            "qualify": ["Stop whatever deletes or writes wrongly, first of all"],
            "investigating": [
                "Stop jobs that write, replicate or expire data @operations-on-call",
                "Keep the newest backup from being overwritten @operations-on-call",
                "Which customers, which data, from when to when? @commander",
                "Tell the executive sponsor and counsel before customers are written to @commander",
                "Is it personal data? Then the clock of legal notice runs @commander",
            ],
            "identified": [
                "Restore into a copy, compare, then restore for real @operations-on-call",
                "Say per customer what comes back, up to which moment, and what does not @liaison",
            ],
            "monitoring": ["Let two customers confirm their data before the rest is told @liaison"],
            "resolved": ["Tell each customer what was lost for good, if anything @liaison"],
            "after": ["Test a restore of every store like this one @operations-on-call"],
        },
    ),
    (
        "Security incident",
        "SEV1",
        45,
        "Somebody has, or may have, seen or changed what they must not.",
        ["executive-sponsor", "communications"],
        {
            "qualify": [
                "Keep it among those who need to know",
                "Note what was seen, by whom, when; change nothing yet",
            ],
            "investigating": [
                "Contain: lock the account, key or host without wiping it @operations-on-call",
                "Keep the evidence: memory, disks, logs, with times and names @operations-on-call",
                "Tell the executive sponsor and counsel before customers are written to @commander",
                "Legal notice: which laws, which authority, by when? @commander",
                "Which customers, which data, since when? @commander",
            ],
            "identified": [
                "Change every secret that was within reach @operations-on-call",
                "Agree each word to customers with counsel @liaison",
            ],
            "monitoring": ["Look for other ways in: the first one found is seldom the only one @operations-on-call"],
            "resolved": ["Tell customers what they should change: passwords, keys, tokens @liaison"],
            "after": ["Give evidence and record to counsel @commander"],
        },
    ),
    (
        "Third-party provider",
        "SEV2",
        45,
        "Something we depend on has failed, and the repair is not in our hands.",
        [],
        {
            "qualify": ["Is it really the provider? Test from outside our network"],
            "investigating": [
                "What does the provider's status page say, when is its next update? @operations-on-call",
                "Open a ticket of the highest priority and note its number @operations-on-call",
                "Which of our services depend on it? Set the scope @commander",
                "Is there another provider or a degraded mode? @commander",
            ],
            "identified": [
                "Say what customers see, not whose fault it is @liaison",
                "Record a known longer path if the provider names hours @commander",
            ],
            "monitoring": ["The provider says it is over: do our own checks say so too? @operations-on-call"],
            "after": [
                "Ask the provider for its report @commander",
                "Is the provider still right for this? Ask the executive sponsor @commander",
            ],
        },
    ),
    (
        "Failed release",
        "SEV2",
        30,
        "A release, a migration or a change of configuration broke what worked.",
        [],
        {
            "qualify": ["Did it begin with a change of ours? Compare the times"],
            "investigating": [
                "Stop the rollout and every release behind it @operations-on-call",
                "Can it be rolled back? Look at migrations and formats first @operations-on-call",
                "Roll back unless it does more harm; find the cause afterwards @commander",
            ],
            "identified": [
                "Is data that the release wrote readable by the old version? @operations-on-call",
                "Who else has the change: other regions, instances, clients? @operations-on-call",
            ],
            "monitoring": ["Is the old version everywhere, caches and workers included?"],
            "resolved": ["Lock the release until its cause is mended @commander"],
            "after": ["Which test or stage should have caught it? Make it an action @commander"],
        },
    ),
]
