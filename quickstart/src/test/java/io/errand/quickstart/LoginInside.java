package io.errand.quickstart;

import java.sql.DriverManager;

/** What an isolated command does with its credential: it logs in where the credential says, and prints who it is there. */
final class LoginInside {

    private LoginInside() {}

    public static void main(String[] args) throws Exception {
        try (var connection = DriverManager.getConnection(
                        System.getenv("ERRAND_ORDERS_DB_JDBC_URL"),
                        System.getenv("ERRAND_ORDERS_DB_USERNAME"),
                        System.getenv("ERRAND_ORDERS_DB_PASSWORD"));
                var query = connection.createStatement();
                var row = query.executeQuery("SELECT current_user")) {
            row.next();
            System.out.println(row.getString(1));
        }
    }
}
