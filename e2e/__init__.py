"""Stories: everything real, through the doors its users use."""
