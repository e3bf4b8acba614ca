-- How far each stream of the audit log has come (room stream). One replica at a time sends: whoever holds the claim.
CREATE TABLE audit_stream (
    name          text PRIMARY KEY,
    -- The log, and the place of the entry in it that is sent next.
    log           int NOT NULL,
    place         bigint NOT NULL,
    -- Until then it is the holder's alone; it is over before if the holder is done.
    holder        uuid,
    claimed_until timestamptz NOT NULL DEFAULT '-infinity',
    -- After a failure nobody tries before that time.
    due_at        timestamptz NOT NULL DEFAULT '-infinity',
    failures      int NOT NULL DEFAULT 0,
    last_error    text,
    -- Entries that were taken away (errand.audit.keep-months) before they were sent.
    missed        bigint NOT NULL DEFAULT 0,
    sent_at       timestamptz
);
