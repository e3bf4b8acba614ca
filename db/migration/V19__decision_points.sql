-- The external decision point that must agree while this set is in force: a name of errand.policy.pdps; null: none.
ALTER TABLE policy_version ADD COLUMN pdp text;
