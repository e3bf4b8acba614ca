package io.errand.broker.caller;

import io.errand.broker.database.RegistryVersion;
import io.errand.broker.identity.KeyBinding;
import io.errand.broker.identity.Possession;
import io.errand.broker.identity.possession.ClientCertificates;
import io.errand.broker.identity.possession.PossessionProofs;
import io.errand.broker.identity.possession.PossessionProofs.Shown;
import io.errand.broker.shared.ErrandProperties;
import jakarta.servlet.http.HttpServletRequest;
import java.security.cert.X509Certificate;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Checks that a caller holds the key to which a task token is, or will be, bound. */
@Component
public class ProofOfPossession {

    private static final String TLS = "jakarta.servlet.request.X509Certificate";

    private final PossessionProofs proofs;
    private final ClientCertificates certificates;
    private final RegistryVersion registryVersion;
    private final String issuer;

    ProofOfPossession(
            PossessionProofs proofs,
            ClientCertificates certificates,
            RegistryVersion registryVersion,
            ErrandProperties errand) {
        this.proofs = proofs;
        this.certificates = certificates;
        this.registryVersion = registryVersion;
        this.issuer = errand.issuer();
    }

    /** The address is our issuer identifier's, whatever {@code Host} says: that is the one that clients read in the metadata. */
    public Possession read(HttpServletRequest request) {
        ClientCertificates.Seen seen = certificates.of(
                request.getRemoteAddr(),
                name -> Collections.list(request.getHeaders(name)),
                request.getAttribute(TLS) instanceof X509Certificate[] chain ? List.of(chain) : List.of());
        return new Possession(
                List.copyOf(Collections.list(request.getHeaders("DPoP"))),
                request.getMethod(),
                issuer + request.getRequestURI(),
                seen instanceof ClientCertificates.Chain(List<X509Certificate> chain) ? chain : List.of(),
                seen instanceof ClientCertificates.Unreadable(String sentence) ? sentence : null);
    }

    /** What the sender holds; nothing is remembered yet. */
    public GrantStep<PresentedKeys> check(Possession possession, @Nullable String accessToken) {
        if (possession.unreadable() != null) {
            return GrantStep.stop(Refusal.invalidRequest("client_certificate_unreadable", possession.unreadable()));
        }
        Optional<KeyBinding> certificate = proofs.certificate(possession);
        return switch (proofs.check(possession, accessToken)) {
            case Shown.Nothing() -> GrantStep.pass(new PresentedKeys(Optional.empty(), certificate));
            case Shown.Proof proof -> GrantStep.pass(new PresentedKeys(Optional.of(proof), certificate));
            case Shown.NonceMissing(String detail) -> GrantStep.stop(Refusal.nonceMissing(detail));
            case Shown.Wrong(String reason, String detail) -> GrantStep.stop(Refusal.invalidProof(reason, detail));
        };
    }

    /** The certificate alone, whose key TLS has seen: a proof beside it is not looked at. */
    public PresentedKeys certified(HttpServletRequest request) {
        return new PresentedKeys(Optional.empty(), proofs.certificate(read(request)));
    }

    /** Uses the proof up, once it is known whose request it is. */
    public <T> GrantStep<T> once(PresentedKeys presentedKeys, T value) {
        if (presentedKeys.proof().isPresent()) {
            registryVersion.settle();
        }
        return presentedKeys.proof().isEmpty()
                        || proofs.isFirst(presentedKeys.proof().get())
                ? GrantStep.pass(value)
                : GrantStep.stop(Refusal.invalidProof("proof_replayed", "the proof's jti was seen before"));
    }

    /** What is to be in the next proof (RFC 9449 §8.2). */
    public String nonce() {
        return proofs.nonce();
    }
}
