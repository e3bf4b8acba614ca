package io.errand.broker.console;

import io.errand.broker.shared.ErrandProperties;
import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The pages for people ({@code errand.console.*}).
 *
 * @param clientId of the pages at the administrators' issuer, a public client that uses PKCE (RFC 7636), redirect URI
 *     {@code {errand.issuer}/console/signed-in}; absent: there are no pages
 * @param session how long somebody stays signed in, one minute to twelve hours; absent: one hour
 */
@ConfigurationProperties("errand.console")
record ConsoleProperties(
        @Nullable String clientId, @DefaultValue("PT1H") Duration session) {

    static final String CLIENT_ID = "errand.console.client-id";

    private static final Duration LONGEST = Duration.ofHours(12);

    ConsoleProperties {
        if (clientId != null && clientId.isBlank()) {
            throw new IllegalArgumentException("errand.console.client-id must name a client, or be left out");
        }
        if (session.compareTo(Duration.ofMinutes(1)) < 0 || session.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException("errand.console.session must be from PT1M to PT12H");
        }
    }

    /** The client, where there are pages. */
    String client(ErrandProperties errand) {
        String path = URI.create(errand.issuer()).getPath();
        if (path != null && !path.isEmpty()) {
            // The cookies are the whole host's, which nobody else must share.
            throw new IllegalArgumentException("errand.issuer must have no path where errand.console.client-id is set");
        }
        if (clientId == null || clientId.equals(errand.adminAudience())) {
            // Otherwise an ID token would be a bearer token for the API.
            throw new IllegalArgumentException("errand.console.client-id must not be the audience of bearer tokens");
        }
        return clientId;
    }
}
