"""TLS in transit."""
