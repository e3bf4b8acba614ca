package io.errand.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.testing.BrokerTest;
import io.errand.testing.Scene;
import io.errand.testing.Surroundings;
import io.errand.testing.Wire;
import io.errand.testing.Wire.Answer;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;

/** How often a request of each kind asks the database, once everything that may be remembered is. */
@BrokerTest
@Import(RoundTripsTest.Counting.class)
class RoundTripsTest {

    private static final List<String> ASKED = Collections.synchronizedList(new ArrayList<>());

    private final String agent = Scene.name("agent");
    private final String tool = Scene.name("erp");
    private final Scene scene;

    RoundTripsTest(@LocalServerPort int port) {
        scene = new Scene(port);
    }

    @TestConfiguration(proxyBeanMethods = false)
    static class Counting {

        @Bean
        static BeanPostProcessor counting() {
            return new BeanPostProcessor() {
                @Override
                public Object postProcessAfterInitialization(Object bean, String name) {
                    return bean instanceof DataSource pool ? watched(DataSource.class, pool) : bean;
                }
            };
        }
    }

    /** A statement is prepared for each round trip, and a commit is one. */
    private static <T> T watched(Class<T> type, T inner) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, method, given) -> {
            String thread = Thread.currentThread().getName();
            if (thread.startsWith("tomcat-handler-") || thread.startsWith("evaluation-journal-")) {
                if (method.getName().equals("prepareStatement")) {
                    ASKED.add(String.valueOf(given[0]));
                } else if (method.getName().equals("commit")) {
                    ASKED.add("COMMIT");
                }
            }
            try {
                Object result = method.invoke(inner, given);
                return result instanceof Connection connection ? watched(Connection.class, connection) : result;
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        }));
    }

    @BeforeEach
    void registered() {
        scene.jwtTool(tool, Map.of("identities", List.of(Map.of("issuer", "workloads", "subject", "system:" + tool))));
        scene.agent(agent, tool, Map.of("max_live_leases", 100_000));
        scene.permits();
    }

    @Test
    void aTaskAloneIsThreeAndACommit() {
        Map<String, String> form = Scene.request(agent, tool, "read");
        form.remove("authorization_details");
        exchange(form);

        assertThat(during(() -> exchange(form))).hasSize(4).last().isEqualTo("COMMIT");
    }

    @Test
    void aJwtCredentialIsThreeAndACommit() {
        Map<String, String> form = Scene.request(agent, tool, "read");
        exchange(form);

        assertThat(during(() -> exchange(form))).hasSize(4).last().isEqualTo("COMMIT");
    }

    /** PENDING is committed before the target is asked, and ACTIVE after it: the statement and its event. */
    @Test
    void aLoginIsFiveAndTwoCommits() {
        String orders = Scene.name("orders");
        scene.postgresTool(orders, Map.of());
        String clerk = Scene.name("clerk");
        scene.agent(clerk, orders, Map.of("max_live_leases", 100_000));
        Map<String, String> form = Scene.request(clerk, orders, "read");
        exchange(form);

        // Live leases and tasks are counted anew each second, which one of several exchanges in a row may meet.
        List<String> asked = Stream.generate(() -> during(() -> exchange(form)))
                .limit(5)
                .min(Comparator.comparingInt(List::size))
                .orElseThrow();
        assertThat(asked).hasSize(7).last().isEqualTo("COMMIT");
        assertThat(asked.get(3)).isEqualTo("COMMIT");
    }

    @Test
    void introspectionOfATaskIsOne() {
        String token = exchange(Scene.request(agent, tool, "read"))
                .json()
                .path("access_token")
                .asString();
        Wire gateway = scene.as("errand.introspect");
        introspect(gateway, token);

        assertThat(during(() -> introspect(gateway, token))).hasSize(1);
    }

    @Test
    void introspectionOfACredentialByItsToolIsOne() {
        String token = exchange(Scene.request(agent, tool, "read"))
                .json()
                .path("credentials")
                .path(0)
                .path("data")
                .path("token")
                .asString();
        Wire itself = scene.anonymous().as(Surroundings.WORKLOADS.token("system:" + tool));
        introspect(itself, token);

        assertThat(during(() -> introspect(itself, token))).hasSize(1);
    }

    /** The first is the task's token; the others are one of each for all that are decided together. */
    @Test
    void aDecisionIsThreeAndACommit() {
        Wire task = scene.anonymous()
                .as(exchange(Scene.request(agent, tool, "read"))
                        .json()
                        .path("access_token")
                        .asString());
        decide(task);

        assertThat(during(() -> decide(task))).hasSize(4).last().isEqualTo("COMMIT");
    }

    private void decide(Wire task) {
        Answer answer = task.post(
                "/access/v1/evaluation",
                Map.of("action", Map.of("name", "read"), "resource", Map.of("type", "tool", "id", tool)));
        assertThat(answer.json().path("decision").asBoolean()).as(answer.text()).isTrue();
    }

    private Answer exchange(Map<String, String> form) {
        Answer answer = scene.exchange(form);
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer;
    }

    private static void introspect(Wire caller, String token) {
        Answer answer = caller.form("/oauth2/introspect", Map.of("token", token));
        assertThat(answer.json().path("active").asBoolean()).as(answer.text()).isTrue();
    }

    private static List<String> during(Runnable request) {
        ASKED.clear();
        request.run();
        return List.copyOf(ASKED);
    }
}
