-- A person's answer to one exact request. `request` is the canonical JSON (RFC 8785) that `digest` is of, byte for byte.

CREATE TABLE approval (
    id           uuid PRIMARY KEY,
    agent_id     uuid NOT NULL,
    agent        text NOT NULL,
    owner        text NOT NULL,
    -- Who asked, by its token: only the same may collect.
    issuer       text NOT NULL,
    subject      text NOT NULL,
    cnf          text,
    -- For whom it acts: person:<issuer>:<sub>.
    person       text,
    request      text NOT NULL,
    digest       text NOT NULL,
    -- Of which groups how many people must approve.
    needs        jsonb NOT NULL,
    -- What the exchange is done again from when it is collected.
    asked        jsonb NOT NULL,
    -- Of the deferral code, which is a secret.
    code_sha256  text NOT NULL UNIQUE,
    state        text NOT NULL CHECK (state IN ('pending', 'approved', 'denied', 'expired', 'consumed', 'voided')),
    decision_id  uuid NOT NULL,
    task_id      uuid,
    created_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL,
    polled_at    timestamptz,
    ended_at     timestamptz
);
CREATE INDEX approval_due ON approval (expires_at) WHERE state IN ('pending', 'approved');
CREATE INDEX approval_pending ON approval (agent_id) WHERE state = 'pending';
CREATE INDEX approval_state ON approval (state, id);

CREATE TABLE approval_verdict (
    approval_id  uuid NOT NULL REFERENCES approval,
    who          text NOT NULL,
    verdict      text NOT NULL CHECK (verdict IN ('approve', 'deny')),
    -- The groups of the approval that this person belongs to.
    groups       text[] NOT NULL,
    comment      text,
    at           timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (approval_id, who)
);
