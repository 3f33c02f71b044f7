"""Single-purpose e-mail links: what people without an account act through."""
