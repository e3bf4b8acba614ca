-- Where a task stands in its tree: the tasks above it and their agents, the top first. Neither ever changes.
ALTER TABLE task ADD COLUMN ancestors uuid[] NOT NULL DEFAULT '{}', ADD COLUMN actors text[] NOT NULL DEFAULT '{}';

-- Part of a task, handed to another agent: it makes one child, once.
CREATE TABLE delegation (
    -- jti of its token
    id           uuid PRIMARY KEY,
    task_id      uuid NOT NULL REFERENCES task,
    agent_id     uuid NOT NULL,
    agent        text NOT NULL,
    purpose      text NOT NULL,
    ceiling      jsonb NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    -- the end of the token, and of the child
    expires_at   timestamptz NOT NULL,
    child_id     uuid
);
CREATE INDEX delegation_task ON delegation (task_id);
CREATE UNIQUE INDEX delegation_child ON delegation (child_id) WHERE child_id IS NOT NULL;
