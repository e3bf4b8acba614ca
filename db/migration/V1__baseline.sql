-- The schema of the first release, room by room (io.errand.broker.<room>). It does not change any more: what comes later is a
-- migration of its own, named by its date. Times are the database's; ids are UUIDv7, made by the service; no column holds a secret.


-- What changes together: the number of all changes of what is registered. A replica that kept what it read when the number was this
-- one need not ask again.

CREATE TABLE epoch (
    one     boolean PRIMARY KEY DEFAULT true CHECK (one),
    number  bigint NOT NULL
);
INSERT INTO epoch (number) VALUES (1);

-- Deferred: the row is locked while a change commits, and not while it is made.
CREATE FUNCTION epoch_goes_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE epoch SET number = number + 1;
    RETURN NULL;
END $$;

-- A grant holds the names of its agent and tools shared, and whoever changes one takes its name alone: the change waits for the
-- grants under way, and the grants that come wait for it and find another epoch. Nothing is written to hold a name.
CREATE FUNCTION name_key(kind text, name text) RETURNS bigint LANGUAGE sql IMMUTABLE
    RETURN hashtextextended(kind || '/' || name, 0);

CREATE FUNCTION name_taken_alone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(name_key(TG_TABLE_NAME, OLD.name));
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;


-- Room key: a key is published before it signs (next), signs (active), and verifies long after (retiring), then without its private
-- part.

CREATE TABLE signing_key (
    kid          text PRIMARY KEY,
    alg          text NOT NULL,
    state        text NOT NULL CONSTRAINT signing_key_state_check CHECK (state IN ('next', 'active', 'retiring')),
    public_jwk   jsonb NOT NULL,
    -- The private JWK under AES-256-GCM with the key-encryption key, which is never in the database.
    sealed       bytea,
    created_at   timestamptz NOT NULL DEFAULT now(),
    active_at    timestamptz,
    retiring_at  timestamptz,
    CONSTRAINT signing_key_sealed_check CHECK ((sealed IS NULL) = (state = 'retiring'))
);
CREATE UNIQUE INDEX signing_key_active ON signing_key (alg) WHERE state = 'active';
CREATE UNIQUE INDEX signing_key_next ON signing_key (alg) WHERE state = 'next';


-- Room audit: what happened, inserted in the transaction of its effect and never changed. Partitioned by month: the first 48 bits of
-- an id are its milliseconds, so a month is a range of ids, the primary key is the id alone, and a page in the order of ids reads
-- the months that it is in. Months are made ahead by audit_months_ahead(); what belongs to none is in the default partition.
-- The login of the service may insert and read (afterMigrate__service_login.sql).

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
    details      jsonb NOT NULL,
    -- For the transparency log: SHA-256 of the event's line, and for each member of details that stands in it as a digest the 128-bit
    -- salt of that digest, in hexadecimal. Null: the event has none.
    leaf_hash    bytea CONSTRAINT audit_event_leaf_hash_check CHECK (octet_length(leaf_hash) = 32),
    salts        jsonb CONSTRAINT audit_event_salts_check CHECK (jsonb_typeof(salts) = 'object')
) PARTITION BY RANGE (id);
CREATE INDEX audit_event_task ON audit_event (task_id, id) WHERE task_id IS NOT NULL;
CREATE INDEX audit_event_lease ON audit_event (lease_id, id) WHERE lease_id IS NOT NULL;
CREATE INDEX audit_event_decision ON audit_event (decision_id) WHERE decision_id IS NOT NULL;
CREATE INDEX audit_event_agent ON audit_event (agent, id) WHERE agent IS NOT NULL;
CREATE TABLE audit_event_default PARTITION OF audit_event DEFAULT;

-- Refusals before an agent is known, beyond the rate at which each has an event of its own: one row a kind and minute, until one
-- event says how many they were.
CREATE TABLE refusal_count (
    kind      text NOT NULL,
    reason    text NOT NULL,
    minute    timestamptz NOT NULL,
    counted   bigint NOT NULL,
    last_at   timestamptz NOT NULL,
    PRIMARY KEY (kind, reason, minute)
);


