"""People name a site or a school that should be here; someone responsible decides whether to write to it."""
