package io.errand.api;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A granted exchange (RFC 8693 §2.2.1), never cached.
 *
 * @param accessToken the task token, a JWT of {@code typ} {@code at+jwt}; where one tool of the backend {@code jwt} was named by
 *     {@code audience}, {@code resource} or {@code scope}: its credential, to be passed on to it
 * @param issuedTokenType {@code urn:ietf:params:oauth:token-type:access_token}; of a credential, the type that was asked for
 * @param tokenType {@code Bearer} or {@code DPoP}
 * @param expiresIn seconds until {@code accessToken} ends
 * @param scope the granted actions as {@code tool:action}, separated by spaces
 * @param authorizationDetails what was granted
 * @param task the task that the token stands for
 * @param credentials one for each tool; the only time that they are shown
 * @param taskToken the task token, where {@code accessToken} is a credential and the task was declared; absent: {@code accessToken}
 *     is it, or the task is implicit and nobody holds its token
 */
public record TokenResponse(
        String accessToken,
        String issuedTokenType,
        String tokenType,
        long expiresIn,
        String scope,
        List<AuthorizationDetail> authorizationDetails,
        Task task,
        List<Credential> credentials,
        @Nullable String taskToken) {

    /** The task in brief. */
    public record Task(String id, String type, String state, Instant expiresAt) {}

    /**
     * A credential for one tool.
     *
     * @param leaseId the lease that stands for it; knowing the id authorizes nothing
     * @param type {@code postgres}, {@code jwt} or {@code vault}
     * @param expiresAt when it dies at the latest
     * @param data what to log in with; its members depend on {@code type}. For {@code postgres}: {@code host, port,
     *     database, username, password, jdbc_url, valid_until}. For {@code jwt}: {@code token, valid_until}
     */
    public record Credential(
            String leaseId,
            String tool,
            List<String> actions,
            String type,
            Instant expiresAt,
            Map<String, Object> data) {

        @Override
        public String toString() {
            return "Credential[leaseId=" + leaseId + ", tool=" + tool + ", data=***]";
        }
    }

    @Override
    public String toString() {
        return "TokenResponse[accessToken=***, task=" + task + ", credentials=" + credentials + "]";
    }
}
