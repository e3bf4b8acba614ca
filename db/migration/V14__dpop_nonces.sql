-- One nonce for each minute of this clock, shared by all replicas (RFC 9449 section 8). Not a secret: clients are told it.
CREATE TABLE dpop_nonce (
    minute bigint PRIMARY KEY,
    nonce  text NOT NULL
);
