-- Workers claim per backend, so that the rows of one that is down are not in the way of the others.
CREATE INDEX lease_due_backend ON lease (backend, due_at) WHERE state <> 'revoked';
