package io.errand.broker.credential.vault.check;

import io.errand.broker.credential.vault.client.Reply;
import io.github.jopenlibs.vault.json.JsonObject;
import java.util.List;
import java.util.Locale;

/**
 * The statements of a role of Vault's database engine.
 *
 * @param creation in one text, in capitals, blanks made one
 * @param revocation the same, statement by statement
 * @param login Vault's own login at the database, in capitals
 */
record DatabaseRole(String creation, List<String> revocation, String login) {

    static DatabaseRole of(JsonObject role, JsonObject connection) {
        var details = connection.get("connection_details");
        return new DatabaseRole(
                plain(String.join(" ; ", Reply.texts(role.get("creation_statements")))),
                Reply.texts(role.get("revocation_statements")).stream()
                        .map(DatabaseRole::plain)
                        .filter(statement -> !statement.isEmpty())
                        .toList(),
                plain(details != null && details.isObject() ? details.asObject().getString("username", "") : ""));
    }

    boolean revokes(String words) {
        return revocation.stream().anyMatch(statement -> statement.contains(words));
    }

    private static String plain(String sql) {
        return sql.replaceAll("\\s+", " ").strip().toUpperCase(Locale.ROOT);
    }
}
