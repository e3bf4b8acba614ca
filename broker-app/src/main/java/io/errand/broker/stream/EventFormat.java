package io.errand.broker.stream;

import tools.jackson.databind.JsonNode;

/** What an entry of the log is sent as. */
@FunctionalInterface
interface EventFormat {

    /**
     * JSON in one line.
     *
     * @param event the entry, parsed
     * @param line the entry itself
     */
    byte[] write(JsonNode event, byte[] line);

    static EventFormat of(StreamProperties.Format format, String version) {
        return switch (format) {
            case ERRAND -> (event, line) -> line;
            case OCSF -> new OcsfFormat(version);
            case ECS -> new EcsFormat(version);
        };
    }
}
