package io.errand.broker.directory;

import io.errand.api.Json;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.Problem;
import io.errand.broker.shared.Result;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What a body makes of an entry (RFC 7644 §3.3, §3.5). Attributes that are not kept here are read over, as are those of extensions;
 * an attribute that is wrong stops everything, and the first such problem is kept.
 */
final class ScimEdit {

    private static final int MOST_OPERATIONS = 1_000;
    private static final int MOST_MEMBERS = 10_000;
    private static final int MOST_BYTES = 255;

    private enum Operation {
        ADD,
        REPLACE,
        REMOVE
    }

    private final EntryKind kind;
    private final @Nullable UUID id;
    private @Nullable String externalId;
    private @Nullable String name;
    private @Nullable String displayName;
    private final ScimEmails emails = new ScimEmails();
    private boolean active = true;
    private Set<UUID> members = new HashSet<>();
    private @Nullable Problem first;

    private ScimEdit(EntryKind kind, @Nullable UUID id) {
        this.kind = kind;
        this.id = id;
    }

    /** All of it, for POST and PUT: what is not said is not there. */
    static Result<EntryContent> whole(EntryKind kind, JsonNode body) {
        ScimEdit edit = new ScimEdit(kind, null);
        edit.check(body.isObject(), "invalidSyntax", "The body is a JSON object.");
        edit.schemas(body, kind.schema());
        edit.members(Operation.REPLACE, body);
        return edit.done();
    }

    /** The operations of a PATCH, one after the other. */
    static Result<EntryContent> patched(DirectoryEntry entry, JsonNode body) {
        ScimEdit edit = new ScimEdit(entry.kind(), entry.id());
        EntryContent was = entry.content();
        edit.externalId = was.externalId();
        edit.name = was.name();
        edit.displayName = was.displayName();
        edit.emails.value = was.email();
        edit.active = was.active();
        edit.members = new HashSet<>(was.members());
        edit.schemas(body, "urn:ietf:params:scim:api:messages:2.0:PatchOp");
        JsonNode operations = member(body, "Operations");
        edit.check(
                operations.isArray() && !operations.isEmpty() && operations.size() <= MOST_OPERATIONS,
                "invalidSyntax",
                "Operations is a list of 1 to " + MOST_OPERATIONS + " operations.");
        for (JsonNode operation : operations) {
            if (edit.first == null) {
                edit.operate(operation);
            }
        }
        return edit.done();
    }

    private void operate(JsonNode operation) {
        Optional<Operation> op = operation(member(operation, "op"));
        check(op.isPresent(), "invalidSyntax", "op is add, replace or remove.");
        if (op.isEmpty()) {
            return;
        }
        JsonNode path = member(operation, "path");
        JsonNode value = member(operation, "value");
        check(
                op.get() == Operation.REMOVE || !value.isMissingNode(),
                "invalidValue",
                "An operation that adds or replaces has a value.");
        if (path.isString()) {
            set(op.get(), path.asString(), value);
        } else if (op.get() == Operation.REMOVE) {
            refuse("noTarget", "An operation that removes has a path.");
        } else {
            check(
                    path.isMissingNode() && value.isObject(),
                    "invalidPath",
                    "path is text; without it, value is an object of attributes.");
            members(op.get(), value);
        }
    }

    private static Optional<Operation> operation(JsonNode op) {
        return switch (op.isString() ? op.asString().toLowerCase(Locale.ROOT) : "") {
            case "add" -> Optional.of(Operation.ADD);
            case "replace" -> Optional.of(Operation.REPLACE);
            case "remove" -> Optional.of(Operation.REMOVE);
            default -> Optional.empty();
        };
    }

    private void members(Operation op, JsonNode object) {
        Set<String> seen = new HashSet<>();
        for (String attribute : object.propertyNames()) {
            check(
                    seen.add(ScimPath.lower(attribute)),
                    "invalidSyntax",
                    "An attribute is there twice; its name's case does not matter.");
            set(op, attribute, object.path(attribute));
        }
    }

    private void set(Operation op, String text, JsonNode value) {
        Optional<ScimPath> path = ScimPath.of(text);
        // Extensions are named by their URN, whose last part is no attribute.
        boolean extension =
                text.length() <= ScimPath.MOST && ScimPath.lower(text).startsWith("urn:");
        if (path.isEmpty()) {
            check(
                    extension,
                    "invalidPath",
                    "A path is an attribute, perhaps with one comparison by eq and a sub-attribute.");
            return;
        }
        if (!path.get().isOf(kind)) {
            return;
        }
        JsonNode said = op == Operation.REMOVE && !path.get().attribute().equals("members") ? null : value;
        if (kind == EntryKind.USER) {
            setOfUser(op, path.get(), said);
        } else {
            setOfGroup(op, path.get(), said);
        }
    }

