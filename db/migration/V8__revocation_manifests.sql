-- What a revocation found live: the rows of its manifest. A lease that an earlier one is still destroying is in both.
-- No foreign key to lease: leases are never deleted, and a check of each row would make the sweep of many slow.
CREATE TABLE revocation_lease (
    revocation_id uuid NOT NULL REFERENCES revocation,
    lease_id      uuid NOT NULL,
    PRIMARY KEY (revocation_id, lease_id)
);
CREATE INDEX task_owner ON task (owner) WHERE state = 'active';
CREATE INDEX task_issuer ON task (issuer) WHERE state = 'active';
CREATE INDEX task_subject ON task (subject) WHERE state = 'active';
