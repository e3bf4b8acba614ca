-- Room exception: what an agent is let off until a day, why, who answers for it and who approved it.
CREATE TABLE exception (
    id               uuid PRIMARY KEY,
    name             text NOT NULL,
    agent            text NOT NULL,
    -- Empty: at all.
    tools            text[] NOT NULL,
    reason           text NOT NULL,
    owner            text NOT NULL,
    until            timestamptz NOT NULL,
    asked_by         text NOT NULL,
    -- `<issuer>:<subject>` of whoever asked for it, so that they do not approve it by another name.
    asked_identities text[] NOT NULL,
    created_at       timestamptz NOT NULL DEFAULT now(),
    approved_by      text,
    approved_at      timestamptz,
    comment          text,
    reminded_at      timestamptz,
    ended_by         text,
    ended_at         timestamptz
);
CREATE UNIQUE INDEX exception_open ON exception (agent, name) WHERE ended_at IS NULL;
CREATE CONSTRAINT TRIGGER exception_epoch AFTER INSERT OR UPDATE OR DELETE ON exception
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION epoch_goes_on();
