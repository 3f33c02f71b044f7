"""The operator's pages and commands: schools, verification, mail, the audit trail."""
