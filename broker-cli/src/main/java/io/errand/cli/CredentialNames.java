package io.errand.cli;

import io.errand.api.Json;
import io.errand.client.Lease;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** What a command's environment calls the members of its credentials. */
final class CredentialNames {

    private CredentialNames() {}

    /** {@code orders-db} and {@code password} are {@code ERRAND_ORDERS_DB_PASSWORD}. */
    static String variable(String tool, String member) {
        return "ERRAND_" + upper(tool) + "_" + upper(member);
    }

    static Map<String, String> variables(Lease lease) {
        Map<String, String> variables = new LinkedHashMap<>();
        lease.credential()
                .data()
                .forEach((member, value) ->
                        variables.put(variable(lease.credential().tool(), member), text(value)));
        return variables;
    }

    private static String text(Object value) {
        return value instanceof Map || value instanceof Iterable
                ? Json.mapper().writeValueAsString(value)
                : value.toString();
    }

    private static String upper(String name) {
        return name.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9]", "_");
    }
}
