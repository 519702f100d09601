"""Arithmetic of money and what follows from it: no input or output, no clock, no float.

- exact amounts: `amounts` (one rounding a charge), `instants` (nanoseconds), `reading` (typed input, errors by field)
- price of a call: `tariff` (compiled, immutable), `hours` (periods on a local clock), `rating`, `batch`, `bundles`,
  `tiers`
- whose money: `ledger` (double entry, holds), `lifecycle` (daily fees, suspension), `subscription`, `waterfall`,
  `refunds`
- rules of documents and law: `vat`, `outages`, `surcharges`, `invoices`, `detail`, `due`, `topups`
- trust: `fraud`, `completeness`, `reconciliation`; choice of a carrier: `carriers`
- `calc` reads cases as plain data and answers what these modules say
"""
