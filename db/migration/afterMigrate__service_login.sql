-- After each run of the migrations by an owner of the schema who is not the service: what the service's login may.
-- It reads and writes, and it can neither change nor take away what stands in the audit log. What it does in the log it does through
-- audit_event itself: it has no rights on the months.
DO $$
DECLARE
  login text := '${service_login}';
  month regclass;
BEGIN
  IF login = '' OR login = current_user THEN
    RETURN;
  END IF;
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), login);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO %I', current_schema(), login);
  EXECUTE format('GRANT USAGE ON ALL SEQUENCES IN SCHEMA %I TO %I', current_schema(), login);
  EXECUTE format('REVOKE UPDATE, DELETE ON audit_event FROM %I', login);
  FOR month IN SELECT relid FROM pg_partition_tree('audit_event') WHERE level > 0 LOOP
    EXECUTE format('REVOKE ALL ON %s FROM %I', month, login);
  END LOOP;
  EXECUTE format('GRANT EXECUTE ON FUNCTION audit_months_ahead(), audit_drop_months(), audit_erase() TO %I', login);
  EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON flyway_schema_history FROM %I', login);
END
$$;
