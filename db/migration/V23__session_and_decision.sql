-- What sessions remember, counted in slots of five minutes so that a busy one stays small. A session is a task's tree (its root)
-- or what an agent does for one person (a digest of both names). Nothing here points to a task: rows outlive it and are swept.
CREATE TABLE session_entry (
    session      uuid NOT NULL,
    slot         timestamptz NOT NULL,
    what         text NOT NULL CHECK (what IN ('label', 'tool', 'count')),
    name         text NOT NULL,
    n            bigint NOT NULL,
    PRIMARY KEY (session, slot, what, name)
) WITH (fillfactor = 80);
CREATE INDEX session_entry_slot ON session_entry (slot);

-- Each decision about an action, and what came of it. Only a permit awaits an outcome.
CREATE TABLE decision (
    id               uuid PRIMARY KEY,
    at               timestamptz NOT NULL DEFAULT now(),
    -- Null: the request named no task that there is.
    task_id          uuid,
    agent            text,
    asked_by         text NOT NULL,
    tool             text,
    action           text,
    kind             text,
    effect           text NOT NULL CHECK (effect IN ('permit', 'deny', 'defer')),
    reason           text,
    policies         jsonb NOT NULL,
    -- Of the canonical JSON of action, resource and context; the text itself only where it is kept.
    arguments_sha256 text,
    arguments        jsonb,
    outcome          text CHECK (outcome IN ('succeeded', 'failed', 'unknown')),
    detail           text,
    closed_at        timestamptz,
    CHECK (outcome IS NULL OR effect = 'permit')
);
CREATE INDEX decision_task ON decision (task_id, id);
CREATE INDEX decision_open ON decision (task_id) WHERE effect = 'permit' AND outcome IS NULL;
