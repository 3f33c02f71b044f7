"""The outbox: mail is written with the change it tells of, and delivered from there."""
