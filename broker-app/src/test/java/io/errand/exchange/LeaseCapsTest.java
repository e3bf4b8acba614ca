package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.BrokerTest;
import io.errand.testing.BusyService;
import io.errand.testing.Scene;
import io.errand.testing.Wire.Answer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.TestPropertySource;
import tools.jackson.databind.JsonNode;

/** No more leases than an agent, or the deployment, may have, however many ask at once. */
@BrokerTest
@TestPropertySource(properties = "errand.lease.max-live=7")
class LeaseCapsTest {

    private static final int MANY = 64;

    private final String tool = Scene.name("orders");
    private final Scene scene;

    LeaseCapsTest(@LocalServerPort int port) {
        scene = new Scene(port);
    }

    @BeforeEach
    void registered() {
        scene.postgresTool(tool, Map.of());
        scene.permits();
    }

    @Test
    void anAgentHasAtMostItsLiveLeases() {
        String agent = agent(5);

        List<Answer> answers = ask(List.of(agent));

        assertThat(granted(answers)).hasSize(5);
        Answer full = refused(answers).getFirst();
        assertThat(refused(answers)).hasSize(MANY - 5).allMatch(answer -> answer.status() == 429);
        assertThat(full.json().path("error").asString()).isEqualTo("temporarily_unavailable");
        assertThat(full.json().path("error_description").asString()).contains("max_live_leases");
        assertThat(full.header("Retry-After")).isEqualTo("5");
        assertThat(reason(full)).isEqualTo("agent_lease_cap");
        ended(answers);
    }

    @Test
    void theDeploymentHasAtMostItsLiveLeases() {
        List<String> agents = Stream.generate(() -> agent(50)).limit(8).toList();

        List<Answer> answers = ask(agents);

        assertThat(granted(answers)).hasSize(7);
        Answer full = refused(answers).getFirst();
        assertThat(refused(answers)).allMatch(answer -> answer.status() == 429);
        assertThat(full.json().path("error_description").asString()).contains("errand.lease.max-live");
        assertThat(reason(full)).isEqualTo("global_lease_cap");
        ended(answers);
    }

    @Test
    void aRetryWithItsKeyTakesThePlaceOfItsOwnLeases() {
        String agent = agent(1);
        Answer first = scene.anonymous().with("Idempotency-Key", "once").form("/oauth2/token", request(agent));
        Answer retry = scene.anonymous().with("Idempotency-Key", "once").form("/oauth2/token", request(agent));
        Answer another = scene.exchange(request(agent));

        assertThat(first.status()).as(first.text()).isEqualTo(200);
        assertThat(retry.status()).as(retry.text()).isEqualTo(200);
        assertThat(another.status()).isEqualTo(429);
        ended(List.of(retry));
    }

    private String agent(int most) {
        String name = Scene.name("agent");
        scene.agent(name, tool, Map.of("max_live_leases", most));
        return name;
    }

    private Map<String, String> request(String agent) {
        return Scene.request(agent, tool, "read");
    }

    private List<Answer> ask(List<String> agents) {
        List<Future<Answer>> all;
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            all = IntStream.range(0, MANY)
                    .mapToObj(i -> request(agents.get(i % agents.size())))
                    .map(request -> threads.submit(() -> BusyService.ask(() -> scene.exchange(request))))
                    .toList();
        }
        return all.stream().map(Future::resultNow).toList();
    }

    private void ended(List<Answer> answers) {
        granted(answers)
                .forEach(answer ->
                        assertThat(scene.complete(answer.json()).status()).isEqualTo(200));
    }

    private String reason(Answer refused) {
        JsonNode event = scene.events(
                        "decision=" + refused.json().path("decision_id").asString())
                .getFirst();
        return event.path("details").path("reason").asString();
    }

    private static List<Answer> granted(List<Answer> answers) {
        return answers.stream().filter(answer -> answer.status() == 200).toList();
    }

    private static List<Answer> refused(List<Answer> answers) {
        return answers.stream().filter(answer -> answer.status() != 200).toList();
    }
}
