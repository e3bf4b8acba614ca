package io.errand.broker.directory;

import io.errand.broker.shared.Problem;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The one e-mail address that is kept of a user: the primary one, else that for work, else the first (RFC 7643 §4.1.2). */
final class ScimEmails {

    private static final int MOST = 32;

    @Nullable
    String value;

    /**
     * Takes what a path and a value say.
     *
     * @param said null: it is removed
     * @param adds whether what is there stays, unless another is primary
     * @return what is wrong with it
     */
    Optional<Problem> set(ScimPath path, @Nullable JsonNode said, boolean adds) {
        if (path.filter() != null || path.sub() != null) {
            if (isKept(path)) {
                return setOne(said == null || !said.isObject() ? said : ScimEdit.member(said, "value"));
            }
            return Optional.empty();
        }
        if (said == null || said.isNull()) {
            value = null;
            return Optional.empty();
        }
        if (said.isObject()) {
            return setOne(ScimEdit.member(said, "value"));
        }
        if (!said.isArray() || said.size() > MOST || said.valueStream().anyMatch(one -> !one.isObject())) {
            return invalid();
        }
        if (said.valueStream().filter(ScimEmails::isPrimary).count() > 1) {
            return Optional.of(ScimErrors.invalid("invalidValue", "At most one of emails is primary."));
        }
        Optional<JsonNode> best = said.valueStream()
                .filter(ScimEmails::isPrimary)
                .findFirst()
                .or(() -> adds && value != null ? Optional.empty() : workOrFirst(said));
        if (best.isEmpty()) {
            value = adds ? value : null;
            return Optional.empty();
        }
        return setOne(ScimEdit.member(best.get(), "value"));
    }

    /** Whether a path means the address that is kept: directories say {@code emails[type eq "work"].value}. */
    private boolean isKept(ScimPath path) {
        boolean isValue = path.sub() == null || path.sub().equals("value");
        if (path.filter() == null || !isValue) {
            return isValue;
        }
        String wanted = path.filter().value();
        return switch (path.filter().attribute()) {
            case "type" -> wanted.equalsIgnoreCase("work");
            case "primary" -> wanted.equalsIgnoreCase("true");
            case "value" -> wanted.equalsIgnoreCase(value);
            default -> false;
        };
    }

    private Optional<Problem> setOne(@Nullable JsonNode address) {
        if (address == null || address.isNull() || address.isMissingNode()) {
            value = null;
            return Optional.empty();
        }
        if (!address.isString()) {
            return invalid();
        }
        value = address.asString().isBlank() ? null : address.asString();
        return Optional.empty();
    }

    private static Optional<JsonNode> workOrFirst(JsonNode list) {
        return list.valueStream()
                .filter(one -> ScimEdit.member(one, "type").asString("").equalsIgnoreCase("work"))
                .findFirst()
                .or(() -> list.valueStream().findFirst());
    }

    private static boolean isPrimary(JsonNode email) {
        return ScimEdit.member(email, "primary").asString("").equalsIgnoreCase("true");
    }

    private static Optional<Problem> invalid() {
        return Optional.of(ScimErrors.invalid(
                "invalidValue", "emails is a list of at most " + MOST + " objects, each with a value."));
    }
}
