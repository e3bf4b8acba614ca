-- Notifications that are not delivered yet, a row for each receiver, written in the transaction of what they tell.

CREATE TABLE outbox (
    id           uuid PRIMARY KEY,
    receiver     text NOT NULL,
    type         text NOT NULL,
    payload      text NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    -- The next try; while one is under way, when another replica may take it over.
    due_at       timestamptz NOT NULL DEFAULT now(),
    attempts     int NOT NULL DEFAULT 0,
    last_error   text
);
CREATE INDEX outbox_due ON outbox (receiver, due_at);
