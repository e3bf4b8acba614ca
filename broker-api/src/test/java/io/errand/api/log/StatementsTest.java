package io.errand.api.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.errand.api.AuditEntry;
import io.errand.api.Json;
import io.errand.api.LogProof;
import io.errand.api.log.Verification.Decisions;
import io.errand.api.log.Verification.Tampered;
import io.errand.api.log.Verification.Verified;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What the log's own lines say has to hold together, and what stands in them as a digest is what is shown for it. */
class StatementsTest {

    private final SomeLog log = new SomeLog(LogSigner.make(SomeLog.ORIGIN), 3);
    private final KeyPair pair = pair();

    @Test
    void decisionsAreCountedByWhatCameOfThem() {
        add("evaluation.permitted", "a", "permit", Map.of());
        add("evaluation.permitted", "b", "permit", Map.of());
        add("evaluation.permitted", "c", "permit", Map.of("closed", "unknown"));
        add("evaluation.permitted", "d", "permit", Map.of());
        add("evaluation.closed", "a", "succeeded", Map.of());
        add("evaluation.closed", "b", "unknown", Map.of());
        add("exchange.granted", "e", "granted", Map.of("leases", List.of("l-1", "l-2")));
        log.add(lease("lease.activated", "l-1", Map.of()));
        add("exchange.granted", "f", "granted", Map.of("leases", List.of("l-3")));
        log.add(lease("lease.activated", "l-3", Map.of()));

        add("exchange.granted", "g", "granted", Map.of("leases", List.of("l-3"), "rejoined", true));

        assertThat(verified().decisions()).isEqualTo(new Decisions(3, 2, 2));
    }

    @Test
    void anApprovalIsOfTheDigestThatWasAskedFor() {
        add("approval.requested", "a", "deferred", Map.of("approval", "p", "digest", "one"));
        add("approval.approved", "a", "approved", Map.of("approval", "p", "digest", "another"));

        assertThat(found(null).kind()).isEqualTo(Tampering.FALSE_STATEMENT);
    }

    @Test
    void anApprovalThatNobodyGaveIsNotUsed() {
        add("approval.requested", "a", "deferred", Map.of("approval", "p", "digest", "one"));
        add("approval.consumed", "a", "consumed", Map.of("approval", "p", "digest", "one"));

        assertThat(found(null).sentence()).contains("nobody gave");
    }

    @Test
    void aReceiptIsOfTheLeaseThatEnded() {
        log.add(lease("lease.revoked", "l-1", Map.of("receipt", receipt("l-1"))));
        assertThat(((Verified) verify(null, keys())).statements().signatures()).isOne();

        log.add(lease("lease.revoked", "l-2", Map.of("receipt", receipt("l-1"))));
        assertThat(found(null).kind()).isEqualTo(Tampering.FALSE_STATEMENT);
    }

    @Test
    void aReceiptIsSignedByAKnownKey() {
        String receipt = receipt("l-1");
        log.add(lease(
                "lease.revoked",
                "l-1",
                Map.of("receipt", receipt.substring(0, receipt.lastIndexOf('.') + 1) + "AAAA")));

        assertThat(((Tampered) verify(null, keys())).sentence()).contains("none of the keys");
    }

    @Test
    void oneReceiptIsProvedAlone() {
        String receipt = receipt("l-1");
        log.grow(300, 300);
        log.add(lease("lease.revoked", "l-1", Map.of("receipt", receipt)));
        LogProof proof = new LogProof(
                300,
                new String(log.lines.getLast(), StandardCharsets.UTF_8),
                log.tree(301).inclusion(300).stream().map(Base64Text::of).toList(),
                log.checkpoint().toString());

        assertThat(ReceiptProof.fault(receipt, keys(), proof, log.signer.verifier()))
                .isEmpty();
        assertThat(ReceiptProof.fault(receipt("l-2"), keys(), proof, log.signer.verifier()))
                .contains("The entry that the proof is about does not have this receipt.");
        assertThat(ReceiptProof.fault(
                        receipt, keys(), proof, LogSigner.make(SomeLog.ORIGIN).verifier()))
                .isPresent();
        LogProof elsewhere = new LogProof(299, proof.line(), proof.proof(), proof.checkpoint());
        assertThat(ReceiptProof.fault(receipt, keys(), elsewhere, log.signer.verifier()))
                .isPresent();
    }

