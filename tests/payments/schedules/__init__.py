"""
Random schedules of what may go wrong between a buyer, Stripe and us, and what must be true when the dust has settled.

Stripe is the double's own logic inside this process, behind Stripe's SDK and our gateway: no sockets, so thousands of
schedules take minutes. The clock is ours; the double's sessions live by it.
"""
