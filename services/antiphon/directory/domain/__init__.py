"""The rules of the directory, pure: no input or output, no clock, no chance. `now` is a parameter."""
