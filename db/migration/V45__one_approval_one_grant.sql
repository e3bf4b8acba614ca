-- Which grant used an approval, so that nobody else's counts: a grant is its decision, and a retry of it bears the same key.
ALTER TABLE approval ADD COLUMN grant_id uuid;
-- SHA-256 of that grant's Idempotency-Key with its agent, identity and holder, as in idempotency.key; null: it came without one.
ALTER TABLE approval ADD COLUMN grant_key text;
-- One grant uses one approval, and no grant two.
CREATE UNIQUE INDEX approval_grant ON approval (grant_id) WHERE grant_id IS NOT NULL;
