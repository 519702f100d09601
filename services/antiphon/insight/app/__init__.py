"""What can be done: hearing facts, folding them into interactions, answering for history and reports."""
