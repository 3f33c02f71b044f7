"""Who someone is: accounts, memberships and roles, signing in and up, invitations by mail."""
