"""The rules of calls: no input, no output, no clock."""
