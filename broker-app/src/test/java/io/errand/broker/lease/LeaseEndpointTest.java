package io.errand.broker.lease;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.api.LeaseView;
import io.errand.api.Page;
import io.errand.broker.task.Task;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

/** The administrators' search, without the door before it. */
@LeaseTest
class LeaseEndpointTest {

    @Autowired
    private Ground ground;

    @Autowired
    private LeaseEndpoint endpoint;

    @Test
    void pagesNewestFirst() {
        Task task = ground.task("paged");
        String first = ground.live(task, Ground.cued("paged")).id().toString();
        String second = ground.live(task, Ground.cued("paged")).id().toString();

        Page<?> page = page(task.id().toString(), null, 1);
        Page<?> rest = page(task.id().toString(), page.next(), 1);

        assertThat(ids(page)).containsExactly(second);
        assertThat(ids(rest)).containsExactly(first);
        assertThat(rest.next()).isNull();
        assertThat(endpoint.search("paged", null, "paged", "revoked", null, 10).getBody())
                .isEqualTo(new Page<>(List.of(), null));
    }

    @Test
    void refusesWhatItDoesNotKnow() {
        assertThat(endpoint.search(null, null, null, "dead", null, 10)
                        .getStatusCode()
                        .value())
                .isEqualTo(400);
        assertThat(endpoint.search(null, null, null, null, "forged", 10)
                        .getStatusCode()
                        .value())
                .isEqualTo(400);
        assertThat(endpoint.search(null, "1", null, null, null, 10)
                        .getStatusCode()
                        .value())
                .isEqualTo(400);
        assertThat(endpoint.search(null, null, null, null, null, 0)
                        .getStatusCode()
                        .value())
                .isEqualTo(400);
    }

    private Page<?> page(String task, @Nullable String cursor, int limit) {
        return (Page<?>) Objects.requireNonNull(
                endpoint.search(null, task, null, null, cursor, limit).getBody());
    }

    private static List<String> ids(Page<?> page) {
        return page.items().stream().map(item -> ((LeaseView) item).id()).toList();
    }
}
