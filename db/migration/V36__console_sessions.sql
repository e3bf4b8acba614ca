-- Who is signed in to the pages. The browser holds a random value and this its SHA-256, so that nobody who reads the table can
-- take part in a session (P8: any replica can answer).
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
