"""What can be done: staffing from files, forecasting, scheduling, and the service's use cases."""
