-- Room tasktype: what a task of a type must say, and to what it is kept.
CREATE TABLE task_type (
    id         uuid PRIMARY KEY,
    name       text NOT NULL UNIQUE,
    version    bigint NOT NULL,
    spec       jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE CONSTRAINT TRIGGER task_type_epoch AFTER INSERT OR UPDATE OR DELETE ON task_type
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION epoch_goes_on();

-- Room reassessment: only leases of tasks of this type, or of this tree. The version before decides all of them again.
ALTER TABLE reassessment ADD COLUMN task_type text;
ALTER TABLE reassessment ADD COLUMN root uuid;