-- Room identity: whose tokens are believed.

CREATE TABLE issuer (
    id           uuid PRIMARY KEY,
    name         text NOT NULL UNIQUE,
    version      bigint NOT NULL,
    issuer       text NOT NULL UNIQUE,
    purpose      text NOT NULL CHECK (purpose IN ('workload', 'person')),
    spec         jsonb NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now()
);
CREATE CONSTRAINT TRIGGER issuer_epoch AFTER INSERT OR UPDATE OR DELETE ON issuer
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION epoch_goes_on();

-- Tokens of single-use issuers, kept until they have expired. Written only after a token was verified.
CREATE TABLE replay (
    issuer       text NOT NULL,
    token        text NOT NULL,
    expires_at   timestamptz NOT NULL,
    PRIMARY KEY (issuer, token)
);
CREATE INDEX replay_expired ON replay (expires_at);

-- One nonce for each minute of this clock, shared by all replicas (RFC 9449 section 8). Not a secret: clients are told it.
CREATE TABLE dpop_nonce (
    minute bigint PRIMARY KEY,
    nonce  text NOT NULL
);


-- Room agent: who may act.

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
CREATE TRIGGER agent_alone BEFORE UPDATE OR DELETE ON agent FOR EACH ROW EXECUTE FUNCTION name_taken_alone();
CREATE CONSTRAINT TRIGGER agent_epoch AFTER INSERT OR UPDATE OR DELETE ON agent
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION epoch_goes_on();

