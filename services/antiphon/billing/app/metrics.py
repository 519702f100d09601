"""What facts cannot say of billing."""

from __future__ import annotations

from prometheus_client import Gauge

holds_overdue = Gauge(
    "antiphon_billing_holds_overdue", "Reservations of money that should have been freed long ago, by their time"
)
LONG_AGO = 300
"""Seconds after their time; a sweep frees them within a few."""
repairs_overdue = Gauge("antiphon_billing_repairs_overdue", "Outages that go on after their repair was due")
alarms = Gauge("antiphon_billing_alarms", "Open alarms of the controls of records", ["kind"])
unconfirmed = Gauge("antiphon_billing_records_unconfirmed", "Billed records that their switch has not tallied so far")
