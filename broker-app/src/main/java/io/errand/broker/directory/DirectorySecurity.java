package io.errand.broker.directory;

import io.errand.broker.audit.Audit;
import io.errand.broker.directory.DirectoryTokens.Known;
import io.errand.broker.directory.DirectoryTokens.Unknown;
import io.errand.broker.identity.admin.RefusedRequest;
import io.errand.broker.identity.admin.Role;
import io.errand.broker.shared.web.StatelessChain;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.Serial;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.security.authentication.AuthenticationManager;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.authorization.AuthorityAuthorizationManager;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.oauth2.server.resource.authentication.BearerTokenAuthenticationToken;
import org.springframework.security.oauth2.server.resource.web.authentication.BearerTokenAuthenticationFilter;
import org.springframework.security.web.SecurityFilterChain;

/** Who may push: whoever shows a bearer that an administrator made here. No other token is one, and it is good nowhere else. */
@Configuration(proxyBeanMethods = false)
class DirectorySecurity {

    private static final String SCHEME = "Bearer ";

    /** What was shown is nobody's bearer; the message is the reason, for the audit log. */
    private static final class NoDirectory extends AuthenticationException {

        @Serial
        private static final long serialVersionUID = 1;

        NoDirectory(String reason) {
            super(reason);
        }
    }

    @Bean
    @Order(5)
    SecurityFilterChain directoryChain(DirectoryTokens tokens, Audit audit) {
        AuthenticationManager directories = shown -> authenticate(tokens, shown);
        BearerTokenAuthenticationFilter bearer =
                new BearerTokenAuthenticationFilter(directories, DirectorySecurity::shown);
        bearer.setAuthenticationEntryPoint((request, response, e) -> refuse(audit, request, response, e));
        return StatelessChain.of(ScimEndpoint.PATH, ScimEndpoint.PATH + "/**")
                .authenticated(
                        bearer,
                        AuthorityAuthorizationManager.hasAuthority(Role.DIRECTORY),
                        (request, response, e) -> refuse(audit, request, response, e),
                        (request, response, e) -> refuse(audit, request, response, e))
                .build();
    }

    /** Of several headers, a proxy before us may have looked at another one. Null: none was shown. */
    private static @Nullable Authentication shown(HttpServletRequest request) {
        List<String> headers = Collections.list(request.getHeaders(HttpHeaders.AUTHORIZATION));
        if (headers.isEmpty()) {
            return null;
        }
        if (headers.size() > 1) {
            throw new NoDirectory("header_repeated");
        }
        String header = headers.getFirst();
        if (!header.regionMatches(true, 0, SCHEME, 0, SCHEME.length())
                || header.substring(SCHEME.length()).isBlank()) {
            throw new NoDirectory("scheme_unknown");
        }
        return new BearerTokenAuthenticationToken(
                header.substring(SCHEME.length()).strip());
    }

    private static Authentication authenticate(DirectoryTokens tokens, Authentication authentication) {
        String bearer = ((BearerTokenAuthenticationToken) authentication).getToken();
        return switch (tokens.verify(bearer)) {
            case Known(var id) ->
                UsernamePasswordAuthenticationToken.authenticated(
                        EntryWriter.WHO + id, null, AuthorityUtils.createAuthorityList(Role.DIRECTORY));
            case Unknown(String reason) -> throw new NoDirectory(reason);
        };
    }

    /** The same words whatever was shown (RFC 6750 §3); the cause is in the audit log, where somebody showed something. */
    private static void refuse(Audit audit, HttpServletRequest request, HttpServletResponse response, Exception why)
            throws IOException {
        boolean showed = why instanceof NoDirectory;
        if (showed) {
            audit.recordRefusal(
                    RefusedRequest.event("directory.refused", request).with("reason", why.getMessage()));
        }
        response.setHeader(HttpHeaders.WWW_AUTHENTICATE, showed ? "Bearer error=\"invalid_token\"" : "Bearer");
        ScimErrors.write(
                response,
                ScimErrors.plain(
                        HttpStatus.UNAUTHORIZED,
                        "Send the bearer that an administrator made for this directory (`errand directory token create`)."));
    }
}
