package io.errand.broker.identity.jwt;

import io.errand.broker.identity.AssertionType;
import io.errand.broker.identity.IssuerPurpose;
import io.errand.broker.identity.TokenType;
import io.errand.broker.identity.Verification;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.springframework.modulith.NamedInterface;

/** The public face of this room: whose token is this? */
@NamedInterface("tokens")
public interface IdentityTokens {

    /** Every {@code alg} that an issuer's registration may allow; by default it is some of them. */
    List<String> ALGORITHMS = Stream.concat(
                    Stream.of(Algorithm.values()).map(Algorithm::wire), Stream.of(Algorithm.FULLY_SPECIFIED))
            .toList();

    /**
     * Verifies a token of a registered issuer: size and form, {@code alg} against the issuer's list, {@code typ} against the
     * declared type, signature with the issuer's own keys, {@code iss}, {@code aud}, lifetime, and last the replay table
     * where the issuer is {@code single_use}. Of another deployment, {@code aud} is our issuer identifier and nothing beside it.
     *
     * @param purposes whose issuers are meant; a token of another one is rejected
     */
    Verification verify(String token, TokenType type, Set<IssuerPurpose> purposes);

    /** The same for whoever only asks and is given nothing: a token that is accepted once is not used up by it. */
    Verification look(String token, TokenType type, Set<IssuerPurpose> purposes);

    /**
     * Verifies an Identity Assertion Authorization Grant (ID-JAG, draft -05) of an issuer of people that signs them: its audience is
     * our issuer identifier and nothing beside it. It may be shown again until its end.
     */
    Verification verifyGrant(String assertion);

    /**
     * Verifies a client assertion of a workload likewise, but for its audience: our issuer identifier and nothing beside it (RFC
     * 10070). A {@code jwt-bearer} assertion is accepted once whatever its issuer is; a JWT-SVID, which its workload reuses until
     * its end, only where the issuer is {@code single_use}.
     */
    Verification verifyAssertion(String assertion, AssertionType type);

    /**
     * Verifies the client certificate of a TLS connection as an X.509-SVID, by the authorities of its trust domain.
     *
     * @param chain the client's own first; it may be empty
     * @return empty: it claims nothing about who its holder is that anybody registered could vouch for
     */
    Optional<Verification> verifyCertificate(List<X509Certificate> chain);
}