    @Test
    void whatIsDisclosedIsWhatTheDigestIsOf() {
        log.grow(600, 600);
        byte[] told = lines(log.disclosures);
        assertThat(((Verified) verify(told, null)).statements().disclosures()).isEqualTo(600);
        assertThat(new String(told, StandardCharsets.UTF_8)).contains("Match invoice");

        Disclosure one = log.disclosures.get(100);
        log.disclosures.set(
                100, new Disclosure(one.id(), one.place(), one.member(), one.salt(), one.text() + ".", null));
        Tampered changed = (Tampered) verify(lines(log.disclosures), null);
        assertThat(changed.sentence()).contains("line 101 of the disclosures");
    }

    @Test
    void theTextIsNotInTheLine() {
        log.add(log.event(
                "exchange.granted",
                "a",
                "granted",
                Map.of("question", Map.of("task", Map.of("purpose", "Call Ms. Smith")), "leases", List.of())));
        log.add(log.event("evaluation.closed", "b", "succeeded", Map.of("detail", "Called Ms. Smith")));

        assertThat(new String(log.export(), StandardCharsets.UTF_8)).doesNotContain("Smith");
        assertThat(((Verified) verify(lines(log.disclosures), null))
                        .statements()
                        .disclosures())
                .isEqualTo(2);
    }

    @Test
    void whatIsTooLongIsADigestAndDisclosed() {
        Map<String, Object> details = new LinkedHashMap<>();
        details.put("short", "x");
        details.put("long", "y".repeat(40_000));
        details.put("longer", List.of("z".repeat(50_000), "\u00e4".repeat(10_000)));
        log.add(log.event("test.written", "a", "ok", details));

        assertThat(log.lines.getLast()).hasSizeLessThanOrEqualTo(AuditLine.MAX_BYTES);
        assertThat(((Verified) verify(lines(log.disclosures), null))
                        .statements()
                        .disclosures())
                .isPositive();
    }

    private void add(String kind, String decision, String outcome, Map<String, Object> details) {
        log.add(log.event(kind, decision, outcome, details));
    }

    private AuditEntry lease(String kind, String lease, Map<String, Object> details) {
        AuditEntry event = log.event(kind, "-", "gone", details);
        return new AuditEntry(
                event.id(),
                event.at(),
                kind,
                event.who(),
                event.agent(),
                event.task(),
                lease,
                null,
                event.outcome(),
                details);
    }

    private Verified verified() {
        return (Verified) verify(null, null);
    }

    private Tampered found(byte @Nullable [] disclosures) {
        return (Tampered) verify(disclosures, null);
    }

    private Verification verify(byte @Nullable [] disclosures, @Nullable ReceiptKeys keys) {
        try {
            return new ExportVerifier(log.signer.verifier())
                    .withDisclosures(disclosures == null ? null : new ByteArrayInputStream(disclosures))
                    .withReceiptKeys(keys)
                    .verify(new ByteArrayInputStream(log.export()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] lines(List<Disclosure> disclosures) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        disclosures.forEach(disclosure -> {
            all.writeBytes(disclosure.line());
            all.write('\n');
        });
        return all.toByteArray();
    }

    private static KeyPair pair() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private ReceiptKeys keys() {
        ECPublicKey key = (ECPublicKey) pair.getPublic();
        return ReceiptKeys.parse(Json.mapper()
                        .writeValueAsBytes(Map.of(
                                "keys",
                                List.of(Map.of(
                                        "kty", "EC",
                                        "crv", "P-256",
                                        "kid", "k",
                                        "x",
                                                base64(unsigned(
                                                        key.getW().getAffineX().toByteArray())),
                                        "y",
                                                base64(unsigned(
                                                        key.getW().getAffineY().toByteArray())))))))
                .orElseThrow();
    }

    private static byte[] unsigned(byte[] number) {
        return number.length > 32 ? Arrays.copyOfRange(number, number.length - 32, number.length) : number;
    }

    private String receipt(String lease) {
        String signed =
                base64(Json.mapper().writeValueAsBytes(Map.of("alg", "ES256", "kid", "k", "typ", ReceiptKeys.TYP)))
                        + "."
                        + base64(Json.mapper()
                                .writeValueAsBytes(Map.of("lease", lease, "task", "t-1", "agent", "invoice-triage")));
        try {
            Signature es256 = Signature.getInstance("SHA256withECDSAinP1363Format");
            es256.initSign(pair.getPrivate());
            es256.update(signed.getBytes(StandardCharsets.US_ASCII));
            return signed + "." + base64(es256.sign());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
