package io.errand.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.errand.cli.ApplyCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * {@code errand exec} on a machine whose clock is wrong, and is moved while it runs. The clock is libfaketime's: its library is
 * {@code ERRAND_FAKETIME_LIB}, else the one of Debian's package; without it this is skipped, unless
 * {@code ERRAND_REQUIRE_ALL=true}.
 */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("what waits")
class ExecUnderAMovedClockTest {

    private static final Duration TTL = Duration.ofSeconds(36);

    /** Of a login, so that one must be renewed to last as long as its task. */
    private static final Duration TOOL_TTL = Duration.ofSeconds(15);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private static Path data;

    @SuppressWarnings("NullAway.Init")
    private static LocalBroker broker;

    @SuppressWarnings("NullAway.Init")
    private static Path library;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    @SuppressWarnings("NullAway.Init")
    private Exec exec;

    @BeforeAll
    static void serve() throws IOException {
        library = library();
        broker = new LocalBroker(DataDirectory.take(data), Ports.free());
        Served.start(broker);
        Path example = Path.of("..", "examples", "quickstart");
        Path brief = data.resolve("brief");
        Files.createDirectory(brief);
        for (String file : List.of("agent.yaml", "tool.yaml", "policy.cedar")) {
            Files.writeString(
                    brief.resolve(file),
                    Files.readString(example.resolve(file)).replace("max_ttl: PT10M", "max_ttl: " + TOOL_TTL));
        }
        assertThat(ApplyCommand.apply(List.of(brief), broker::client, line -> {}))
                .isEmpty();
    }

    @AfterAll
    static void stop() {
        if (broker != null) { // skipped
            broker.close();
        }
    }

    @AfterEach
    void noOrphans() {
        exec.close();
    }

    @ParameterizedTest
    @CsvSource({"-86400, 86400", "86400, -86400"})
    void itRenewsInTimeAndLeavesNothingUsableAfterTheTasksEnd(long wrongBy, long movedTo) throws Exception {
        exec = atClock(wrongBy);
        Process process = exec.script(
                List.of("--ttl", TTL.toString()),
                Exec.SAY_LOGIN + "; while :; do date +%s >clock.new; mv clock.new clock; sleep 2; done");
        Exec.Login login = exec.awaitLogin();
        Instant begun = Instant.now();
        assertThat(login).satisfies(Exec.Login::attempt);

        moveTo(movedTo);

        await("the login as it was made to be over")
                .atMost(TTL)
                .until(() -> Instant.now().isAfter(begun.plus(TOOL_TTL).plusSeconds(1)));
        assertThat(Long.parseLong(Files.readString(folder.resolve("clock")).strip()) - begun.getEpochSecond())
                .as("what the command takes for now, from now")
                .isBetween(movedTo - 60, movedTo + 60);
        assertThat(login).satisfies(Exec.Login::attempt);
        await("the login to be refused")
                .atMost(TTL)
                .untilAsserted(() -> assertThatThrownBy(login::attempt).isInstanceOf(SQLException.class));
        assertThat(Instant.now())
                .isBetween(begun.plus(TTL).minusSeconds(12), begun.plus(TTL).plusSeconds(3));
        await("the login to be gone").atMost(Duration.ofSeconds(5)).until(() -> !exec.exists(login));
        assertThat(process.isAlive()).isTrue();
        assertThat(exec.items("/admin/v1/audit?kind=lease.renewed&task="
                        + exec.task().path("id").asString()))
                .as("no more renewals than are needed")
                .hasSizeBetween(2, 7);
    }

    @Test
    void aWrongClockChangesNothingElse() throws Exception {
        exec = atClock(86_400);
        Process process = exec.script(List.of(), Exec.SAY_LOGIN + "; exit 7");

        assertThat(process.waitFor()).as(exec.said()).isEqualTo(7);

        assertThatThrownBy(exec.login()::attempt).isInstanceOf(SQLException.class);
        assertThat(exec.exists(exec.login())).isFalse();
        assertThat(exec.task().path("outcome").asString()).isEqualTo("failed");
    }

    private Exec atClock(long wrongBy) throws IOException {
        moveTo(wrongBy);
        return new Exec(broker, folder)
                .with("LD_PRELOAD", library.toString())
                .with("FAKETIME_TIMESTAMP_FILE", folder.resolve("faketime").toString())
                .with("FAKETIME_CACHE_DURATION", "1")
                .with("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    }

    private void moveTo(long seconds) throws IOException {
        Files.writeString(folder.resolve("faketime"), "%+d%n".formatted(seconds));
    }

    private static Path library() throws IOException {
        Path debian = Path.of("/usr/lib");
        try (Stream<Path> places = Files.isDirectory(debian) ? Files.list(debian) : Stream.empty()) {
            Optional<Path> found = Stream.concat(
                            Stream.of(Path.of(Objects.requireNonNullElse(System.getenv("ERRAND_FAKETIME_LIB"), ""))),
                            places.map(place -> place.resolve("faketime/libfaketimeMT.so.1")))
                    .filter(Files::isRegularFile)
                    .findFirst();
            if (found.isEmpty() && !"true".equals(System.getenv("ERRAND_REQUIRE_ALL"))) {
                Assumptions.abort("no libfaketime (ERRAND_FAKETIME_LIB)");
            }
            return found.orElseThrow(() -> new AssertionError("No libfaketime (ERRAND_FAKETIME_LIB)"));
        }
    }
}
