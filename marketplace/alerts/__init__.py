"""Searches that people keep, and mail about what is new in them."""
