"""Text that a facility's contact wrote for everyone: kept beside the one shown until someone read it."""
