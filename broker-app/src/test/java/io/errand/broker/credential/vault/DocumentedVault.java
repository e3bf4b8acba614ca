package io.errand.broker.credential.vault;

import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;

import com.github.tomakehurst.wiremock.WireMockServer;
import io.errand.broker.credential.vault.client.VaultProperties;
import io.errand.testing.PageBlock;
import io.errand.testing.Postgres;
import io.errand.testing.Surroundings;
import io.errand.testing.TestIssuer;
import io.errand.testing.VaultPage;
import io.errand.testing.Vaults;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A real Vault set up by running, in order, every command of {@code docs/vault.md}. */
public final class DocumentedVault {

    private static final class Once {
        private static final DocumentedVault INSTANCE = new DocumentedVault(Vaults.onHost(), Postgres.shared());
    }

    private static final Map<Postgres.Version, DocumentedVault> BY_VERSION = new ConcurrentHashMap<>();

    /** One with a mark above it is run by somebody else. */
    private static final Pattern BLOCK = Pattern.compile("(?ms)(?<!-->\n)^```(sh|sql)\n(.*?)^```$");

    /** Sections about servers that only their own tests start; they run them with {@link #run}. */
    private static final Set<String> OF_THEIR_OWN = Set.of("MariaDB and MySQL", "Redis", "RabbitMQ");

    /** The variables that the page sets, for which there are other values here. */
    private static final Set<String> PLACES = Pattern.compile("\\b([A-Z_]+)=")
            .matcher(PageBlock.of("docs/vault.md", "places").text())
            .results()
            .map(set -> set.group(1))
            .collect(Collectors.toSet());

    private final Vaults vault;
    private final Postgres postgres;
    private final Path credentials;

    /** What Kubernetes' API server would say to Vault about a service account's token. */
    private final WireMockServer kubernetes =
            new WireMockServer(options().dynamicPort().bindAddress("127.0.0.1"));

    public static DocumentedVault get() {
        Vaults.onHost(); // skips before anything fails
        return Once.INSTANCE;
    }

    /** The same with another Vault, and a PostgreSQL of that version. */
    static DocumentedVault at(Postgres.Version version) {
        Vaults.onHost(); // skips before anything fails
        return BY_VERSION.computeIfAbsent(
                version, wanted -> new DocumentedVault(Vaults.another(), Surroundings.another(wanted)));
    }

    private DocumentedVault(Vaults vault, Postgres postgres) {
        this.vault = vault;
        this.postgres = postgres;
        TestIssuer issuer = Surroundings.WORKLOADS; // and with it the database `orders`
        kubernetes.start();
        kubernetes.stubFor(
                post(urlEqualTo("/apis/authentication.k8s.io/v1/tokenreviews")).willReturn(okJson("""
                                        {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview",
                                         "status": {"authenticated": true, "audiences": ["vault"],
                                          "user": {"username": "system:serviceaccount:errand:errand",
                                                   "uid": "0b9f4a2e-0000-4000-8000-000000000001",
                                                   "groups": ["system:serviceaccounts"]}}}""")));
        try {
            credentials = Files.createTempDirectory("errand-vault-doc");
            Files.createDirectory(ssh());
            Files.createSymbolicLink(credentials.resolve("vault"), Vaults.command());
            for (String title : VaultPage.sections().keySet()) {
                if (!OF_THEIR_OWN.contains(title)) {
                    run(title, surroundings(issuer), sql -> postgres.execute(Surroundings.TARGET_DATABASE, sql));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Vaults vault() {
        return vault;
    }

    Postgres postgres() {
        return postgres;
    }

    WireMockServer kubernetes() {
        return kubernetes;
    }

    /** The broker as the page sets it up: AppRole, and the page's policy. */
    public Rig broker() {
        return appRole(credentials.resolve("secret-id"));
    }

    /** The same, as a service's settings. */
    public Map<String, String> settings() {
        return Map.of(
                "errand.vault.address",
                vault.address(),
                "errand.vault.auth.method",
                "approle",
                "errand.vault.auth.role-id",
                read("role-id"),
                "errand.vault.auth.secret-id-file",
                credentials.resolve("secret-id").toString());
    }

    Rig appRole(Path secretIdFile) {
        return new Rig(Rig.properties(
                vault.address(),
                new VaultProperties.Auth(
                        VaultProperties.Method.APPROLE,
                        null,
                        null,
                        read("role-id"),
                        null,
                        secretIdFile,
                        null,
                        null,
                        null)));
    }

    /** The same by a token in a file; the method is {@code jwt} or {@code kubernetes}. */
    Rig jwt(VaultProperties.Method method, Path jwtFile) {
        return new Rig(Rig.properties(
                vault.address(),
                new VaultProperties.Auth(method, null, null, null, null, null, jwtFile, "errand", null)));
    }

    /** The folder of an OpenSSH server that the page has configured. */
    Path ssh() {
        return credentials.resolve("ssh");
    }

    private String read(String file) {
        try {
            return Files.readString(credentials.resolve(file)).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Runs every command of one section.
     *
     * @param environment what its shell blocks need besides Vault's address and token
     * @param sql what runs its SQL blocks
     */
    void run(String title, Map<String, String> environment, Consumer<String> sql) {
        Matcher block =
                BLOCK.matcher(Objects.requireNonNull(VaultPage.sections().get(title), "no section " + title));
        while (block.find()) {
            if (block.group(1).equals("sql")) {
                sql.accept(block.group(2));
            } else {
                shell(block.group(2), environment);
            }
        }
    }

    private Map<String, String> surroundings(TestIssuer issuer) {
        return Map.of(
                "DB_ADDR",
                postgres.host() + ":" + postgres.port(),
                "DB_SSLMODE",
                "disable",
                "CREDENTIALS",
                credentials.toString(),
                "ISSUER",
                issuer.url(),
                "KUBERNETES",
                kubernetes.baseUrl(),
                "REVIEWER_TOKEN",
                issuer.token("vault"),
                "SSH",
                ssh().toString(),
                "SSH_USER",
                System.getProperty("user.name"));
    }

    private void shell(String script, Map<String, String> more) {
        for (String variable : more.keySet()) {
            if (script.contains("$" + variable) && !PLACES.contains(variable)) {
                throw new AssertionError("docs/vault.md does not set " + variable);
            }
        }
        ProcessBuilder bash = new ProcessBuilder("bash", "-euo", "pipefail", "-c", script).redirectErrorStream(true);
        Map<String, String> environment = bash.environment();
        environment.put("HOME", credentials.toString());
        environment.put("VAULT_ADDR", vault.address());
        environment.put("VAULT_TOKEN", vault.rootToken());
        environment.putAll(more);
        environment.put("PATH", credentials + File.pathSeparator + environment.get("PATH"));
        try {
            Process process = bash.start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
                throw new AssertionError("docs/vault.md does not work:\n" + script + "\n" + output);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}
