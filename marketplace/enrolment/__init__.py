"""A coordinator's school: its programmes, its students, and invitations. Stands above students."""
