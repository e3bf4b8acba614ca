package io.errand.broker.credential.postgres;

import io.errand.broker.credential.Backend.OtherLogin;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** Logins of a server that the broker did not make: neither its own, nor those of leases of this or another deployment. */
final class LoginsOfOthers {

    /** Beyond these the rest is not told of. */
    private static final int MOST = 10_000;

    private static final String ALL = """
            SELECT rolname, shobj_description(oid, 'pg_authid') AS comment,
                   concat_ws(', ', CASE WHEN rolsuper THEN 'superuser' END, CASE WHEN rolcreaterole THEN 'may create roles' END,
                             CASE WHEN rolreplication THEN 'replication' END, CASE WHEN rolbypassrls THEN 'bypasses row security' END,
                             CASE WHEN rolvaliduntil < now() THEN 'its password has expired' END) AS detail,
                   EXISTS (SELECT FROM sessions WHERE userid = r.oid) AS used
              FROM pg_roles r
             WHERE rolcanlogin AND rolname <> session_user AND rolname NOT LIKE 'pg\\_%' ORDER BY rolname LIMIT\s""" + MOST;

    private LoginsOfOthers() {}

    static List<OtherLogin> of(Connection connection, Predicate<String> isLease) throws SQLException {
        List<OtherLogin> found = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("WITH sessions AS MATERIALIZED (SELECT DISTINCT "
                        + LoginRole.USER + " AS userid FROM " + LoginRole.BACKENDS + ") " + ALL)) {
            while (rows.next()) {
                String name = rows.getString("rolname");
                String detail = rows.getString("detail");
                if (!isLease.test(name)) {
                    found.add(new OtherLogin(name, detail.isEmpty() ? null : detail, rows.getBoolean("used")));
                }
            }
        }
        return found;
    }
}
