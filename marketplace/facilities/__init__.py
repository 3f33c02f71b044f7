"""Organisations that host, their sites and contacts."""
