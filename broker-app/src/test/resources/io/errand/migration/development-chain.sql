-- What the 32 migrations of before the baseline made, in their order.
CREATE TABLE signing_key (
    kid          text PRIMARY KEY,
    alg          text NOT NULL,
    state        text NOT NULL CHECK (state IN ('active', 'retiring')),
    public_jwk   jsonb NOT NULL,
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
CREATE TABLE replay (
    issuer       text NOT NULL,
    token        text NOT NULL,
    expires_at   timestamptz NOT NULL,
    PRIMARY KEY (issuer, token)
);
CREATE INDEX replay_expired ON replay (expires_at);
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
    binding       jsonb NOT NULL,
    reference     text,
    state         text NOT NULL CHECK (state IN ('pending', 'active', 'revoking', 'revoked')),
    version       int NOT NULL DEFAULT 0,
    created_at    timestamptz NOT NULL DEFAULT now(),
    expires_at    timestamptz NOT NULL,
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
CREATE INDEX lease_due ON lease (due_at) WHERE state <> 'revoked';
CREATE INDEX lease_task ON lease (task_id);
CREATE INDEX lease_live_agent ON lease (agent) WHERE state <> 'revoked';
CREATE INDEX lease_live_tool ON lease (tool) WHERE state <> 'revoked';
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
CREATE TABLE tool_location (
    location     text PRIMARY KEY,
    tool_id      uuid NOT NULL REFERENCES tool ON DELETE CASCADE
);
CREATE INDEX tool_location_tool ON tool_location (tool_id);
CREATE INDEX lease_due_backend ON lease (backend, due_at) WHERE state <> 'revoked';
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
CREATE TABLE revocation (
    id           uuid PRIMARY KEY,
    scope_kind   text NOT NULL,
    scope_value  text NOT NULL,
    reason       text NOT NULL,
    who          text NOT NULL,
    lock_id      uuid REFERENCES lock,
    created_at   timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE lease ADD COLUMN revocation_id uuid REFERENCES revocation;
CREATE INDEX lease_revocation ON lease (revocation_id, id) WHERE revocation_id IS NOT NULL;
ALTER TABLE task ADD COLUMN owner text NOT NULL DEFAULT '', ADD COLUMN issuer text NOT NULL DEFAULT '';
CREATE INDEX task_root ON task (root_id) WHERE state = 'active';
CREATE TABLE revocation_lease (
    revocation_id uuid NOT NULL REFERENCES revocation,
    lease_id      uuid NOT NULL,
    PRIMARY KEY (revocation_id, lease_id)
);
CREATE INDEX task_owner ON task (owner) WHERE state = 'active';
CREATE INDEX task_issuer ON task (issuer) WHERE state = 'active';
CREATE INDEX task_subject ON task (subject) WHERE state = 'active';
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
ALTER TABLE lease ADD COLUMN activated_at timestamptz;
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
ALTER TABLE lease ADD COLUMN target text NOT NULL DEFAULT '';
UPDATE lease SET target = coalesce(binding -> 'config' ->> 'target', '') WHERE state <> 'revoked';
CREATE INDEX lease_due_lane ON lease (backend, target, due_at) WHERE state <> 'revoked';
DROP INDEX lease_due_backend;
DROP INDEX lease_due;
CREATE INDEX lease_irrevocable ON lease (id) WHERE irrevocable AND state <> 'revoked';
ALTER TABLE signing_key DROP CONSTRAINT signing_key_state_check;
ALTER TABLE signing_key ADD CONSTRAINT signing_key_state_check CHECK (state IN ('next', 'active', 'retiring'));
ALTER TABLE signing_key ALTER COLUMN sealed DROP NOT NULL;
ALTER TABLE signing_key ADD CONSTRAINT signing_key_sealed_check CHECK ((sealed IS NULL) = (state = 'retiring'));
ALTER TABLE signing_key ADD COLUMN active_at timestamptz;
ALTER TABLE signing_key ADD COLUMN retiring_at timestamptz;
UPDATE signing_key SET active_at = created_at WHERE state = 'active';
CREATE UNIQUE INDEX signing_key_next ON signing_key (alg) WHERE state = 'next';
CREATE TABLE dpop_nonce (
    minute bigint PRIMARY KEY,
    nonce  text NOT NULL
);
CREATE TABLE agent_identity_prefix (
    issuer   text NOT NULL,
    prefix   text NOT NULL,
    agent_id uuid NOT NULL REFERENCES agent ON DELETE CASCADE,
    PRIMARY KEY (issuer, prefix)
);
CREATE INDEX agent_identity_prefix_agent ON agent_identity_prefix (agent_id);
ALTER TABLE task ADD COLUMN ancestors uuid[] NOT NULL DEFAULT '{}', ADD COLUMN actors text[] NOT NULL DEFAULT '{}';
CREATE TABLE delegation (
    id           uuid PRIMARY KEY,
    task_id      uuid NOT NULL REFERENCES task,
    agent_id     uuid NOT NULL,
    agent        text NOT NULL,
    purpose      text NOT NULL,
    ceiling      jsonb NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL,
    child_id     uuid
);
CREATE INDEX delegation_task ON delegation (task_id);
CREATE UNIQUE INDEX delegation_child ON delegation (child_id) WHERE child_id IS NOT NULL;
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
    due_at       timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX reassessment_due ON reassessment (due_at);
ALTER TABLE policy_version ADD COLUMN pdp text;
CREATE TABLE approval (
    id           uuid PRIMARY KEY,
    agent_id     uuid NOT NULL,
    agent        text NOT NULL,
    owner        text NOT NULL,
    issuer       text NOT NULL,
    subject      text NOT NULL,
    cnf          text,
    person       text,
    request      text NOT NULL,
    digest       text NOT NULL,
    needs        jsonb NOT NULL,
    asked        jsonb NOT NULL,
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
    groups       text[] NOT NULL,
    comment      text,
    at           timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (approval_id, who)
);
CREATE TABLE break_glass (
    id           uuid PRIMARY KEY,
    agent        text NOT NULL,
    task_id      uuid,
    tools        text[] NOT NULL,
    reason       text NOT NULL,
    ticket       text NOT NULL,
    who          text NOT NULL,
    identities   text[] NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz NOT NULL,
    ended_at     timestamptz,
    ended_by     text,
    review_by    timestamptz NOT NULL,
    overdue_at   timestamptz,
    reviewed_at  timestamptz,
    reviewed_by  text,
    finding      text CHECK (finding IN ('justified', 'unjustified')),
    comment      text
);
CREATE INDEX break_glass_open ON break_glass (agent) WHERE reviewed_at IS NULL;
CREATE TABLE break_glass_use (
    break_glass_id uuid NOT NULL REFERENCES break_glass,
    lease_id       uuid NOT NULL,
    at             timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (break_glass_id, lease_id)
);
CREATE TABLE outbox (
    id           uuid PRIMARY KEY,
    receiver     text NOT NULL,
    type         text NOT NULL,
    payload      text NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    due_at       timestamptz NOT NULL DEFAULT now(),
    attempts     int NOT NULL DEFAULT 0,
    last_error   text
);
CREATE INDEX outbox_due ON outbox (receiver, due_at);
CREATE TABLE session_entry (
    session      uuid NOT NULL,
    slot         timestamptz NOT NULL,
    what         text NOT NULL CHECK (what IN ('label', 'tool', 'count')),
    name         text NOT NULL,
    n            bigint NOT NULL,
    PRIMARY KEY (session, slot, what, name)
) WITH (fillfactor = 80);
CREATE INDEX session_entry_slot ON session_entry (slot);
CREATE TABLE decision (
    id               uuid PRIMARY KEY,
    at               timestamptz NOT NULL DEFAULT now(),
    task_id          uuid,
    agent            text,
    asked_by         text NOT NULL,
    tool             text,
    action           text,
    kind             text,
    effect           text NOT NULL CHECK (effect IN ('permit', 'deny', 'defer')),
    reason           text,
    policies         jsonb NOT NULL,
    arguments_sha256 text,
    arguments        jsonb,
    outcome          text CHECK (outcome IN ('succeeded', 'failed', 'unknown')),
    detail           text,
    closed_at        timestamptz,
    CHECK (outcome IS NULL OR effect = 'permit')
);
CREATE INDEX decision_task ON decision (task_id, id);
CREATE INDEX decision_open ON decision (task_id) WHERE effect = 'permit' AND outcome IS NULL;
CREATE TABLE open_policy (
    name         text PRIMARY KEY,
    version      bigint NOT NULL,
    schema       text NOT NULL,
    cedar        text NOT NULL,
    author       text NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE task ADD COLUMN sender_constrained boolean NOT NULL DEFAULT false;
ALTER TABLE approval ADD COLUMN use_task uuid;
ALTER TABLE approval ADD COLUMN asked_by text;
ALTER TABLE approval ALTER COLUMN code_sha256 DROP NOT NULL;
ALTER TABLE approval ADD CONSTRAINT approval_collected CHECK ((use_task IS NULL) = (code_sha256 IS NOT NULL)) NOT VALID;
CREATE UNIQUE INDEX approval_use_open ON approval (use_task, digest)
    WHERE use_task IS NOT NULL AND state IN ('pending', 'approved');
CREATE INDEX approval_use ON approval (use_task, digest, id) WHERE use_task IS NOT NULL;
CREATE TABLE epoch (
    one     boolean PRIMARY KEY DEFAULT true CHECK (one),
    number  bigint NOT NULL
);
INSERT INTO epoch (number) VALUES (1);
CREATE FUNCTION epoch_goes_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE epoch SET number = number + 1;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER issuer_epoch AFTER INSERT OR UPDATE OR DELETE ON issuer
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION epoch_goes_on();
CREATE CONSTRAINT TRIGGER agent_epoch AFTER INSERT OR UPDATE OR DELETE ON agent
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION epoch_goes_on();
CREATE CONSTRAINT TRIGGER agent_identity_epoch AFTER INSERT OR UPDATE OR DELETE ON agent_identity
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION epoch_goes_on();
CREATE CONSTRAINT TRIGGER agent_identity_prefix_epoch AFTER INSERT OR UPDATE OR DELETE ON agent_identity_prefix
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION epoch_goes_on();
CREATE CONSTRAINT TRIGGER tool_epoch AFTER INSERT OR UPDATE OR DELETE ON tool
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION epoch_goes_on();
CREATE CONSTRAINT TRIGGER tool_location_epoch AFTER INSERT OR UPDATE OR DELETE ON tool_location
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION epoch_goes_on();
CREATE CONSTRAINT TRIGGER policy_version_epoch AFTER INSERT OR UPDATE OR DELETE ON policy_version
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION epoch_goes_on();
CREATE FUNCTION name_key(kind text, name text) RETURNS bigint LANGUAGE sql IMMUTABLE
    RETURN hashtextextended(kind || '/' || name, 0);
CREATE FUNCTION name_taken_alone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(name_key(TG_TABLE_NAME, OLD.name));
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER agent_alone BEFORE UPDATE OR DELETE ON agent FOR EACH ROW EXECUTE FUNCTION name_taken_alone();
CREATE TRIGGER tool_alone BEFORE UPDATE OR DELETE ON tool FOR EACH ROW EXECUTE FUNCTION name_taken_alone();
ALTER TABLE lease ADD COLUMN renewed_at timestamptz;
CREATE INDEX task_came_through ON task USING gin (actors) WHERE state = 'active' AND actors <> '{}';
CREATE INDEX tool_identities ON tool USING gin ((spec -> 'identities') jsonb_path_ops);
ALTER TABLE reassessment ADD COLUMN begun_at timestamptz;
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
CREATE INDEX console_session_over ON console_session (ends_at);
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
ALTER TABLE finding ALTER COLUMN run_id DROP NOT NULL;
ALTER TABLE finding DROP CONSTRAINT IF EXISTS finding_kind_check;
CREATE INDEX finding_lease ON finding (lease_id) WHERE kind = 'disabled';
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
CREATE TABLE deployment_doubt (
    target   text PRIMARY KEY,
    nonce    uuid NOT NULL,
    found_at timestamptz NOT NULL DEFAULT now()
);
ALTER TABLE finding DROP CONSTRAINT IF EXISTS finding_kind_check;
ALTER TABLE approval ADD COLUMN grant_id uuid;
ALTER TABLE approval ADD COLUMN grant_key text;
CREATE UNIQUE INDEX approval_grant ON approval (grant_id) WHERE grant_id IS NOT NULL;
UPDATE task
   SET declaration = declaration - 'prompt'
                     || jsonb_build_object('prompt_sha256', coalesce(declaration ->> 'prompt_sha256',
                            encode(sha256(convert_to(declaration ->> 'prompt', 'UTF8')), 'hex')))
 WHERE declaration ? 'prompt';
CREATE INDEX task_live_of_agent ON task (agent_id) WHERE state = 'active';
CREATE TABLE refusal_count (
    kind      text NOT NULL,
    reason    text NOT NULL,
    minute    timestamptz NOT NULL,
    counted   bigint NOT NULL,
    last_at   timestamptz NOT NULL,
    PRIMARY KEY (kind, reason, minute)
);
ALTER TABLE lease ADD COLUMN details jsonb;
ALTER TABLE lease ADD COLUMN cnf jsonb;
ALTER TABLE task ADD COLUMN identities text[] NOT NULL DEFAULT '{}';
DROP INDEX task_issuer;
CREATE INDEX task_person ON task (subject) WHERE subject LIKE 'person:%';
ALTER TABLE revocation ADD COLUMN unknown boolean NOT NULL DEFAULT false;
