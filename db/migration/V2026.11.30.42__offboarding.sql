-- Room offboarding: agents that were retired, from the order until everything of theirs was seen to be gone.

CREATE TABLE offboarding (
    agent_id      uuid PRIMARY KEY,
    agent         text NOT NULL,
    owner         text NOT NULL,
    who           text NOT NULL,
    reason        text,
    -- What its leases are listed by.
    revocation_id uuid NOT NULL REFERENCES revocation,
    tasks         int NOT NULL,
    -- What was open when it was ordered: approvals, exceptions, policies that name it, agents that hand on to it.
    open          jsonb NOT NULL,
    begun_at      timestamptz NOT NULL DEFAULT now(),
    completed_at  timestamptz,
    -- A JWS, once it is complete.
    report        text,
    CONSTRAINT offboarding_reported CHECK ((completed_at IS NULL) = (report IS NULL))
);
CREATE INDEX offboarding_open ON offboarding (begun_at) WHERE completed_at IS NULL;
CREATE INDEX offboarding_agent ON offboarding (agent, begun_at);
