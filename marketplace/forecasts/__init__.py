"""What a night's lists let expect: who is likely placed, which slots fill, and what would mend the rest."""
