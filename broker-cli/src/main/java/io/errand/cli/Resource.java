package io.errand.cli;

import java.util.Locale;
import tools.jackson.databind.node.ObjectNode;

/** A well-formed resource, ready to be sent. */
record Resource(Kind kind, String name, Document document) {

    ObjectNode content() {
        return document.content();
    }

    String address() {
        return "/admin/v1/" + kind.path() + "/" + name;
    }

    /** For people: {@code agent invoice-triage}. */
    @Override
    public String toString() {
        return kind.label().toLowerCase(Locale.ROOT) + " " + name;
    }
}
