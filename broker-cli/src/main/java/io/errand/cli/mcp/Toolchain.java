package io.errand.cli.mcp;

import io.errand.api.Fingerprint;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a server's tools are, as a digest: SHA-256 of the canonical JSON (RFC 8785) of an array of all of them, as the server lists
 * them but without {@code _meta}, in the order of their names. A tool that comes, goes, or is described otherwise makes another one.
 */
final class Toolchain {

    /** Of all pages; a server that lists more is not taken for one whose tools are known. */
    private static final int MOST = 10_000;

    private static final Set<String> OF_THE_ANSWER = Set.of("_meta");

    private final Consumer<String> note;
    private final List<JsonNode> tools = new ArrayList<>();
    /** With which the next page is asked for; null: none is to come. */
    private @Nullable String next;

    private @Nullable String sha256;
    private @Nullable String told;

    Toolchain(Consumer<String> note) {
        this.note = note;
    }

    /** Of the list that the client has; empty: it has none that was seen to its end. */
    synchronized Optional<Fingerprint> fingerprint() {
        return Optional.ofNullable(sha256).map(digest -> new Fingerprint(null, null, digest, null));
    }

    /**
     * A page of the server's own list. Pages of two lists at once are those of neither.
     *
     * @param cursor by which it was asked for; empty: it is the first
     */
    synchronized void page(String cursor, JsonNode result) {
        if (!(result.path("tools") instanceof ArrayNode page)) {
            return;
        }
        if (cursor.isEmpty()) {
            tools.clear();
            sha256 = null; // the client has seen a part of another list
        } else if (!cursor.equals(next)) {
            return;
        }
        page.forEach(tools::add);
        String after = result.path("nextCursor").asString("");
        next = after.isEmpty() || tools.size() > MOST ? null : after;
        if (after.isEmpty()) {
            complete();
        }
    }

    private void complete() {
        ArrayNode all = Message.PLAIN.createArrayNode();
        tools.stream()
                .sorted(Comparator.comparing(
                                (JsonNode tool) -> tool.path("name").asString(""))
                        .thenComparing(JsonNode::toString))
                .forEach(tool -> all.add(
                        tool instanceof ObjectNode object ? object.deepCopy().without(OF_THE_ANSWER) : tool));
        String now = Digests.of(all);
        if (!now.equals(told)) {
            note.accept("the server has " + tools.size() + " tools, toolchain_sha256 " + now);
        }
        told = now;
        sha256 = now;
        tools.clear();
    }
}
