-- Room agent: what all agents of one owner may have together, and at most each. Looked at when an agent is registered or changed, and
-- by no exchange.
CREATE TABLE owner_limit (
    -- In lower case, since owners are compared without it.
    owner           text PRIMARY KEY,
    -- As it was said.
    said            text NOT NULL,
    max_agents      int,
    max_live_leases int,
    -- [{"tool": …, "actions": […]}]; null: any.
    tools           jsonb,
    who             text NOT NULL,
    reason          text NOT NULL,
    at              timestamptz NOT NULL DEFAULT now()
);
