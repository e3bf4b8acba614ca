CREATE TABLE lock (
    id           uuid PRIMARY KEY,
    kind         text NOT NULL CHECK (kind IN ('agent', 'owner', 'person', 'task', 'task_tree', 'tool', 'issuer', 'lease', 'all')),
    value        text NOT NULL,
    reason       text NOT NULL,
    who          text NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    lifted_at    timestamptz,
    lifted_by    text
);
CREATE INDEX lock_standing ON lock (kind, value) WHERE lifted_at IS NULL;

-- Why a lease was revoked together with others; the manifest of a revocation is its leases.
CREATE TABLE revocation (
    id           uuid PRIMARY KEY,
    scope_kind   text NOT NULL,
    scope_value  text NOT NULL,
    reason       text NOT NULL,
    who          text NOT NULL,
    lock_id      uuid REFERENCES lock,
    created_at   timestamptz NOT NULL DEFAULT now()
);

ALTER TABLE lease ADD COLUMN revocation_id uuid REFERENCES revocation;
CREATE INDEX lease_revocation ON lease (revocation_id, id) WHERE revocation_id IS NOT NULL;

-- What revocations and locks find a task by, as it was when it was declared.
ALTER TABLE task ADD COLUMN owner text NOT NULL DEFAULT '', ADD COLUMN issuer text NOT NULL DEFAULT '';
CREATE INDEX task_root ON task (root_id) WHERE state = 'active';
