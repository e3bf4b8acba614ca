package io.errand.broker.credential.vault.client;

import io.github.jopenlibs.vault.json.JsonObject;
import io.github.jopenlibs.vault.json.JsonValue;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What came of one call to Vault. */
public sealed interface Reply {

    /** One sentence about it, without secrets. */
    String describe();

    /** Whether Vault did what it was asked. */
    default boolean done() {
        return false;
    }

    /** Whether Vault said no, and would say so again: not because its own login was no more. */
    default boolean decided() {
        return false;
    }

    /** Whether this says something about what was asked, if only that an engine failed at it. */
    default boolean answered() {
        return false;
    }

    /** Whether Vault said no with this status and these words. */
    default boolean refused(int status, String words) {
        return false;
    }

    /** What the target asked for; null: nothing. */
    default @Nullable Duration after() {
        return null;
    }

    /** Vault decided: it did it (2xx) or did not (4xx). */
    record Said(int status, JsonObject body) implements Reply {

        @Override
        public boolean done() {
            return status >= 200 && status < 300;
        }

        @Override
        public boolean decided() {
            return !done() && !refused(403, "invalid token");
        }

        @Override
        public boolean answered() {
            return !refused(403, "invalid token");
        }

        @Override
        public boolean refused(int expected, String words) {
            return status == expected && errors().contains(words);
        }

        @Override
        public String describe() {
            return done() ? "HTTP " + status : "HTTP " + status + " " + errors();
        }

        /** The member {@code data}, or an empty one. */
        public JsonObject data() {
            return object("data");
        }

        public JsonObject object(String member) {
            JsonValue value = body.get(member);
            return value != null && value.isObject() ? value.asObject() : new JsonObject();
        }

        /** {@code data.keys} of a list. */
        public List<String> keys() {
            return texts(data().get("keys"));
        }

        private String errors() {
            return Reply.errors(body);
        }
    }

    /** Vault, or what stands before it, cannot now: sealed, standby, too many requests, an error of its own. */
    record Busy(int status, String cause, @Nullable Duration after) implements Reply {

        /** An engine that failed is not Vault that cannot answer: with 500 come the words of what it is mounted for. */
        @Override
        public boolean answered() {
            return status == 500;
        }

        @Override
        public String describe() {
            return "HTTP " + status + " " + cause;
        }
    }

    /** No answer: whether Vault acted, nobody knows. */
    record Silent(String cause) implements Reply {

        @Override
        public String describe() {
            return cause;
        }
    }

    /** What Vault's {@code errors} say, which it writes as an indented list. */
    static String errors(JsonObject body) {
        return String.join("; ", texts(body.get("errors")))
                .replaceAll("[0-9]+ errors? occurred:", "")
                .replaceAll("[\\s*]+", " ")
                .strip();
    }

    /** The strings of an array; anything else is an empty list. */
    static List<String> texts(@Nullable JsonValue array) {
        List<String> texts = new ArrayList<>();
        if (array != null && array.isArray()) {
            for (JsonValue value : array.asArray()) {
                if (value.isString()) {
                    texts.add(value.asString());
                }
            }
        }
        return texts;
    }
}
