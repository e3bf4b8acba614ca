-- Whether a task's token is bound to a key of its holder (RFC 9449, RFC 8705): said once, when it is declared, since nothing sheds it.
ALTER TABLE task ADD COLUMN sender_constrained boolean NOT NULL DEFAULT false;
