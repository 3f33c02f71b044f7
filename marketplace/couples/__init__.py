"""Two students who want to be placed together: invitation, confirmation, and their list of pairs."""
