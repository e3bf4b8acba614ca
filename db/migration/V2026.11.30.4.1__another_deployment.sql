-- Another deployment of Errand is an issuer too. Not validated: those that are there have one of the two values of before.
ALTER TABLE issuer DROP CONSTRAINT issuer_purpose_check,
    ADD CONSTRAINT issuer_purpose_check CHECK (purpose IN ('workload', 'person', 'errand')) NOT VALID;

-- What another deployment's credential said, by which the task was begun: sub, act, task and approval there. It is another's word, and
-- limits what is granted; null: the task was begun by nobody's word but that of those who showed themselves here.
ALTER TABLE task ADD COLUMN vouched jsonb;
