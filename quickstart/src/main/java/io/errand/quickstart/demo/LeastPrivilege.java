package io.errand.quickstart.demo;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/** Step 3. */
final class LeastPrivilege implements Step {

    private static final String READ = "SELECT id, customer, amount, invoice FROM orders ORDER BY id";
    private static final String WRITE = "UPDATE orders SET amount = 0";

    @Override
    public String title() {
        return "It reads what it needs, and PostgreSQL itself refuses more";
    }

    @Override
    public void play(Stage stage) throws Exception {
        Narrator narrator = stage.narrator();
        Grant grant = stage.grants().getFirst();
        try (Connection session = grant.login()) {
            narrator.sql(READ);
            List<List<String>> rows = Sql.rows(session, READ);
            narrator.table(rows);
            narrator.proof(rows.size() > 1, rows.size() - 1 + " rows read with that login", "no rows");

            narrator.sql(WRITE);
            Optional<SQLException> refusal = Sql.refusal(() -> Sql.run(session, WRITE));
            refusal.ifPresent(e -> narrator.answer(String.valueOf(e.getMessage())));
            narrator.proof(
                    Sql.is(refusal, Sql.FORBIDDEN),
                    "the write is refused: the task asked for reading, so the login can do nothing else",
                    Sql.said(refusal));
        }
    }
}
