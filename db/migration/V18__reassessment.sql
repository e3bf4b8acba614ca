-- Something changed that decisions depended on: the live leases that it concerns are decided again, then the row goes.
-- Null agent or tool: any. after: the last lease looked at. undecided: of some nobody
-- could say anything; they are tried again.
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
