"""The rules of conversations: pure values and functions, no input or output, `now` always a parameter."""