CREATE TABLE agent_identity (
    issuer       text NOT NULL,
    subject      text NOT NULL,
    agent_id     uuid NOT NULL REFERENCES agent ON DELETE CASCADE,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX agent_identity_agent ON agent_identity (agent_id);
CREATE CONSTRAINT TRIGGER agent_identity_epoch AFTER INSERT OR UPDATE OR DELETE ON agent_identity
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION epoch_goes_on();

-- Subjects that are an agent's by how they begin. No two agents have prefixes of which one begins with the other: whoever
-- registers holds the table agent, and looks first.
CREATE TABLE agent_identity_prefix (
    issuer   text NOT NULL,
    prefix   text NOT NULL,
    agent_id uuid NOT NULL REFERENCES agent ON DELETE CASCADE,
    PRIMARY KEY (issuer, prefix)
);
CREATE INDEX agent_identity_prefix_agent ON agent_identity_prefix (agent_id);
CREATE CONSTRAINT TRIGGER agent_identity_prefix_epoch AFTER INSERT OR UPDATE OR DELETE ON agent_identity_prefix
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION epoch_goes_on();


-- Room tool: on what agents act.

CREATE TABLE tool (
    id           uuid PRIMARY KEY,
    name         text NOT NULL UNIQUE,
    version      bigint NOT NULL,
    backend      text NOT NULL,
    spec         jsonb NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now()
);
-- Which tools a caller of introspection may see is asked by its identity.
CREATE INDEX tool_identities ON tool USING gin ((spec -> 'identities') jsonb_path_ops);
CREATE TRIGGER tool_alone BEFORE UPDATE OR DELETE ON tool FOR EACH ROW EXECUTE FUNCTION name_taken_alone();
CREATE CONSTRAINT TRIGGER tool_epoch AFTER INSERT OR UPDATE OR DELETE ON tool
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION epoch_goes_on();

-- What a `resource` parameter may name (RFC 8707): a location belongs to one tool, and finds it.
CREATE TABLE tool_location (
    location     text PRIMARY KEY,
    tool_id      uuid NOT NULL REFERENCES tool ON DELETE CASCADE
);
CREATE INDEX tool_location_tool ON tool_location (tool_id);
CREATE CONSTRAINT TRIGGER tool_location_epoch AFTER INSERT OR UPDATE OR DELETE ON tool_location
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION epoch_goes_on();


-- Room task: what is being done, and what was handed on.

CREATE TABLE task (
    id                 uuid PRIMARY KEY,
    root_id            uuid NOT NULL,
    parent_id          uuid REFERENCES task,
    depth              int NOT NULL,
    agent_id           uuid NOT NULL,
    agent              text NOT NULL,
    subject            text NOT NULL,
    type               text NOT NULL,
    purpose            text NOT NULL,
    declaration        jsonb NOT NULL,
    ceiling            jsonb NOT NULL,
    token_id           uuid NOT NULL,
    state              text NOT NULL CHECK (state IN ('active', 'completed', 'cancelled', 'expired')),
    outcome            text CHECK (outcome IN ('succeeded', 'failed')),
    summary            text,
    created_at         timestamptz NOT NULL DEFAULT now(),
    expires_at         timestamptz NOT NULL,
    ended_at           timestamptz,
    -- What revocations and locks find a task by, as it was when it was declared.
    owner              text NOT NULL DEFAULT '',
    issuer             text NOT NULL DEFAULT '',
    -- Where it stands in its tree: the tasks above it and their agents, the top first. Neither ever changes.
    ancestors          uuid[] NOT NULL DEFAULT '{}',
    actors             text[] NOT NULL DEFAULT '{}',
    -- Whether its token is bound to a key of its holder (RFC 9449, RFC 8705): said once, since nothing sheds it.
    sender_constrained boolean NOT NULL DEFAULT false,
    -- Who showed who they are for it, or for a task above it: '<issuer>:<subject>' each, workloads and people.
    identities         text[] NOT NULL DEFAULT '{}'
);
CREATE INDEX task_due ON task (expires_at) WHERE state = 'active';
CREATE INDEX task_parent ON task (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX task_agent ON task (agent, id);
CREATE INDEX task_root ON task (root_id) WHERE state = 'active';
CREATE INDEX task_owner ON task (owner) WHERE state = 'active';
CREATE INDEX task_subject ON task (subject) WHERE state = 'active';
-- How many an agent has, for its caps.
CREATE INDEX task_live_of_agent ON task (agent_id) WHERE state = 'active';
-- Whether a person was ever seen.
CREATE INDEX task_person ON task (subject) WHERE subject LIKE 'person:%';
-- The live tasks that came through an agent: what it may no longer have, they may not have either. Tasks of agents that act for
-- themselves, which is most of them, are not in it.
CREATE INDEX task_came_through ON task USING gin (actors) WHERE state = 'active' AND actors <> '{}';

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


-- Room lock: standing denials, and what was revoked together.

CREATE TABLE lock (
    id           uuid PRIMARY KEY,
    kind         text NOT NULL CHECK (kind IN ('agent', 'owner', 'person', 'task', 'task_tree', 'tool', 'issuer', 'lease', 'all')),
    value        text NOT NULL,
    reason       text NOT NULL,
    who          text NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    lifted_at    timestamptz,
    lifted_by    text
);
CREATE INDEX lock_standing ON lock (kind, value) WHERE lifted_at IS NULL;

-- Why a lease was revoked together with others.
CREATE TABLE revocation (
    id           uuid PRIMARY KEY,
    scope_kind   text NOT NULL,
    scope_value  text NOT NULL,
    reason       text NOT NULL,
    who          text NOT NULL,
    lock_id      uuid REFERENCES lock,
    created_at   timestamptz NOT NULL DEFAULT now(),
    -- It was ordered of a name that nothing had then.
    unknown      boolean NOT NULL DEFAULT false
);

-- What a revocation found live: the rows of its manifest. A lease that an earlier one is still destroying is in both.
-- No foreign key to lease: leases are never deleted, and a check of each row would make the sweep of many slow.
CREATE TABLE revocation_lease (
    revocation_id uuid NOT NULL REFERENCES revocation,
    lease_id      uuid NOT NULL,
    PRIMARY KEY (revocation_id, lease_id)
);


-- Room policy: what decides, and what was decided about actions.

CREATE TABLE policy_version (
    id           uuid PRIMARY KEY,
    name         text NOT NULL,
    version      int NOT NULL,
    status       text NOT NULL CHECK (status IN ('draft', 'active', 'superseded', 'deleted')),
    cedar        text NOT NULL,
    author       text NOT NULL,
    reason       text,
    created_at   timestamptz NOT NULL DEFAULT now(),
    -- The external decision point that must agree while this set is in force: a name of errand.policy.pdps; null: none.
    pdp          text,
    UNIQUE (name, version)
);
CREATE UNIQUE INDEX policy_version_active ON policy_version (name) WHERE status = 'active';
CREATE CONSTRAINT TRIGGER policy_version_epoch AFTER INSERT OR UPDATE OR DELETE ON policy_version
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION epoch_goes_on();

-- Policies about entity types of their own, each set with its schema. They decide for gateways, never about tasks and tools.
CREATE TABLE open_policy (
    name         text PRIMARY KEY,
    version      bigint NOT NULL,
    schema       text NOT NULL,
    cedar        text NOT NULL,
    author       text NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now()
);

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


-- Room approval: a person's answer to one exact request. `request` is the canonical JSON (RFC 8785) that `digest` is of, byte for
-- byte.

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
    -- Of the deferral code, which is a secret. Null: nobody polls for it, see use_task.
    code_sha256  text UNIQUE,
    state        text NOT NULL CHECK (state IN ('pending', 'approved', 'denied', 'expired', 'consumed', 'voided')),
    decision_id  uuid NOT NULL,
    task_id      uuid,
    created_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL,
    polled_at    timestamptz,
    ended_at     timestamptz,
    -- It is for one use of a tool in this task instead of one grant: an evaluation asked for it, and consumes it.
    use_task     uuid,
    -- Who sent that evaluation, as in the audit log: they may not answer it.
    asked_by     text,
    -- Which grant used it, so that nobody else's counts: a grant is its decision, and a retry of it bears the same key.
    grant_id     uuid,
    -- SHA-256 of that grant's Idempotency-Key with its agent, identity and holder, as in idempotency.key; null: it came without one.
    grant_key    text,
    CONSTRAINT approval_collected CHECK ((use_task IS NULL) = (code_sha256 IS NOT NULL))
);
CREATE INDEX approval_due ON approval (expires_at) WHERE state IN ('pending', 'approved');
CREATE INDEX approval_pending ON approval (agent_id) WHERE state = 'pending';
CREATE INDEX approval_state ON approval (state, id);
-- One that is open for the same use, whoever asks again.
CREATE UNIQUE INDEX approval_use_open ON approval (use_task, digest)
    WHERE use_task IS NOT NULL AND state IN ('pending', 'approved');
CREATE INDEX approval_use ON approval (use_task, digest, id) WHERE use_task IS NOT NULL;
-- One grant uses one approval, and no grant two.
CREATE UNIQUE INDEX approval_grant ON approval (grant_id) WHERE grant_id IS NOT NULL;

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


-- Room lease: what exists at targets. The row is the queue (ADR 2).

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
    receipt       text,
    revocation_id uuid REFERENCES revocation,
    -- Before this it was not usable: a list of a target that began earlier may lack it.
    activated_at  timestamptz,
    -- Its lane: workers claim per target, so that the rows of one that is down are not in the way of another's. Empty: the backend has
    -- one.
    target        text NOT NULL DEFAULT '',
    -- From when the limits of a renewed lease count, should they become shorter while it is live. Null: never renewed, so from created_at.
    renewed_at    timestamptz,
    -- What was granted on the tool, as the holder and introspection see it (RFC 9396), where it is less than all of the actions' data
    -- and locations; null: it is not.
    details       jsonb,
    -- The key that the credential's task is bound to (RFC 7800); null: to none.
    cnf           jsonb
);
CREATE INDEX lease_task ON lease (task_id);
-- The queue: workers claim by it, and it holds live rows only.
CREATE INDEX lease_due_lane ON lease (backend, target, due_at) WHERE state <> 'revoked';
CREATE INDEX lease_live_agent ON lease (agent) WHERE state <> 'revoked';
CREATE INDEX lease_live_tool ON lease (tool) WHERE state <> 'revoked';
CREATE INDEX lease_revocation ON lease (revocation_id, id) WHERE revocation_id IS NOT NULL;
-- Few at any time, and looked at often.
CREATE INDEX lease_irrevocable ON lease (id) WHERE irrevocable AND state <> 'revoked';

