-- What reconciliation found; a row a finding, each audited as well. It names no secret.

CREATE TABLE finding (
    id           uuid PRIMARY KEY,
    run_id       uuid NOT NULL,
    at           timestamptz NOT NULL DEFAULT now(),
    kind         text NOT NULL CHECK (kind IN ('unknown', 'still_there', 'absent', 'unclaimed', 'unreachable')),
    backend      text NOT NULL,
    target       text NOT NULL,
    lease_id     uuid,
    reference    text,
    action       text NOT NULL CHECK (action IN ('destroying', 'destroyed', 'lingers', 'failed', 'closing', 'none')),
    detail       text NOT NULL
);
CREATE INDEX finding_run ON finding (run_id, id);
CREATE INDEX finding_at ON finding (at);

-- Before this a lease was not usable: a list of a target that began earlier may lack it. Null: made before this column.
ALTER TABLE lease ADD COLUMN activated_at timestamptz;

-- Recurring jobs, each run by one replica at a time: the table of db-scheduler.
CREATE TABLE scheduled_tasks (
    task_name            text NOT NULL,
    task_instance        text NOT NULL,
    task_data            bytea,
    execution_time       timestamptz,
    picked               boolean NOT NULL,
    picked_by            text,
    last_success         timestamptz,
    last_failure         timestamptz,
    consecutive_failures int,
    last_heartbeat       timestamptz,
    version              bigint NOT NULL,
    priority             smallint,
    PRIMARY KEY (task_name, task_instance)
);
CREATE INDEX scheduled_tasks_due ON scheduled_tasks (execution_time);
CREATE INDEX scheduled_tasks_heartbeat ON scheduled_tasks (last_heartbeat);
