-- Room agent: whether somebody answers for an agent, and looks at it again in time.

-- Who is gone, in lower case, since owners are compared without it. As long as one is here, their agents are ownerless.
CREATE TABLE departed_owner (
    owner  text PRIMARY KEY,
    -- As it was said.
    said   text NOT NULL,
    who    text NOT NULL,
    reason text NOT NULL,
    at     timestamptz NOT NULL DEFAULT now()
);
CREATE CONSTRAINT TRIGGER departed_owner_epoch AFTER INSERT OR UPDATE OR DELETE ON departed_owner
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION epoch_goes_on();

-- Who said that an agent may go on, what they were shown, and its digest.
CREATE TABLE agent_review (
    id       uuid PRIMARY KEY,
    agent_id uuid NOT NULL,
    agent    text NOT NULL,
    who      text NOT NULL,
    digest   text NOT NULL,
    shown    text NOT NULL,
    was      date,
    until    date NOT NULL,
    comment  text,
    at       timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX agent_review_agent ON agent_review (agent_id, id);

-- What was told of a review day already, so that it is told once.
CREATE TABLE agent_review_notice (
    agent_id  uuid NOT NULL REFERENCES agent ON DELETE CASCADE,
    review_by date NOT NULL,
    kind      text NOT NULL CHECK (kind IN ('due', 'overdue')),
    at        timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (agent_id, review_by, kind)
);
CREATE INDEX agent_review_by ON agent (review_by) WHERE review_by IS NOT NULL;
