"""Who may be placed where, and what would mend it: one set of rules for every page and the sealed input."""