    private void setOfUser(Operation op, ScimPath path, @Nullable JsonNode value) {
        switch (path.attribute()) {
            case "id" -> setId(value);
            case "externalid" -> externalId = text(path, value);
            case "username" -> name = text(path, value);
            case "displayname" -> displayName = text(path, value);
            case "active" -> active = flag(value);
            case "emails" -> emails.set(path, value, op == Operation.ADD).ifPresent(this::refuse);
            default -> {}
        }
    }

    private void setOfGroup(Operation op, ScimPath path, @Nullable JsonNode value) {
        switch (path.attribute()) {
            case "id" -> setId(value);
            case "externalid" -> externalId = text(path, value);
            case "displayname" -> name = text(path, value);
            case "members" -> setMembers(op, path, value);
            default -> {}
        }
    }

    /** What is only read is read over in a whole resource (RFC 7644 §3.5.1), and not patched. */
    private void setId(@Nullable JsonNode value) {
        check(
                id == null || (value != null && value.asString("").equals(id.toString())),
                "mutability",
                "The id is given here and never changes.");
    }

    private @Nullable String text(ScimPath path, @Nullable JsonNode value) {
        check(path.filter() == null && path.sub() == null, "invalidPath", "This attribute is simple text.");
        if (value == null || value.isNull()) {
            return null;
        }
        check(value.isString(), "invalidValue", "This attribute is text.");
        String text = value.asString("");
        return text.isBlank() ? null : text;
    }

    /** Microsoft Entra says {@code "False"}. */
    private boolean flag(@Nullable JsonNode value) {
        if (value == null || value.isNull()) {
            return true;
        }
        String said = value.isBoolean() || value.isString() ? ScimPath.lower(value.asString()) : "";
        check(said.equals("true") || said.equals("false"), "invalidValue", "active is true or false.");
        return said.equals("true");
    }

    private void setMembers(Operation op, ScimPath path, @Nullable JsonNode value) {
        if (path.filter() != null) {
            check(
                    path.filter().attribute().equals("value"),
                    "invalidFilter",
                    "Members are told by value, for example members[value eq \"…\"].");
            check(
                    op == Operation.REMOVE,
                    "mutability",
                    "What stands in a member does not change; remove it and add another.");
            members.removeIf(member -> member.toString().equals(path.filter().value()));
            return;
        }
        check(path.sub() == null, "invalidPath", "Members are added and removed as a whole.");
        Set<UUID> said = new HashSet<>();
        if (value != null && value.isArray()) {
            value.forEach(one -> member(one).ifPresent(said::add));
        } else if (value != null && !value.isNull() && !value.isMissingNode()) {
            member(value).ifPresent(said::add);
        }
        switch (op) {
            case ADD -> members.addAll(said);
            case REPLACE -> members = said;
            case REMOVE -> {
                if (value == null || value.isNull() || value.isMissingNode()) {
                    members.clear();
                } else {
                    members.removeAll(said);
                }
            }
        }
        check(
                members.size() <= MOST_MEMBERS,
                "invalidValue",
                "A group has at most " + MOST_MEMBERS + " members here; divide it, or push the part that owns agents.");
    }

    private Optional<UUID> member(JsonNode one) {
        Optional<UUID> user = Ids.parse(member(one, "value").asString(""));
        check(user.isPresent(), "invalidValue", "A member is an object whose value is the id of a User that is here.");
        return user;
    }

    private void schemas(JsonNode body, String schema) {
        JsonNode named = member(body, "schemas");
        check(
                named.isArray()
                        && named.valueStream().anyMatch(one -> one.asString("").equalsIgnoreCase(schema)),
                "invalidSyntax",
                "schemas is a list that has " + schema + ".");
    }

    /** By its name, whose case does not matter (RFC 7643 §2.1); missing where there is none. */
    static JsonNode member(JsonNode object, String name) {
        for (String sent : object.propertyNames()) {
            if (sent.equalsIgnoreCase(name)) {
                return object.path(sent);
            }
        }
        return object.path(name);
    }

    private void check(boolean good, String scimType, String detail) {
        if (!good) {
            refuse(scimType, detail);
        }
    }

    private void refuse(String scimType, String detail) {
        refuse(ScimErrors.invalid(scimType, detail));
    }

    private void refuse(Problem problem) {
        first = first == null ? problem : first;
    }

    private Result<EntryContent> done() {
        String called = kind == EntryKind.USER ? "userName" : "displayName";
        check(name != null, "invalidValue", called + " is required.");
        limited(called, name);
        limited("externalId", externalId);
        limited("displayName", displayName);
        limited("An e-mail address", emails.value);
        return first == null
                ? Result.ok(new EntryContent(
                        externalId,
                        Objects.requireNonNull(name),
                        displayName,
                        emails.value,
                        active,
                        Set.copyOf(members)))
                : Result.refused(first);
    }

    private void limited(String what, @Nullable String text) {
        check(
                text == null
                        || (text.getBytes(StandardCharsets.UTF_8).length <= MOST_BYTES
                                && text.chars().noneMatch(Character::isISOControl)
                                && Json.isStorable(text)),
                "invalidValue",
                what + " has at most " + MOST_BYTES + " bytes of UTF-8, without control characters.");
    }
}
