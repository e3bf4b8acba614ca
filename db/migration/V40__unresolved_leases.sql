-- Leases that ended as "disabled": their logins cannot be used, and something that the broker may not remove keeps them from being
-- dropped. Resolved when they were seen to be gone. It names no secret.

CREATE TABLE unresolved_lease (
    lease_id    uuid PRIMARY KEY,
    agent       text NOT NULL,
    backend     text NOT NULL,
    target      text NOT NULL,
    cause       text NOT NULL,
    remedy      text NOT NULL,
    since       timestamptz NOT NULL DEFAULT now(),
    resolved_at timestamptz
);
CREATE INDEX unresolved_lease_agent ON unresolved_lease (agent) WHERE resolved_at IS NULL;
CREATE INDEX unresolved_lease_target ON unresolved_lease (backend, target, lease_id) WHERE resolved_at IS NULL;

-- A finding of a worker belongs to no run of reconciliation. Kinds are the code's to name.
ALTER TABLE finding ALTER COLUMN run_id DROP NOT NULL;
ALTER TABLE finding DROP CONSTRAINT IF EXISTS finding_kind_check;
CREATE INDEX finding_lease ON finding (lease_id) WHERE kind = 'disabled';
