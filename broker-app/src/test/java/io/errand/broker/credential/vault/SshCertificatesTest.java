package io.errand.broker.credential.vault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.errand.broker.credential.Destruction;
import io.errand.broker.credential.Extension;
import io.errand.broker.credential.Issuing;
import io.errand.broker.credential.Order;
import io.errand.broker.credential.Term;
import io.errand.broker.credential.ToolBinding;
import io.errand.broker.credential.Use;
import io.errand.broker.shared.Ids;
import io.errand.broker.shared.Secret;
import io.errand.testing.BesideOthers;
import io.errand.testing.Sshd;
import io.errand.testing.Vaults;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Certificates of Vault's SSH engine, as the page sets it up, at a real OpenSSH server: nothing ends one before its own end. */
@BesideOthers
class SshCertificatesTest {

    private static final ToolBinding ISSUE = Rig.shown("ssh");

    private static final DateTimeFormatter LOCAL =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss").withZone(ZoneId.systemDefault());

    private Rig rig;

    @BeforeEach
    void broker() {
        rig = DocumentedVault.get().broker();
    }

    @AfterEach
    void close() {
        rig.close();
    }

    @Test
    void aServerTakesOneWhileItsLeaseLivesAndNoLongerAndEndsItsSessions() throws Exception {
        assertThat(rig.backend.check(ISSUE)).isEmpty();
        assertThat(rig.backend.probe(ISSUE)).isEmpty();
        Order order = order(ISSUE, Duration.ofSeconds(15));
        Issuing.Issued issued = issued(order);
        SshCertificate certificate = certificate(issued);
        assertThat(certificate.keyId()).startsWith("vault-token-" + order.lease() + "-");
        assertThat(certificate.validBefore()).isBeforeOrEqualTo(order.term().until());
        assertThat(issued.validUntil()).isEqualTo(certificate.validBefore());

        try (Sshd server = new Sshd(DocumentedVault.get().ssh())) {
            Process session = login(server, issued, "echo ready; sleep 60");
            var said = new BufferedReader(new InputStreamReader(session.getInputStream(), StandardCharsets.UTF_8));
            assertThat(said.readLine()).as(server.log()).isEqualTo("ready");
            assertThat(server.log()).contains("ID " + certificate.keyId());

            Destruction first = rig.backend.destroy(Rig.remains(order, issued.reference()));

            assertThat(first).isEqualTo(new Destruction.Lingers(certificate.validBefore()));
            assertThat(Sshd.output(login(server, issued, "echo still in")))
                    .as("no list says that it is revoked")
                    .contains("still in");
            Awaitility.await("the session ends with its certificate")
                    .atMost(Duration.between(Instant.now(), certificate.validBefore())
                            .plusSeconds(4))
                    .until(() -> !session.isAlive());
            assertThat(Instant.now()).isAfterOrEqualTo(certificate.validBefore());
            assertThat(Sshd.output(login(server, issued, "echo in again"))).contains("Permission denied");
            assertThat(server.log()).contains("Certificate invalid: expired");
        }
        Destruction last = rig.backend.destroy(Rig.remains(order, issued.reference()));
        assertThat(last).isInstanceOfSatisfying(Destruction.Gone.class, gone -> {
            assertThat(gone.kind()).isEqualTo("expired");
            assertThat(gone.statement())
                    .contains("keeps no list of revoked SSH certificates")
                    .contains("ended at " + certificate.validBefore())
                    .endsWith("Nobody looked for open sessions at its target.");
            assertThat(gone.facts())
                    .containsEntry("certificate", certificate.serial())
                    .containsEntry("revocation_list", "none_kept")
                    .containsEntry("sessions", "not_looked_at")
                    .containsEntry("expired_at", certificate.validBefore().toString());
        });
    }

