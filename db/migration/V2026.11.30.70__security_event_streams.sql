-- Streams of security events (room signal): whom each is for, how it is delivered, and how far it has come in the audit log.
CREATE TABLE security_event_stream (
    id            uuid PRIMARY KEY,
    -- Who made it, as the audit log has callers.
    receiver      text NOT NULL,
    description   text,
    -- Where tokens are pushed to; null: the receiver polls.
    endpoint      text,
    -- Types that the receiver asked for and that there are.
    events        text[] NOT NULL,
    -- As it was asked for, types that there are not included.
    requested     text[] NOT NULL,
    status        text NOT NULL DEFAULT 'enabled' CHECK (status IN ('enabled', 'paused', 'disabled')),
    status_reason text,
    created_at    timestamptz NOT NULL DEFAULT now(),
    -- The log, and the place of the entry in it that is looked at next.
    log           int NOT NULL,
    place         bigint NOT NULL,
    -- Entries that were taken away (errand.audit.keep-months) before they were looked at.
    missed        bigint NOT NULL DEFAULT 0,
    -- Who pushes, until then; it is over before if the holder is done.
    holder        uuid,
    claimed_until timestamptz NOT NULL DEFAULT '-infinity',
    -- After a failure nobody pushes before that time.
    due_at        timestamptz NOT NULL DEFAULT '-infinity',
    failures      int NOT NULL DEFAULT 0,
    last_error    text,
    verified_at   timestamptz
);
CREATE INDEX security_event_stream_receiver ON security_event_stream (receiver);

-- What a stream's receiver has not taken yet, in the order in which it is told.
CREATE TABLE security_event (
    stream     uuid NOT NULL REFERENCES security_event_stream ON DELETE CASCADE,
    number     bigint GENERATED ALWAYS AS IDENTITY,
    jti        uuid NOT NULL,
    -- Claims of the token apart from those that each has: it is signed when it is sent.
    claims     jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (stream, number)
);
CREATE UNIQUE INDEX security_event_jti ON security_event (stream, jti);
