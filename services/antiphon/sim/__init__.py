"""The contact centre in fast-forward: customers and agents by chance, decisions by the real ACD core.

Nothing here talks to a network, a clock or a database, and no service imports it. It answers "what if": how many
agents, which strategy, what a campaign does to the lines. It proves itself against Erlang's formulas.
"""
