-- Workers claim per target, so that the rows of one that is down are not in the way of another's. Empty: the backend has one.

ALTER TABLE lease ADD COLUMN target text NOT NULL DEFAULT '';
UPDATE lease SET target = coalesce(binding -> 'config' ->> 'target', '') WHERE state <> 'revoked';

CREATE INDEX lease_due_lane ON lease (backend, target, due_at) WHERE state <> 'revoked';
DROP INDEX lease_due_backend;
DROP INDEX lease_due;

-- Few at any time, and looked at often.
CREATE INDEX lease_irrevocable ON lease (id) WHERE irrevocable AND state <> 'revoked';
