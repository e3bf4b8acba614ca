-- What is trusted.

CREATE TABLE signing_key (
    kid          text PRIMARY KEY,
    alg          text NOT NULL,
    state        text NOT NULL CHECK (state IN ('active', 'retiring')),
    public_jwk   jsonb NOT NULL,
    -- The private JWK under AES-256-GCM with the key-encryption key, which is never in the database.
    sealed       bytea NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX signing_key_active ON signing_key (alg) WHERE state = 'active';

CREATE TABLE issuer (
    id           uuid PRIMARY KEY,
    name         text NOT NULL UNIQUE,
    version      bigint NOT NULL,
    issuer       text NOT NULL UNIQUE,
    purpose      text NOT NULL CHECK (purpose IN ('workload', 'person')),
    spec         jsonb NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now()
);

-- Tokens of single-use issuers, kept until they have expired. Written only after a token was verified.
CREATE TABLE replay (
    issuer       text NOT NULL,
    token        text NOT NULL,
    expires_at   timestamptz NOT NULL,
    PRIMARY KEY (issuer, token)
);
CREATE INDEX replay_expired ON replay (expires_at);

-- Who may act, and on what.

CREATE TABLE agent (
    id           uuid PRIMARY KEY,
    name         text NOT NULL UNIQUE,
    version      bigint NOT NULL,
    state        text NOT NULL CHECK (state IN ('active', 'suspended', 'retired')),
    owner        text NOT NULL,
    review_by    date,
    spec         jsonb NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE agent_identity (
    issuer       text NOT NULL,
    subject      text NOT NULL,
    agent_id     uuid NOT NULL REFERENCES agent ON DELETE CASCADE,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX agent_identity_agent ON agent_identity (agent_id);

CREATE TABLE tool (
    id           uuid PRIMARY KEY,
    name         text NOT NULL UNIQUE,
    version      bigint NOT NULL,
    backend      text NOT NULL,
    spec         jsonb NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE policy_version (
    id           uuid PRIMARY KEY,
    name         text NOT NULL,
    version      int NOT NULL,
    status       text NOT NULL CHECK (status IN ('draft', 'active', 'superseded', 'deleted')),
    cedar        text NOT NULL,
    author       text NOT NULL,
    reason       text,
    created_at   timestamptz NOT NULL DEFAULT now(),
    UNIQUE (name, version)
);
CREATE UNIQUE INDEX policy_version_active ON policy_version (name) WHERE status = 'active';

-- What is being done.

CREATE TABLE task (
    id           uuid PRIMARY KEY,
    root_id      uuid NOT NULL,
    parent_id    uuid REFERENCES task,
    depth        int NOT NULL,
    agent_id     uuid NOT NULL,
    agent        text NOT NULL,
    subject      text NOT NULL,
    type         text NOT NULL,
    purpose      text NOT NULL,
    declaration  jsonb NOT NULL,
    ceiling      jsonb NOT NULL,
    token_id     uuid NOT NULL,
    state        text NOT NULL CHECK (state IN ('active', 'completed', 'cancelled', 'expired')),
    outcome      text CHECK (outcome IN ('succeeded', 'failed')),
    summary      text,
    created_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL,
    ended_at     timestamptz
);
CREATE INDEX task_due ON task (expires_at) WHERE state = 'active';
CREATE INDEX task_parent ON task (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX task_agent ON task (agent, id);

CREATE TABLE lease (
    id            uuid PRIMARY KEY,
    task_id       uuid NOT NULL REFERENCES task,
    agent         text NOT NULL,
    tool          text NOT NULL,
    actions       text[] NOT NULL,
    backend       text NOT NULL,
    -- The tool's binding as it was when the credential was made: what is needed to destroy it, whatever the tool is now.
    binding       jsonb NOT NULL,
    reference     text,
    state         text NOT NULL CHECK (state IN ('pending', 'active', 'revoking', 'revoked')),
    version       int NOT NULL DEFAULT 0,
    created_at    timestamptz NOT NULL DEFAULT now(),
    expires_at    timestamptz NOT NULL,
    -- When somebody must look at the row again: the end of a pending or active one, the next try of a revoking one.
    due_at        timestamptz NOT NULL,
    claimed_until timestamptz,
    reason        text,
    attempts      int NOT NULL DEFAULT 0,
    irrevocable   boolean NOT NULL DEFAULT false,
    last_error    text,
    revoking_at   timestamptz,
    revoked_at    timestamptz,
    receipt       text
);
-- The queue: workers claim by it, and it holds live rows only.
CREATE INDEX lease_due ON lease (due_at) WHERE state <> 'revoked';
CREATE INDEX lease_task ON lease (task_id);
CREATE INDEX lease_live_agent ON lease (agent) WHERE state <> 'revoked';
CREATE INDEX lease_live_tool ON lease (tool) WHERE state <> 'revoked';

-- One row a key: a hash of the request and what it made, never the answer.
CREATE TABLE idempotency (
    key          text PRIMARY KEY,
    request      text NOT NULL,
    task_id      uuid NOT NULL,
    leases       uuid[] NOT NULL,
    state        text NOT NULL CHECK (state IN ('running', 'done')),
    created_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL
);
CREATE INDEX idempotency_expired ON idempotency (expires_at);

-- What happened.

CREATE TABLE audit_event (
    id           uuid PRIMARY KEY,
    at           timestamptz NOT NULL,
    kind         text NOT NULL,
    who          text,
    agent        text,
    task_id      uuid,
    lease_id     uuid,
    decision_id  uuid,
    outcome      text,
    details      jsonb NOT NULL
);
CREATE INDEX audit_event_task ON audit_event (task_id, id) WHERE task_id IS NOT NULL;
CREATE INDEX audit_event_lease ON audit_event (lease_id, id) WHERE lease_id IS NOT NULL;
CREATE INDEX audit_event_decision ON audit_event (decision_id) WHERE decision_id IS NOT NULL;
CREATE INDEX audit_event_agent ON audit_event (agent, id) WHERE agent IS NOT NULL;
