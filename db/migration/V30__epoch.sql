-- The number of all changes of what is registered: a replica that kept what it read when the number was this one need not ask again.
CREATE TABLE epoch (
    one     boolean PRIMARY KEY DEFAULT true CHECK (one),
    number  bigint NOT NULL
);
INSERT INTO epoch (number) VALUES (1);

-- Deferred: the row is locked while a change commits, and not while it is made.
CREATE FUNCTION epoch_goes_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE epoch SET number = number + 1;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER issuer_epoch AFTER INSERT OR UPDATE OR DELETE ON issuer
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION epoch_goes_on();
CREATE CONSTRAINT TRIGGER agent_epoch AFTER INSERT OR UPDATE OR DELETE ON agent
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION epoch_goes_on();
CREATE CONSTRAINT TRIGGER agent_identity_epoch AFTER INSERT OR UPDATE OR DELETE ON agent_identity
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION epoch_goes_on();
CREATE CONSTRAINT TRIGGER agent_identity_prefix_epoch AFTER INSERT OR UPDATE OR DELETE ON agent_identity_prefix
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION epoch_goes_on();
CREATE CONSTRAINT TRIGGER tool_epoch AFTER INSERT OR UPDATE OR DELETE ON tool
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION epoch_goes_on();
CREATE CONSTRAINT TRIGGER tool_location_epoch AFTER INSERT OR UPDATE OR DELETE ON tool_location
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION epoch_goes_on();
CREATE CONSTRAINT TRIGGER policy_version_epoch AFTER INSERT OR UPDATE OR DELETE ON policy_version
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION epoch_goes_on();

-- A grant holds the names of its agent and tools shared, and whoever changes one takes its name alone: the change waits for the
-- grants under way, and the grants that come wait for it and find another epoch. Nothing is written to hold a name.
CREATE FUNCTION name_key(kind text, name text) RETURNS bigint LANGUAGE sql IMMUTABLE
    RETURN hashtextextended(kind || '/' || name, 0);

CREATE FUNCTION name_taken_alone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(name_key(TG_TABLE_NAME, OLD.name));
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE TRIGGER agent_alone BEFORE UPDATE OR DELETE ON agent FOR EACH ROW EXECUTE FUNCTION name_taken_alone();
CREATE TRIGGER tool_alone BEFORE UPDATE OR DELETE ON tool FOR EACH ROW EXECUTE FUNCTION name_taken_alone();
