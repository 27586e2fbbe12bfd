"""What all routes share: strict bodies, problem+json, access, idempotency, paging, ETags, health, metrics."""
