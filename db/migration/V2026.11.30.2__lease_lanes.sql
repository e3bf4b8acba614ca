-- The queue's index has what is asked of all live leases at once too (LeaseMetrics), so that counting a million of them reads it and
-- not the rows. It takes the place of lease_due_lane, so a lease is in as many indexes as before.
DROP INDEX CONCURRENTLY IF EXISTS lease_lane;
CREATE INDEX CONCURRENTLY lease_lane ON lease (backend, target, due_at) INCLUDE (state, attempts, revoking_at, expires_at)
    WHERE state <> 'revoked';
DROP INDEX CONCURRENTLY IF EXISTS lease_due_lane;
