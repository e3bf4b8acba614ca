-- What targets have logged themselves (room observation).

-- How far each file of a source has been read. A file is known by what the operating system calls it, and by how it begins: so it may
-- be renamed, and a new one may get an old one's number.
CREATE TABLE observation_file (
    source      text NOT NULL,
    file        text NOT NULL,
    path        text NOT NULL,
    place       bigint NOT NULL,
    head_bytes  int NOT NULL,
    head_sha256 text NOT NULL,
    -- In the middle of a record that is too long: its end is looked for, inside of quotes or outside.
    skipping    boolean NOT NULL DEFAULT false,
    quoted      boolean NOT NULL DEFAULT false,
    read_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source, file)
);

-- What a session did, counted: never the text of a statement.
CREATE TABLE observation (
    source   text NOT NULL,
    session  text NOT NULL,
    what     text NOT NULL,
    command  text NOT NULL,
    object   text NOT NULL,
    target   text NOT NULL,
    login    text NOT NULL,
    lease_id uuid,
    -- Why no lease allows it; null: one does.
    cause    text,
    database text NOT NULL,
    address  text NOT NULL,
    first_at timestamptz NOT NULL,
    last_at  timestamptz NOT NULL,
    times    bigint NOT NULL,
    -- A login without a lease is told of then, unless the target has said meanwhile that it turned it away; null: nothing is to be told.
    tell_at  timestamptz,
    PRIMARY KEY (source, session, what, command, object)
);
CREATE INDEX observation_to_tell ON observation (tell_at) WHERE tell_at IS NOT NULL;
CREATE INDEX observation_last ON observation (last_at);
CREATE INDEX observation_lease ON observation (lease_id) WHERE lease_id IS NOT NULL;
CREATE INDEX observation_unleased ON observation (last_at) WHERE cause IS NOT NULL;

-- Leases of which something was seen that is not in the audit log yet.
CREATE TABLE observation_summary (
    lease_id uuid PRIMARY KEY,
    due_at   timestamptz NOT NULL
);
CREATE INDEX observation_summary_due ON observation_summary (due_at);

-- When a login without a lease was last told of.
CREATE TABLE observation_alarm (
    source text NOT NULL,
    login  text NOT NULL,
    cause  text NOT NULL,
    at     timestamptz NOT NULL,
    PRIMARY KEY (source, login, cause)
);
