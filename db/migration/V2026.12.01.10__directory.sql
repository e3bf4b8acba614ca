-- Room directory: the users and groups that a directory has pushed by SCIM 2.0, who may push them, and which of its changes wait for
-- an administrator.

-- Bearers. What is here verifies one, and makes none.
CREATE TABLE directory_token (
    id         uuid PRIMARY KEY,
    -- SHA-256 of the bearer as it was shown.
    hash       bytea NOT NULL,
    note       text NOT NULL,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    revoked_by text,
    revoked_at timestamptz
);

CREATE TABLE directory_entry (
    id           uuid PRIMARY KEY,
    kind         text NOT NULL CHECK (kind IN ('user', 'group')),
    external_id  text,
    -- A user's userName, a group's displayName.
    name         text NOT NULL,
    -- In lower case, as the service compares owners.
    name_key     text NOT NULL,
    -- A user's.
    display_name text,
    email        text,
    active       boolean NOT NULL,
    -- What agents may call it as their owner, in lower case.
    owner_names  text[] NOT NULL,
    version      bigint NOT NULL DEFAULT 1,
    created_at   timestamptz NOT NULL DEFAULT now(),
    modified_at  timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX directory_entry_user_name ON directory_entry (name_key) WHERE kind = 'user';
CREATE INDEX directory_entry_kind ON directory_entry (kind, id);
CREATE INDEX directory_entry_name ON directory_entry (name_key);
CREATE INDEX directory_entry_display_name ON directory_entry (lower(display_name));
CREATE INDEX directory_entry_external_id ON directory_entry (external_id);
CREATE INDEX directory_entry_owner_names ON directory_entry USING gin (owner_names);

CREATE TABLE directory_member (
    group_id uuid NOT NULL REFERENCES directory_entry ON DELETE CASCADE,
    user_id  uuid NOT NULL REFERENCES directory_entry ON DELETE CASCADE,
    PRIMARY KEY (group_id, user_id)
);
CREATE INDEX directory_member_user ON directory_member (user_id);

-- A change that would make too many owners gone at once, as it was asked for.
CREATE TABLE directory_change (
    id         uuid PRIMARY KEY,
    kind       text NOT NULL CHECK (kind IN ('user', 'group')),
    entry_id   uuid NOT NULL,
    name       text NOT NULL,
    -- What is to be the same when it is approved; null: the entry is not there yet.
    version    bigint,
    -- The entry afterwards; null: it is deleted.
    after      jsonb,
    -- Who would be gone, as agents name them.
    owners     text[] NOT NULL,
    state      text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'approved', 'rejected', 'superseded')),
    asked_by   text NOT NULL,
    asked_at   timestamptz NOT NULL DEFAULT now(),
    decided_by text,
    decided_at timestamptz,
    reason     text
);
CREATE UNIQUE INDEX directory_change_entry ON directory_change (entry_id) WHERE state = 'pending';
CREATE INDEX directory_change_state ON directory_change (state, id);
