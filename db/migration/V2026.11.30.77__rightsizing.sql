-- Proposals go both ways: what an agent asked for, and what of its ceiling it did not need.

-- For a moment nobody makes proposals.
DO $$
BEGIN
    SET LOCAL lock_timeout = '1s';
    FOR try IN 1 .. 60 LOOP
        BEGIN
            ALTER TABLE proposal
                ADD COLUMN kind text NOT NULL DEFAULT 'widen' CHECK (kind IN ('widen', 'narrow')),
                -- The administrator who proposed it; null: the agent asked.
                ADD COLUMN proposed_by text;
            RETURN;
        EXCEPTION WHEN lock_not_available THEN
            PERFORM pg_sleep(0.5);
        END;
    END LOOP;
    RAISE EXCEPTION 'A transaction has held proposal for a minute: end it (pg_stat_activity), and start again.';
END $$;