-- Leases that ended as "disabled": their logins cannot be used, and something that the broker may not remove keeps them from being
-- dropped. Resolved when they were seen to be gone.
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

-- What reconciliation found, and workers (of no run); each is audited as well. Kinds are the code's to name.
CREATE TABLE finding (
    id           uuid PRIMARY KEY,
    run_id       uuid,
    at           timestamptz NOT NULL DEFAULT now(),
    kind         text NOT NULL,
    backend      text NOT NULL,
    target       text NOT NULL,
    lease_id     uuid,
    reference    text,
    action       text NOT NULL CHECK (action IN ('destroying', 'destroyed', 'lingers', 'failed', 'closing', 'none')),
    detail       text NOT NULL
);
CREATE INDEX finding_run ON finding (run_id, id);
CREATE INDEX finding_at ON finding (at);
CREATE INDEX finding_lease ON finding (lease_id) WHERE kind = 'disabled';

-- Which deployment this database is of, and which nonces it wrote at its targets. A nonce at a target that is not here was written
-- by another database: this one is a copy, or was restored (ADR 9).
CREATE TABLE deployment (
    id      uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    since   timestamptz NOT NULL DEFAULT now(),
    left_at timestamptz
);
CREATE UNIQUE INDEX deployment_current ON deployment ((true)) WHERE left_at IS NULL;
INSERT INTO deployment DEFAULT VALUES;

