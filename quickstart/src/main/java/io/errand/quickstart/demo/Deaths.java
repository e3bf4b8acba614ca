package io.errand.quickstart.demo;

import java.sql.SQLException;
import java.util.Optional;

/** The three proofs that a database login is dead. */
final class Deaths {

    private Deaths() {}

    /** @param cut what the session that was left open said when it was used again */
    static void prove(Stage stage, Grant grant, Optional<SQLException> cut) throws SQLException {
        Narrator narrator = stage.narrator();
        narrator.proof(
                Sql.is(cut, Sql.TERMINATED),
                "the open session is cut: " + cut.map(Throwable::getMessage).orElse(""),
                Sql.said(cut));
        Optional<SQLException> refusal = Sql.refusal(() -> grant.login().close());
        narrator.proof(
                Sql.isNoSuchLogin(refusal),
                "a new login is refused by PostgreSQL: "
                        + refusal.map(Throwable::getMessage).orElse(""),
                Sql.said(refusal));
        narrator.proof(
                !stage.exists(grant.username()), "the role is gone from its catalogue", grant.username() + " is there");
    }
}
