package io.errand.broker.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.errand.api.Json;
import io.errand.api.ToolResource;
import io.errand.broker.shared.Result;
import io.errand.broker.shared.web.Resources;
import io.errand.registry.RegistryTest;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.event.ApplicationEvents;
import org.springframework.test.context.event.RecordApplicationEvents;

@RegistryTest
@RecordApplicationEvents
class ToolsByLocationTest {

    @Autowired
    private ToolRegistry registry;

    @Autowired
    private Tools tools;

    @Autowired
    private ApplicationEvents events;

    @Test
    void aLocationIsComparedCharacterByCharacter() {
        put("l-exact", "https://exact.example/a");

        assertThat(tools.byLocation("https://exact.example/a")).isEqualTo(tools.byName("l-exact"));
        assertThat(tools.byLocation("https://exact.example/a")).isPresent();
        assertThat(tools.byLocation("https://EXACT.example/a")).isEmpty();
        assertThat(tools.byLocation("https://exact.example/a/")).isEmpty();
    }

    @Test
    void aMovedToolIsFoundAtItsNewPlaceOnlyAndTheMoveIsTold() {
        put("l-moved", "https://old.example");
        put("l-moved", "https://new.example");

        assertThat(tools.byLocation("https://old.example")).isEmpty();
        assertThat(tools.byLocation("https://new.example")).isPresent();
        assertThat(events.stream(ToolChanged.class))
                .extracting(
                        changed -> changed.before().locations(),
                        changed -> changed.after().version())
                .containsExactly(tuple(List.of("https://old.example"), 2L));
    }

    private void put(String name, String location) {
        ToolResource tool = Json.mapper().readValue("""
                {"backend": "fake", "actions": ["read"], "sensitivity": "internal", "environment": "test",
                 "locations": ["%s"]}
                """.formatted(location), ToolResource.class);
        assertThat(registry.put(name, tool, new Resources.Change(null, false, true, "root")))
                .isInstanceOf(Result.Ok.class);
    }
}
