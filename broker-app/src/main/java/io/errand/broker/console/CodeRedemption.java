package io.errand.broker.console;

import com.google.common.io.ByteStreams;
import io.errand.broker.shared.outbound.Outbound;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.client.ClientHttpResponse;
import org.springframework.http.converter.FormHttpMessageConverter;
import org.springframework.security.oauth2.client.endpoint.OAuth2AccessTokenResponseClient;
import org.springframework.security.oauth2.client.endpoint.OAuth2AuthorizationCodeGrantRequest;
import org.springframework.security.oauth2.client.endpoint.RestClientAuthorizationCodeTokenResponseClient;
import org.springframework.security.oauth2.client.http.OAuth2ErrorResponseErrorHandler;
import org.springframework.security.oauth2.core.OAuth2AuthorizationException;
import org.springframework.security.oauth2.core.OAuth2Error;
import org.springframework.security.oauth2.core.endpoint.OAuth2AccessTokenResponse;
import org.springframework.security.oauth2.core.http.converter.OAuth2AccessTokenResponseHttpMessageConverter;
import org.springframework.security.oauth2.core.oidc.endpoint.OidcParameterNames;
import org.springframework.web.client.RestClient;

/** How a code becomes an ID token: the framework's client, with little time, little memory and no redirects. */
final class CodeRedemption {

    private static final Duration TIMEOUT = Duration.ofSeconds(2);
    private static final long MAX_BYTES = 64 * 1024;

    private CodeRedemption() {}

    static OAuth2AccessTokenResponseClient<OAuth2AuthorizationCodeGrantRequest> client(Outbound outbound) {
        RestClientAuthorizationCodeTokenResponseClient client = new RestClientAuthorizationCodeTokenResponseClient();
        client.setRestClient(RestClient.builder()
                .requestFactory(outbound.requests(TIMEOUT))
                .requestInterceptor((request, body, execution) -> new Limited(execution.execute(request, body)))
                .configureMessageConverters(converters -> {
                    converters.addCustomConverter(new FormHttpMessageConverter());
                    converters.addCustomConverter(new OAuth2AccessTokenResponseHttpMessageConverter());
                })
                .defaultStatusHandler(new OAuth2ErrorResponseErrorHandler())
                .build());
        return request -> checked(client.getTokenResponse(request));
    }

    /** The framework casts it unseen, and takes an empty one for its own fault. */
    private static OAuth2AccessTokenResponse checked(OAuth2AccessTokenResponse response) {
        if (!(response.getAdditionalParameters().get(OidcParameterNames.ID_TOKEN) instanceof String idToken)
                || idToken.isBlank()) {
            throw new OAuth2AuthorizationException(new OAuth2Error("invalid_token_response"));
        }
        return response;
    }

    /** What is longer is cut off, and then is no JSON. */
    private record Limited(ClientHttpResponse whole) implements ClientHttpResponse {

        @Override
        public HttpStatusCode getStatusCode() throws IOException {
            return whole.getStatusCode();
        }

        @Override
        public String getStatusText() throws IOException {
            return whole.getStatusText();
        }

        @Override
        public HttpHeaders getHeaders() {
            return whole.getHeaders();
        }

        @Override
        public InputStream getBody() throws IOException {
            return ByteStreams.limit(whole.getBody(), MAX_BYTES);
        }

        @Override
        public void close() {
            whole.close();
        }
    }
}
