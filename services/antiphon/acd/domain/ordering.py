"""The order of waiting: one number per item, fixed when it arrives, smaller first.

    key = r · t_enqueued − priority − queue_weight          (r points a second, t in seconds)

An item with `p` more points is served as if it had come `p / r` seconds earlier. Because every item ages at the same
rate r, two items never swap places while they wait: priority with aging costs no re-sorting. The key is kept through
RONA, decline, transfer "with its place" and restart.

Two more terms, fixed at arrival as well: the value of a customer adds points, and in a queue that is routed by service
level `t_enqueued` is the moment by which he should have been answered, so the nearest broken promise comes first.

Unit: millionths of a point, so that r may be fractional and everything stays an integer (milliseconds times
thousandths of a point per second). Ties are broken by the order of arrival (`Item.seq`).
"""

from antiphon.acd.domain.millis import Millis

POINT = 1_000_000


def waiting_key(enqueued_at: Millis, points: int, aging_millipoints: int) -> int:
    """`points` is priority plus queue weight."""
    return aging_millipoints * enqueued_at - POINT * points
