"""Workforce management: how many people are needed, when they come, and whether they did.

Owns forecasts, staffing plans, schedules, requests for other shifts, and what adherence is measured against. Its
history comes from the facts the ACD tells, or from CSV files; its formulas, forecasts and schedules work without any
server (`antiphon wfm …`).
"""
