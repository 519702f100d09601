"""Everything on one machine: `antiphon up`, the demo tenant and its customers, the smoke test, the doctor, the figures.

It may import all services; nothing imports it.
"""
