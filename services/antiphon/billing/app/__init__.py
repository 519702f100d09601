"""Use cases of billing.

`writer` is the only way to change an account: works of many callers are decided one after another and committed
together. `charging` (authorise, extend, release), `calls` (records of calls), `accounts` (terms, payments, days) and
`tariffs` bring works to it; `leading` says which accounts this process may write.
"""
