"""Team: colleagues talk with each other in rooms of two, of some, or of a group of the directory.

It keeps rooms and lines, tells them to whoever is a member, and knows nothing of customers.
"""
