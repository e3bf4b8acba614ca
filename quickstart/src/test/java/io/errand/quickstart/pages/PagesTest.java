package io.errand.quickstart.pages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.errand.api.Json;
import io.errand.cli.ApplyCommand;
import io.errand.quickstart.pages.Page.Block;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** Every block of every page is done as it stands there, or says why it is not, and by which other test it is. */
class PagesTest {

    private static final Path ROOT = Path.of("..");

    /** It runs every block of these languages, and what it sets up is not the quickstart. */
    private static final String VAULT_PAGE = "docs/vault.md";

    private static final String RUNS_VAULT_PAGE = "DocumentedVault";
    private static final Set<String> RUN_THERE = Set.of("sh", "sql");

    /** Pages about platforms that are not here; their issuers and agents are what {@code PlatformTokensTest} takes from there. */
    private static final String IDENTITIES = "docs/identities/";

    private static final String EXCHANGES_THROUGH_IDENTITIES = "PlatformTokensTest";

    /** {@code interop/deploy} types it on a machine of its own; here the form of what it says is looked at. */
    private static final String DEPLOYMENT = "docs/deploy.md";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private static Path data;

    @SuppressWarnings("NullAway.Init")
    private static ServedByReadme broker;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    @BeforeAll
    static void serve() throws IOException {
        broker = new ServedByReadme(data);
        assertThat(ApplyCommand.apply(List.of(Path.of("..", "examples", "quickstart")), broker::client, line -> {}))
                .isEmpty();
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    static Stream<Page> pages() throws IOException {
        return everyPage().filter(page -> page.name().contains(System.getProperty("errand.pages", "")));
    }

    private static Stream<Page> everyPage() throws IOException {
        try (Stream<Path> files = Files.walk(ROOT.resolve("docs"))) {
            List<Page> pages = Stream.concat(
                            files.filter(file -> file.toString().endsWith(".md"))
                                    .sorted(),
                            Stream.of(ROOT.resolve("README.md")))
                    .map(PagesTest::read)
                    .filter(page -> !page.blocks().isEmpty())
                    .toList();
            return pages.stream();
        }
    }

    private static Page read(Path file) {
        try {
            return Page.read(ROOT, file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @MethodSource("pages")
    void whatItSaysIsDone(Page page) throws IOException, InterruptedException {
        if (page.name().equals(DEPLOYMENT)) {
            for (Block block : page.blocks()) {
                formOf(page, block);
                if (block.isMarked("run by")) {
                    assertThat(Tests.run(page, block))
                            .as(page.name() + ":" + block.line() + " is run by what its mark names")
                            .isTrue();
                }
            }
        } else if (page.name().equals(VAULT_PAGE)) {
            run(page, RUNS_VAULT_PAGE, block -> RUN_THERE.contains(block.language()));
        } else if (page.name().startsWith(IDENTITIES)) {
            run(page, EXCHANGES_THROUGH_IDENTITIES, PagesTest::isResource);
        } else {
            run(page, "", block -> false);
        }
    }

    /** @param elsewhere which of its blocks without a mark are taken from the page by another test */
    private void run(Page page, String test, Predicate<Block> elsewhere) throws IOException, InterruptedException {
        Predicate<Block> left = block -> block.mark().isEmpty() && elsewhere.test(block);
        for (Block block : page.blocks().stream().filter(left).toList()) {
            formOf(page, block);
            assertThat(Tests.reads(test, page.name()))
                    .as(test + " reads " + page.name())
                    .isTrue();
        }
        List<Block> here = page.blocks().stream().filter(left.negate()).toList();
        new PageRun(new Page(page.name(), here), folder, broker).run();
    }

    private static boolean isResource(Block block) {
        return block.language().equals("yaml") && block.text().startsWith("kind: ");
    }

    private void formOf(Page page, Block block) throws IOException, InterruptedException {
        String where = page.name() + ":" + block.line();
        Forms.check(where, block, folder);
        if (isResource(block)) {
            Path resource = Files.writeString(folder.resolve("resource.yaml"), block.text());
            // Nothing is sent where anything in it has not the form of a resource; what is sent may name what is not
            // here.
            assertThat(ApplyCommand.apply(List.of(resource), broker::client, line -> {}))
                    .as(where)
                    .noneMatch(mistake -> mistake.contains("is not a member of")
                            || mistake.contains("must be ")
                            || mistake.contains("this is not YAML"));
        }
    }

    /** Another database of the same deployment has written at the target, and nobody knows yet which one it is. */
    @Test
    void aDeploymentInDoubtIsDecidedByTheCommandsOfTheTargetsPage() throws Exception {
        List<String> commands =
                Page.block("docs/targets.md", "decisions").lines().toList();
        assertThat(commands).hasSize(3);

        inDoubt();
        assertThat(broker.type(folder, commands.get(0))).isEqualTo(3);
        assertThat(broker.type(folder, commands.get(1))).isZero();
        assertThat(doubts()).isZero();

        inDoubt();
        assertThat(broker.type(folder, commands.get(2))).isZero();
        assertThat(doubts()).isZero();
    }

    private static void inDoubt() throws IOException, SQLException {
        look(); // from now on there is a mark
        String mark = "errand_deployment_" + deployment().path("id").asString();
        try (Connection server = broker.targetServer();
                Statement statement = server.createStatement()) {
            statement.execute("COMMENT ON ROLE \"" + mark + "\" IS 'Errand: nonce " + UUID.randomUUID() + "'");
        }
        look();
        assertThat(doubts()).isEqualTo(1);
    }

    private static void look() {
        assertThat(broker.client()
                        .post("/admin/v1/reconciliations", Json.mapper().createObjectNode())
                        .isSuccess())
                .isTrue();
    }

    private static int doubts() {
        return deployment().path("doubts").size();
    }

    private static JsonNode deployment() {
        return broker.client().get("/admin/v1/deployment").body();
    }

    @Test
    void aCommandThatFailsInTheMiddleOfABlockEndsThePage() throws IOException {
        Page page = new Page("page.md", List.of(new Block(7, "sh", "false\necho and on\n", Optional.empty())));
        PageRun run = new PageRun(page, folder, broker);

        assertThatThrownBy(run::run)
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("line 7 of the page ends with 1");
    }

    /** Whoever adds to this list says why in the mark. */
    @Test
    void noOtherBlockIsNotRun() throws IOException {
        assertThat(everyPage()
                        .flatMap(page -> page.blocks().stream()
                                .filter(block -> block.isMarked("not run"))
                                .map(block -> page.name() + ": " + block.marked("not run"))))
                .containsExactlyInAnyOrder("docs/lifecycle.md: a picture", "README.md: a picture");
    }

    @Test
    void aBlockThatSaysNothingIsNoticed() throws IOException {
        Path file = Files.writeString(
                folder.resolve("page.md"),
                "<!-- block: not run, it is late -->\n```sh\necho\n```\n\n```\nwhat?\n```\n");

        Page page = Page.read(folder, file);

        assertThat(page.blocks()).extracting(Block::line).containsExactly(2, 6);
        assertThat(page.blocks().getFirst().marked("not run")).isEqualTo("it is late");
        assertThat(page.blocks().getLast().mark()).isEmpty();
    }
}
