-- Room discovery: who asked and is nobody's agent, and logins at targets that the broker did not make.

CREATE TABLE discovered (
    id           uuid PRIMARY KEY,
    kind         text NOT NULL CHECK (kind IN ('identity', 'login')),
    -- The issuer's name, or the target's.
    place        text NOT NULL,
    -- The subject, or the login. Empty: those for which there was no room, counted together.
    name         text NOT NULL,
    detail       text,
    first_at     timestamptz NOT NULL DEFAULT now(),
    last_at      timestamptz NOT NULL DEFAULT now(),
    -- Refused requests, or looks at the target.
    times        bigint NOT NULL,
    -- Of a login: when it was last seen to have a session.
    used_at      timestamptz,
    state        text NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'registered', 'ignored')),
    said_by      text,
    said_at      timestamptz,
    comment      text,
    UNIQUE (kind, place, name)
);
-- What makes room for something newer, and what is gone from a target.
CREATE INDEX discovered_last ON discovered (kind, place, last_at);
