-- Room agent: how an agent's life goes.

-- For a moment nobody writes agents; it waits for no reader, and tries again rather than let others wait behind it.
DO $$
BEGIN
    SET LOCAL lock_timeout = '1s';
    FOR try IN 1 .. 60 LOOP
        BEGIN
            ALTER TABLE agent DROP CONSTRAINT agent_state_check,
                ADD CONSTRAINT agent_state_check CHECK (state IN ('draft', 'active', 'suspended', 'retired')) NOT VALID;
            RETURN;
        EXCEPTION WHEN lock_not_available THEN
            PERFORM pg_sleep(0.5);
        END;
    END LOOP;
    RAISE EXCEPTION 'A transaction has held agent for a minute: end it (pg_stat_activity), and start again.';
END $$;
ALTER TABLE agent VALIDATE CONSTRAINT agent_state_check;

-- What was done with an agent, by whom and why. It stays when the agent is deleted.
CREATE TABLE agent_history (
    id       uuid PRIMARY KEY,
    agent_id uuid NOT NULL,
    agent    text NOT NULL,
    change   text NOT NULL,
    before   text,
    after    text,
    who      text NOT NULL,
    -- Null: it came by a PUT of the whole resource, which gives none.
    reason   text,
    at       timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX agent_history_agent ON agent_history (agent, id);