    @Test
    void thePrivateKeyIsASecretAndTheCertificateIsNot() throws Exception {
        Issuing.Issued issued = issued(order(ISSUE, Duration.ofMinutes(5)));

        assertThat(issued.data().get("private_key")).isInstanceOf(Secret.class);
        assertThat(issued.data().get("signed_key")).isInstanceOf(String.class);
        assertThat(issued.data().get("serial_number"))
                .isEqualTo(certificate(issued).serial());
        assertThat(rig.backend.extend(
                        Rig.remains(order(ISSUE, Duration.ofMinutes(5)), issued.reference()),
                        Term.between(Instant.now(), Instant.now().plusSeconds(60))))
                .isInstanceOf(Extension.NotExtendable.class);
    }

    /** A probe's certificate is verified with the key that servers trust. */
    @Test
    void itsAuthorityIsKnownByItsSignature() throws Exception {
        Issuing.Issued issued = issued(order(ISSUE, Duration.ofMinutes(1)));
        String line = String.valueOf(issued.data().get("signed_key")).strip();
        String authority = Files.readString(DocumentedVault.get().ssh().resolve("agents-ca.pub"));

        assertThat(rig.backend.use(ISSUE, issued.data()))
                .isInstanceOfSatisfying(
                        Use.Worked.class, use -> assertThat(use.seen()).contains("ssh/config/ca"));
        assertThat(SshSignature.isBy(line, authority)).isTrue();
        byte[] bytes = Base64.getDecoder().decode(line.split(" ")[1]);
        for (int at = 0; at < bytes.length; at += 7) {
            byte[] changed = bytes.clone();
            changed[at] ^= 1;
            String other = line.split(" ")[0] + " " + Base64.getEncoder().encodeToString(changed);
            assertThat(SshSignature.isBy(other, authority)).as("byte " + at).isFalse();
        }
        Path another = Files.createTempDirectory("ca").resolve("ca");
        for (String type : List.of("ed25519", "rsa", "ecdsa")) {
            Files.deleteIfExists(another);
            assertThat(new ProcessBuilder("ssh-keygen", "-q", "-N", "", "-t", type, "-f", another.toString())
                            .start()
                            .waitFor())
                    .isZero();
            assertThat(SshSignature.isBy(line, Files.readString(Path.of(another + ".pub"))))
                    .isFalse();
        }
        Path key = another.resolveSibling("key");
        new ProcessBuilder("ssh-keygen", "-q", "-N", "", "-t", "ed25519", "-f", key.toString())
                .start()
                .waitFor();
        Files.deleteIfExists(another);
        new ProcessBuilder("ssh-keygen", "-q", "-N", "", "-t", "rsa", "-f", another.toString())
                .start()
                .waitFor();
        new ProcessBuilder("ssh-keygen", "-q", "-s", another.toString(), "-I", "id", key + ".pub")
                .start()
                .waitFor();
        assertThat(SshSignature.isBy(
                        Files.readString(Path.of(key + "-cert.pub")), Files.readString(Path.of(another + ".pub"))))
                .as("an RSA authority's")
                .isTrue();
        assertThat(SshSignature.isBy("", authority)).isFalse();
        assertThat(SshSignature.isBy("ssh-ed25519 !", "x")).isFalse();
    }

    /** Whatever key is asked for, what is read of it is what OpenSSH reads. */
    @ParameterizedTest
    @CsvSource({"rsa, 2048", "ec, 256", "ed25519, 0"})
    void whatIsReadOfACertificateIsWhatOpenSshReads(String type, String bits) throws Exception {
        ToolBinding toolBinding =
                Rig.binding(Map.of("read", "ssh/issue/agents"), Map.of("key_type", type, "key_bits", bits));
        Issuing.Issued issued = issued(order(toolBinding, Duration.ofMinutes(5)));
        SshCertificate certificate = certificate(issued);
        Path file = Files.createTempFile("certificate", ".pub");
        Files.writeString(file, text(issued, "signed_key"));

        Process keygen = new ProcessBuilder("ssh-keygen", "-L", "-f", file.toString()).start();
        String said = Sshd.output(keygen);

        assertThat(said)
                .contains("Key ID: \"" + certificate.keyId() + "\"")
                .contains("Serial: " + Long.toUnsignedString(Long.parseUnsignedLong(certificate.serial(), 16)))
                .contains(" to " + LOCAL.format(certificate.validBefore()));
    }

