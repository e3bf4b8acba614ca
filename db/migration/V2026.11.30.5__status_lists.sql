-- The place of an offline credential on the status lists (Token Status List), and the end that its token names: a lease that is cut short
-- ends sooner than what was signed. Null where the credential is no token of ours, or a build made it that wrote none.
ALTER TABLE lease ADD COLUMN IF NOT EXISTS status_index int;
ALTER TABLE lease ADD COLUMN IF NOT EXISTS status_until timestamptz;

-- A place has one lease at a time, and is free again when the lease is REVOKED, which an offline one is at its token's end.
DROP INDEX CONCURRENTLY IF EXISTS lease_status_index;
CREATE UNIQUE INDEX CONCURRENTLY lease_status_index ON lease (status_index) WHERE status_index IS NOT NULL AND state <> 'revoked';

-- What a list is read from, and from it alone: those that ended before their token does. Whoever expires of itself is in no list.
DROP INDEX CONCURRENTLY IF EXISTS lease_status_ended;
CREATE INDEX CONCURRENTLY lease_status_ended ON lease ((status_index >> 20), status_until) INCLUDE (status_index, id)
    WHERE status_index IS NOT NULL AND revoking_at < status_until;
