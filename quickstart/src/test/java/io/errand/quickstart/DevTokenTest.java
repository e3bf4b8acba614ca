package io.errand.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.errand.api.Json;
import io.errand.cli.ErrandCommand;
import io.errand.cli.ServeFile;
import io.errand.quickstart.issuer.DevelopmentIssuer;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** {@code errand dev-token} prints tokens that the development issuers' published keys verify. */
class DevTokenTest {

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path data;

    @SuppressWarnings("NullAway.Init")
    private DevelopmentIssuer issuer;

    private final StringWriter err = new StringWriter();

    @BeforeEach
    void start() throws Exception {
        issuer = DevelopmentIssuer.start(data, 0, "http://127.0.0.1:9000");
        new ServeFile(
                        "http://127.0.0.1:9000",
                        "http://127.0.0.1:9000",
                        issuer.tokens().base(),
                        "unused")
                .write(data);
    }

    @AfterEach
    void stop() {
        issuer.close();
    }

    @Test
    void aWorkloadsToken() throws Exception {
        JWTClaimsSet claims = verified("--subject", "invoice-triage");

        assertThat(claims.getIssuer()).endsWith("/workloads");
        assertThat(claims.getSubject()).isEqualTo("invoice-triage");
        assertThat(claims.getAudience()).containsExactly("errand");
        assertThat(claims.getJWTID()).isNotBlank();
        assertThat(claims.getExpirationTime().getTime() - claims.getIssueTime().getTime())
                .isEqualTo(300_000);
    }

    @Test
    void anAdministratorsToken() throws Exception {
        JWTClaimsSet claims = verified("--subject", "ann", "--role", "errand.admin", "--role", "errand.auditor");

        assertThat(claims.getIssuer()).endsWith("/people");
        assertThat(claims.getAudience()).containsExactly("http://127.0.0.1:9000/admin");
        assertThat(claims.getStringListClaim("roles")).containsExactly("errand.admin", "errand.auditor");
    }

    @Test
    void aPersonsTokenShapedByHand() throws Exception {
        JWTClaimsSet claims = verified(
                "--subject",
                "ann",
                "--person",
                "--ttl",
                "PT30S",
                "--audience",
                "other",
                "--claim",
                "may_act={\"sub\":\"invoice-triage\"}",
                "--claim",
                "azp=ap-portal",
                "--claim",
                "n=7");

        assertThat(claims.getIssuer()).endsWith("/people");
        assertThat(claims.getAudience()).containsExactly("other");
        assertThat(claims.getJSONObjectClaim("may_act")).isEqualTo(Map.of("sub", "invoice-triage"));
        assertThat(claims.getStringClaim("azp")).isEqualTo("ap-portal");
        assertThat(claims.getIntegerClaim("n")).isEqualTo(7);
    }

    @Test
    void withoutABrokerItSaysHowToGetOne() {
        int exit = run(new StringWriter(), "dev-token", "--subject", "x", "--data", data + "/none");

        assertThat(exit).isEqualTo(1);
        assertThat(err.toString()).startsWith("errand: There is no broker in ").hasLineCount(1);
    }

    @Test
    void aLifetimeOfNothingIsRefused() {
        assertThat(run(new StringWriter(), "dev-token", "--subject", "x", "--ttl", "PT0S", "--data", data.toString()))
                .isEqualTo(2);
        assertThat(run(new StringWriter(), "dev-token", "--subject", "x", "--ttl", "soon", "--data", data.toString()))
                .isEqualTo(2);
    }

    private JWTClaimsSet verified(String... arguments) throws Exception {
        List<String> all = new ArrayList<>(List.of("dev-token", "--data", data.toString()));
        all.addAll(List.of(arguments));
        StringWriter out = new StringWriter();
        assertThat(run(out, all.toArray(String[]::new))).as(err.toString()).isZero();
        SignedJWT jwt = SignedJWT.parse(out.toString().strip());
        String iss = jwt.getJWTClaimsSet().getIssuer();
        var discovery = Json.mapper()
                .readTree(URI.create(iss + "/.well-known/openid-configuration")
                        .toURL()
                        .openStream());
        assertThat(discovery.path("issuer").asString()).isEqualTo(iss);
        JWKSet keys =
                JWKSet.load(URI.create(discovery.path("jwks_uri").asString()).toURL());
        assertThat(keys.containsNonPublicKeys()).isFalse();
        assertThat(jwt.verify(new ECDSAVerifier(
                        keys.getKeyByKeyId(jwt.getHeader().getKeyID()).toECKey())))
                .isTrue();
        return jwt.getJWTClaimsSet();
    }

    private int run(StringWriter out, String... arguments) {
        CommandLine line = ErrandCommand.commandLine().addSubcommand(new DevTokenCommand());
        return line.setOut(new PrintWriter(out)).setErr(new PrintWriter(err)).execute(arguments);
    }
}