    @Test
    void aRoleThatAllowsLessGivesLess() throws Exception {
        root().root(
                        "POST",
                        "ssh/roles/brief",
                        Map.of(
                                "key_type", "ca",
                                "allow_user_certificates", true,
                                "allowed_users", "agent",
                                "default_user", "agent",
                                "max_ttl", "1m"));
        allow("ssh/issue/brief");
        Order order = order(
                Rig.binding(Map.of("read", "ssh/issue/brief"), Map.of("key_type", "ed25519")), Duration.ofHours(1));

        Issuing.Issued issued = issued(order);

        assertThat(issued.validUntil()).isBefore(Instant.now().plusSeconds(61));
        assertThat(certificate(issued).validBefore()).isEqualTo(issued.validUntil());
    }

    @Test
    void aKeyOfTheToolsOwnIsSigned() throws Exception {
        allow("ssh/sign/agents");
        Path key = Files.createTempDirectory("key").resolve("key");
        new ProcessBuilder("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key.toString())
                .start()
                .waitFor();
        String own = Files.readString(Path.of(key + ".pub"));
        ToolBinding sign = Rig.binding(Map.of("read", "ssh/sign/agents"), Map.of("public_key", own));

        assertThat(rig.backend.check(sign)).isEmpty();
        assertThat(rig.backend.probe(sign)).isEmpty();
        Issuing.Issued issued = issued(order(sign, Duration.ofMinutes(5)));

        assertThat(issued.data()).doesNotContainKey("private_key");
        assertThat(certificate(issued).validBefore()).isBefore(Instant.now().plusSeconds(301));
    }

    @Test
    void whatATryWouldNotTellIsRefusedAtRegistration() {
        assertThat(problems("ssh/sign/agents", Map.of("key_type", "ed25519")))
                .singleElement()
                .asString()
                .startsWith("parameters.public_key: is missing");
        assertThat(problems("ssh/issue/agents", Map.of()))
                .singleElement()
                .asString()
                .startsWith("parameters: is missing");
        assertThat(problems("ssh/issue/agents", Map.of("key_id", "mine")))
                .singleElement()
                .asString()
                .startsWith("parameters.key_id");
    }

    /** As where Vault's clock is ahead of the database's, or a key takes long to make: what was too long is revoked if it can be. */
    @ParameterizedTest
    @ValueSource(strings = {"pki/issue/agents", "ssh/issue/agents"})
    void aCertificateThatCameOutTooLongIsMadeAnew(String path) {
        int before = revokedCertificates();
        Order order = ahead(path, 60);

        Issuing.Issued issued = issued(order);

        assertThat(issued.validUntil()).isBeforeOrEqualTo(order.term().until());
        assertThat(rig.backend.destroy(Rig.remains(order, issued.reference())))
                .isInstanceOfSatisfying(
                        Destruction.Lingers.class,
                        lingers -> assertThat(lingers.until())
                                .isBeforeOrEqualTo(order.term().until()));
        assertThat(revokedCertificates() - before).isEqualTo(path.startsWith("pki") ? 2 : 0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"pki/issue/agents", "ssh/issue/agents"})
    void aCertificateThatWouldOutliveItsLeaseIsGivenToNobody(String path) {
        int before = revokedCertificates();
        Order order = ahead(path, 1);

        Issuing issuing = rig.backend.issue(order, Rig.Notebook.willing());

        assertThat(issuing)
                .isInstanceOfSatisfying(
                        Issuing.Refused.class,
                        refused -> assertThat(refused.reason())
                                .contains(
                                        "and its lease ends at " + order.term().until())
                                .contains("Vault's clock is ahead"));
        assertThat(rig.finds(order.lease())).isFalse();
        assertThat(revokedCertificates() - before).isEqualTo(path.startsWith("pki") ? 1 : 0);
    }

    /** The lease ends so soon, though what is left of it is said to be a minute and a half. */
    private static Order ahead(String path, long seconds) {
        Map<String, String> parameters =
                path.startsWith("pki") ? Map.of("common_name", "errand.agents.example") : Map.of("key_type", "ed25519");
        Term term = new Term(Instant.now().plusSeconds(seconds), Duration.ofSeconds(90));
        return new Order(
                Ids.next(), Rig.binding(Map.of("read", path), parameters), List.of("read"), term, term, Map.of());
    }

    private static int revokedCertificates() {
        return root().call("LIST", "pki/certs/revoked", null)
                .path("data")
                .path("keys")
                .size();
    }

    @Test
    void vaultKeepsNoListOfWhatItSigned() {
        for (String path : List.of("ssh/krl", "ssh/crl", "ssh/certs", "ssh/revoke")) {
            assertThat(root().call("GET", path, null).path("status_code").asInt())
                    .as(path)
                    .isGreaterThanOrEqualTo(400);
        }
        assertThat(root().root("GET", "ssh?help=1", null).path("help").asString())
                .doesNotContainIgnoringCase("krl")
                .doesNotContain("^revoke");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "ssh-ed25519-cert-v01@openssh.com",
                "ssh-ed25519-cert-v01@openssh.com AAAA",
                "ssh-ed25519-cert-v01@openssh.com !!!!",
                "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl",
                "ssh-ed25519-cert-v01@openssh.com /////w==",
                "ssh-ed25519-cert-v01@openssh.com AAAAIHNzaC1lZDI1NTE5LWNlcnQtdjAxQG9wZW5zc2guY29tAAAABA=="
            })
    void whatIsNoCertificateIsNotRead(String line) {
        assertThatThrownBy(() -> SshCertificate.parse(line)).isInstanceOf(IllegalArgumentException.class);
    }

