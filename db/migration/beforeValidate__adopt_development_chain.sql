-- A database of before the first release was made by 32 migrations, which V1__baseline.sql replaces. One that had all of them is made
-- what the baseline makes, here and in one transaction, and goes on from it (ADR 12). Any other database is left as it is.
-- Goes with the first release.
DO $$
DECLARE
  chain text[] := '{1,3,5,7,8,10,11,12,14,15,16,18,19,20,21,22,23,24,26,28,30,31,32,34,35,36,40,42,45,46,47,48}';
  lacking text;
  month text := 'audit_event_' || to_char(now() AT TIME ZONE 'UTC', 'YYYY_MM');
  next_month uuid := (lpad(to_hex((extract(epoch FROM (date_trunc('month', now() AT TIME ZONE 'UTC') + interval '1 month')
                      AT TIME ZONE 'UTC') * 1000)::bigint), 12, '0') || '00000000000000000000')::uuid;
  part record;
BEGIN
  IF to_regclass('flyway_schema_history') IS NULL THEN
    RETURN;
  END IF;
  IF NOT EXISTS (SELECT FROM flyway_schema_history WHERE script = 'V1__registries_tasks_leases_audit.sql') THEN
    RETURN;
  END IF;
  -- Of replicas that start together one does it, and the others find it done.
  LOCK TABLE flyway_schema_history IN SHARE ROW EXCLUSIVE MODE;
  IF NOT EXISTS (SELECT FROM flyway_schema_history WHERE script = 'V1__registries_tasks_leases_audit.sql') THEN
    RETURN;
  END IF;
  SELECT string_agg('V' || chain.version, ', ' ORDER BY chain.version::int) INTO lacking
    FROM unnest(chain) AS chain(version)
   WHERE NOT EXISTS (SELECT FROM flyway_schema_history AS had WHERE had.version = chain.version AND had.success);
  IF lacking IS NOT NULL THEN
    RAISE EXCEPTION 'This database was made by a development version of Errand and lacks its migrations %, which are not part of this version any more. Nothing was changed.', lacking
      USING HINT = 'Start the last version that has them once on this database (commit 451d678), then this one; or begin with an empty database.';
  END IF;

  -- What stands in the log until the end of this month is its first partition.
  EXECUTE format('ALTER TABLE audit_event RENAME TO %I', month);
  FOR part IN SELECT c.relname FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid WHERE i.indrelid = to_regclass(month) LOOP
    EXECUTE format('ALTER INDEX %I RENAME TO %I', part.relname, replace(part.relname, 'audit_event', month));
  END LOOP;
  EXECUTE format('ALTER TABLE %I ADD COLUMN leaf_hash bytea, ADD COLUMN salts jsonb,'
                 ' ADD CONSTRAINT audit_event_leaf_hash_check CHECK (octet_length(leaf_hash) = 32),'
                 ' ADD CONSTRAINT audit_event_salts_check CHECK (jsonb_typeof(salts) = ''object'')', month);
  EXECUTE format('CREATE TABLE audit_event (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS) PARTITION BY RANGE (id)', month);
  ALTER TABLE audit_event ADD PRIMARY KEY (id);
  CREATE INDEX audit_event_task ON audit_event (task_id, id) WHERE task_id IS NOT NULL;
  CREATE INDEX audit_event_lease ON audit_event (lease_id, id) WHERE lease_id IS NOT NULL;
  CREATE INDEX audit_event_decision ON audit_event (decision_id) WHERE decision_id IS NOT NULL;
  CREATE INDEX audit_event_agent ON audit_event (agent, id) WHERE agent IS NOT NULL;
  CREATE TABLE audit_event_default PARTITION OF audit_event DEFAULT;
  EXECUTE format('WITH ahead AS (DELETE FROM %I WHERE id >= %L RETURNING *) INSERT INTO audit_event SELECT * FROM ahead', month, next_month);
  EXECUTE format('ALTER TABLE audit_event ATTACH PARTITION %I FOR VALUES FROM (MINVALUE) TO (%L)', month, next_month);

  ALTER TABLE approval VALIDATE CONSTRAINT approval_collected;

  DELETE FROM flyway_schema_history WHERE version = ANY (chain);
  INSERT INTO flyway_schema_history (installed_rank, version, description, type, script, installed_by, execution_time, success)
  VALUES (1, '1', '<< Flyway Baseline >>', 'BASELINE', '<< Flyway Baseline >>', current_user, 0, true);
END
$$;
