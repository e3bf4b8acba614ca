-- What the login of the service cannot do itself, since it owns no table of the log's: taking away months that are over, and personal
-- text. Both functions take no argument: what they do follows from these two tables.

-- How many months are kept beside the one that it is; no row: all.
CREATE TABLE audit_retention (
    is_set boolean PRIMARY KEY DEFAULT true CHECK (is_set),
    months int NOT NULL CHECK (months BETWEEN 3 AND 1200)
);

-- Events whose personal text is to go, from when that was ordered until it is done.
CREATE TABLE audit_erasure (
    event_id uuid PRIMARY KEY
);

-- Drops the months before those that are kept, if every event of them has its place in the log, and answers with their names. What a
-- clock far behind has written stays in the default partition.
CREATE FUNCTION audit_drop_months() RETURNS SETOF text LANGUAGE plpgsql SECURITY DEFINER SET lock_timeout = '2s' AS $$
DECLARE
    keep int := (SELECT months FROM audit_retention);
    month text;
BEGIN
    IF keep IS NULL THEN
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('errand.audit.months'));
    FOR month IN
        SELECT relid::regclass::text FROM pg_partition_tree('audit_event')
         WHERE level = 1 AND relid::regclass::text ~ '(^|\.)audit_event_\d{4}_\d{2}$'
           AND right(relid::regclass::text, 7)
               < to_char((now() AT TIME ZONE 'UTC') - make_interval(months => keep), 'YYYY_MM')
         ORDER BY right(relid::regclass::text, 7)
    LOOP
        IF EXISTS (SELECT FROM audit_queue AS queued
                    WHERE queued.event_id < audit_month_begins(to_date(right(month, 7), 'YYYY_MM') + interval '32 days')) THEN
            RETURN;
        END IF;
        EXECUTE format('DROP TABLE %s', month);
        RETURN NEXT right(month, 7);
    END LOOP;
END $$;

-- Puts in the place of each personal text the digest that stands for it in the log, and forgets the salt. Answers with how many events.
CREATE FUNCTION audit_erase() RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    leaf record;
    told record;
    path text[];
    value text;
    redacted jsonb;
    erased int := 0;
BEGIN
    FOR leaf IN
        DELETE FROM audit_erasure USING audit_leaf
         WHERE audit_leaf.event_id = audit_erasure.event_id AND audit_leaf.salts IS NOT NULL
        RETURNING audit_leaf.event_id, audit_leaf.salts
    LOOP
        SELECT details INTO redacted FROM audit_event WHERE id = leaf.event_id;
        FOR told IN SELECT * FROM jsonb_each_text(leaf.salts) AS salt(pointer, salt) LOOP
            -- RFC 6901, below /details.
            path := ARRAY(SELECT replace(replace(step, '~1', '/'), '~0', '~')
                            FROM unnest(string_to_array(substr(told.pointer, length('/details/') + 1), '/'))
                                 WITH ORDINALITY AS steps(step, n) ORDER BY n);
            value := redacted #>> path;
            CONTINUE WHEN value IS NULL;
            redacted := jsonb_set(redacted, path, jsonb_build_object('salted_sha256',
                encode(sha256(decode(told.salt, 'hex') || convert_to(value, 'UTF8')), 'hex')), false);
        END LOOP;
        UPDATE audit_event SET details = redacted WHERE id = leaf.event_id;
        UPDATE audit_leaf SET salts = NULL WHERE event_id = leaf.event_id;
        erased := erased + 1;
    END LOOP;
    RETURN erased;
END $$;

DO $$
BEGIN
    EXECUTE format('ALTER FUNCTION audit_drop_months() SET search_path = %I, pg_temp', current_schema());
    EXECUTE format('ALTER FUNCTION audit_erase() SET search_path = %I, pg_temp', current_schema());
END $$;
REVOKE EXECUTE ON FUNCTION audit_drop_months(), audit_erase() FROM PUBLIC;
