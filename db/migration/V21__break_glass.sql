-- An operator's exception for one agent or task, some tools and a short time; a review by somebody else closes it.

CREATE TABLE break_glass (
    id           uuid PRIMARY KEY,
    agent        text NOT NULL,
    -- Null: the whole agent.
    task_id      uuid,
    tools        text[] NOT NULL,
    reason       text NOT NULL,
    ticket       text NOT NULL,
    who          text NOT NULL,
    -- Other names of whoever activated it, so that nobody reviews their own.
    identities   text[] NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL,
    ended_at     timestamptz,
    ended_by     text,
    review_by    timestamptz NOT NULL,
    -- When the overdue review was alerted.
    overdue_at   timestamptz,
    reviewed_at  timestamptz,
    reviewed_by  text,
    finding      text CHECK (finding IN ('justified', 'unjustified')),
    comment      text
);
CREATE INDEX break_glass_open ON break_glass (agent) WHERE reviewed_at IS NULL;

-- What was granted under it.
CREATE TABLE break_glass_use (
    break_glass_id uuid NOT NULL REFERENCES break_glass,
    lease_id       uuid NOT NULL,
    at             timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (break_glass_id, lease_id)
);
