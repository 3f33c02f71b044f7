"""Rank order lists of both sides: every version kept, certified by the owner, digests on receipts."""
