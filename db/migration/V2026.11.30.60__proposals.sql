-- What agents asked for that is outside their ceilings, and asked their owners to consider. A row grants nothing.
CREATE TABLE proposal (
    id            uuid PRIMARY KEY,
    agent         text NOT NULL,
    tool          text NOT NULL,
    -- Sorted. Empty: the tool was named alone.
    actions       text[] NOT NULL,
    task_type     text NOT NULL,
    purpose       text NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    last_asked_at timestamptz NOT NULL DEFAULT now(),
    asked         int NOT NULL DEFAULT 1,
    state         text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'adopted', 'dismissed')),
    closed_at     timestamptz,
    closed_by     text,
    comment       text
);
CREATE UNIQUE INDEX proposal_open ON proposal (agent, tool, actions) WHERE state = 'open';
CREATE INDEX proposal_dismissed ON proposal (agent, tool, actions, closed_at) WHERE state = 'dismissed';
