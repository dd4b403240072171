"""A look at everything a message depends on, each finding with a hint: `manage.py doctor`.

finding   one line of the report
domain    SPF, DKIM and DMARC of the sender's domain (pure, given a resolver)
spf       one SPF record as receivers read it (pure, given a resolver)
dns       the resolver, by dnspython
doors     the ways out: do they answer, is their encryption verified, are they let in
keys      keys, secrets and switches
work      the clock, the loops, templates, people on call
"""
