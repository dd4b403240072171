"""S1 and S2: how fast a message reaches its readers' mail system, beside Postfix's own smtp-source and two peers.

In one run: smtp-source into smtp-sink before and after; ours into the same smtp-sink through the real pieces (freeze,
leased loops in real clusters, ledger, journal); the peers into it; and ours into a server that writes down what it
takes, every mail of which is compared with the ledger. `--plain`: the servers offer no pipelining.
"""

from __future__ import annotations

import statistics

from benchmarks.mailing import make_readers, send_through
from benchmarks.peers import best_tuned, peer_rates
from benchmarks.processes import mail_sink, recording_sink
from benchmarks.received import compare, is_exact, taken
from benchmarks.result import Result, Run, say
from benchmarks.smtp_reference import reference_rate

SHARE_PIPELINED, SHARE_PLAIN, TIMES_POST_OFFICE = 0.40, 0.20, 4.0


def run(run: Run) -> Result:
    """The value is our rate as a share of the reference's."""
    bar = SHARE_PLAIN if run.plain else SHARE_PIPELINED
    return measure(run, run.sized(10_000, 100_000), bar, TIMES_POST_OFFICE)


def measure(run: Run, readers: int, bar: float, times_post_office: float = 0.0) -> Result:
    """As S1 and S2 do; the second bar is how many times as fast as django-post-office we must be."""
    make_readers(readers)
    say(f"{readers:,} readers, {'plain' if run.plain else 'pipelined'}")
    with mail_sink(plain=run.plain) as mail:
        references = [reference_rate(mail)]
        sent = send_through(run.folder, mail, "INC-1")
        references.append(reference_rate(mail))
        peers = peer_rates(mail, run.folder, run.sized(2_000, 10_000))
    record = run.folder / "accepted"
    with recording_sink(record, plain=run.plain) as mail:
        watched = send_through(run.folder, mail, "INC-2")
    mails = taken(record)
    compared = compare(mails, watched.message)
    share = round(sent.per_second / statistics.mean(references), 3)
    times = round(sent.per_second / best_tuned(peers), 1)
    details = {
        "pipelined": not run.plain,
        "readers": readers,
        "per_second": round(sent.per_second),
        "reference_per_second": [round(rate) for rate in references],
        "bytes_per_mail": round(statistics.mean(mail.size for mail in mails)),
        "freeze_s": round(sent.committed - sent.pressed, 2),
        "peers_per_second": peers,
        "times_post_office_tuned": times,
        "ledger": compared,
        "recording_per_second": round(watched.per_second),
    }
    ok = share >= bar and times >= times_post_office and is_exact(compared)
    return Result(share, bar, ok, "share of smtp-source's rate", details)
