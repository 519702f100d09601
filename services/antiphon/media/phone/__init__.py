"""A small SIP phone of our own for the demo, the smoke test and the test suites."""
