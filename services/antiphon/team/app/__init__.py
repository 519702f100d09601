"""What can be done: opening rooms, saying lines, finding them again, following the directory's groups."""
