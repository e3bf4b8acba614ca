package io.errand.broker.directory;

/** What a directory pushes (RFC 7643 §4). */
enum EntryKind {
    USER("User", "Users"),
    GROUP("Group", "Groups");

    private final String type;
    private final String path;

    EntryKind(String type, String path) {
        this.type = type;
        this.path = path;
    }

    /** The name of its resource type. */
    String type() {
        return type;
    }

    /** Where it is, below {@code /scim/v2}. */
    String path() {
        return path;
    }

    String schema() {
        return "urn:ietf:params:scim:schemas:core:2.0:" + type;
    }

    /** As the database and the audit log have it. */
    String wire() {
        return this == USER ? "user" : "group";
    }

    static EntryKind of(String wire) {
        return wire.equals("user") ? USER : GROUP;
    }
}