    private static Order order(ToolBinding toolBinding, Duration lasts) {
        Instant now = Instant.now();
        return new Order(
                Ids.next(),
                toolBinding,
                List.of(toolBinding.actions().getFirst()),
                Term.between(now, now.plus(lasts)),
                Term.between(now, now.plus(lasts)),
                Map.of("task", Map.of("id", "0199aaaa-0000-7000-8000-000000000001")));
    }

    private Issuing.Issued issued(Order order) {
        Issuing issuing = rig.backend.issue(order, Rig.Notebook.willing());
        assertThat(issuing).isInstanceOf(Issuing.Issued.class);
        return (Issuing.Issued) issuing;
    }

    private static SshCertificate certificate(Issuing.Issued issued) {
        return SshCertificate.parse(text(issued, "signed_key"));
    }

    private static String text(Issuing.Issued issued, String member) {
        Object value = Objects.requireNonNull(issued.data().get(member));
        return value instanceof Secret secret ? secret.reveal() : (String) value;
    }

    private static Process login(Sshd server, Issuing.Issued issued, String command) throws Exception {
        return server.login(text(issued, "private_key"), text(issued, "signed_key"), command);
    }

    private List<String> problems(String path, Map<String, String> parameters) {
        return rig.backend.check(Rig.binding(Map.of("read", path), parameters)).stream()
                .map(problem -> problem.member() + ": " + problem.detail())
                .toList();
    }

    private static Vaults root() {
        return DocumentedVault.get().vault();
    }

    /** Adds a path to what leases may do. */
    private static void allow(String path) {
        String policy = root().root("GET", "sys/policies/acl/errand-lease", null)
                .path("data")
                .path("policy")
                .asString();
        Map<String, String> body = new LinkedHashMap<>();
        body.put("policy", policy + "\npath \"" + path + "\" { capabilities = [\"update\"] }\n");
        root().root("PUT", "sys/policies/acl/errand-lease", body);
    }

    /** The page's own check has nothing to say of what the page sets up. */
    @Test
    void theRoleOfThePageIsRight() {
        assertThat(rig.check.report("errand", Set.of("ssh/issue/agents"), "")).isEmpty();
    }
}
