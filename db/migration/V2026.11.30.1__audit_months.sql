-- The months of audit_event are made ahead, by a recurring job of the service. Its login owns no table, so it runs a function of the
-- owner's, which takes no argument: what it can be brought to do is to make the months that are missing.

-- The least id of the month that this time is in.
CREATE FUNCTION audit_month_begins(at timestamptz) RETURNS uuid LANGUAGE sql IMMUTABLE
    RETURN (lpad(to_hex((extract(epoch FROM date_trunc('month', at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC') * 1000)::bigint), 12, '0')
            || '00000000000000000000')::uuid;

CREATE FUNCTION audit_months_ahead() RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET lock_timeout = '2s' AS $$
DECLARE
    this_month timestamptz := date_trunc('month', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC';
    month timestamptz;
    partition text;
    made int := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('errand.audit.months'));
    FOR month IN
        SELECT date_trunc('month', (this_month AT TIME ZONE 'UTC') + make_interval(months => n)) AT TIME ZONE 'UTC'
          FROM generate_series(0, 3) AS n
        UNION
        -- What came while nobody made months ahead; the first 48 bits of an id are its milliseconds. What a clock far ahead has
        -- written stays in the default partition until its month is near.
        SELECT date_trunc('month', to_timestamp(('x0000' || replace(left(id::text, 13), '-', ''))::bit(64)::bigint / 1000.0)
                                   AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
          FROM audit_event_default
         WHERE id < audit_month_begins(this_month + interval '4 months')
         ORDER BY 1
    LOOP
        partition := 'audit_event_' || to_char(month AT TIME ZONE 'UTC', 'YYYY_MM');
        CONTINUE WHEN to_regclass(partition) IS NOT NULL;
        -- Made apart and attached, so that who inserts meanwhile waits for nothing: PARTITION OF would lock the whole log.
        EXECUTE format('CREATE TABLE %I (LIKE audit_event INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', partition);
        LOCK TABLE audit_event_default IN ACCESS EXCLUSIVE MODE;
        EXECUTE format('WITH moved AS (DELETE FROM audit_event_default WHERE id >= %L AND id < %L RETURNING *)
                        INSERT INTO %I SELECT * FROM moved',
                       audit_month_begins(month), audit_month_begins(month + interval '32 days'), partition);
        EXECUTE format('ALTER TABLE audit_event ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                       partition, audit_month_begins(month), audit_month_begins(month + interval '32 days'));
        made := made + 1;
    END LOOP;
    RETURN made;
END $$;

-- A function that runs as its owner finds names where its owner put them and nowhere else.
DO $$
BEGIN
    EXECUTE format('ALTER FUNCTION audit_months_ahead() SET search_path = %I, pg_temp', current_schema());
    PERFORM audit_months_ahead();
END $$;
REVOKE EXECUTE ON FUNCTION audit_months_ahead() FROM PUBLIC;
