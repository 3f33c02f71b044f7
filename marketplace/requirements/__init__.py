"""What a site asks before a placement, and how far each student is. Status only, never documents."""
