"""Backup and restore of database and secrets, for SQLite and PostgreSQL."""
