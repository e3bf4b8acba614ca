-- Room risk: what raises the risk of an agent or of a tree of tasks for a time.
CREATE TABLE risk_signal (
    id         uuid PRIMARY KEY,
    agent      text,
    root       uuid,
    points     int NOT NULL CHECK (points BETWEEN 1 AND 100),
    reason     text NOT NULL,
    who        text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    until      timestamptz NOT NULL,
    ended_at   timestamptz,
    ended_by   text,
    CHECK ((agent IS NULL) <> (root IS NULL))
);
CREATE INDEX risk_signal_standing ON risk_signal (until) WHERE ended_at IS NULL;
CREATE CONSTRAINT TRIGGER risk_signal_epoch AFTER INSERT OR UPDATE OR DELETE ON risk_signal
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION epoch_goes_on();