CREATE TABLE deployment_nonce (
    target     text NOT NULL,
    nonce      uuid NOT NULL,
    written_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (nonce, target)
);

-- While there is a row, nothing is destroyed and nothing is made at a target.
CREATE TABLE deployment_doubt (
    target   text PRIMARY KEY,
    nonce    uuid NOT NULL,
    found_at timestamptz NOT NULL DEFAULT now()
);


-- Room grant: one row an Idempotency-Key: a hash of the request and what it made, never the answer.

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


-- Room reassessment: something changed that decisions depended on; the live leases that it concerns are decided again, then the row
-- goes. Null agent or tool: any. after: the last lease looked at. undecided: of some nobody could say anything; they are tried again.

CREATE TABLE reassessment (
    id           uuid PRIMARY KEY,
    agent        text,
    tool         text,
    cause        text NOT NULL,
    who          text NOT NULL,
    requested_at timestamptz NOT NULL DEFAULT now(),
    round        int NOT NULL DEFAULT 1,
    after        uuid,
    undecided    boolean NOT NULL DEFAULT false,
    due_at       timestamptz NOT NULL DEFAULT now(),
    -- When its round began: leases that came later were decided by what is in force now, and need not be looked at.
    begun_at     timestamptz
);
CREATE INDEX reassessment_due ON reassessment (due_at);


-- Room signal: notifications that are not delivered yet, a row for each receiver, written in the transaction of what they tell.

CREATE TABLE outbox (
    id           uuid PRIMARY KEY,
    receiver     text NOT NULL,
    type         text NOT NULL,
    payload      text NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    -- The next try; while one is under way, when another replica may take it over.
    due_at       timestamptz NOT NULL DEFAULT now(),
    attempts     int NOT NULL DEFAULT 0,
    last_error   text
);
CREATE INDEX outbox_due ON outbox (receiver, due_at);


-- Room console: who is signed in to the pages. The browser holds a random value and this its SHA-256, so that nobody who reads the
-- table can take part in a session (P8: any replica can answer).

CREATE TABLE console_session (
    id bytea PRIMARY KEY CHECK (length(id) = 32),
    who text NOT NULL,
    identities text[] NOT NULL,
    aliases text[] NOT NULL,
    groups text[] NOT NULL,
    roles text[] NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    ends_at timestamptz NOT NULL
);
-- What the purge looks for.
CREATE INDEX console_session_over ON console_session (ends_at);


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
