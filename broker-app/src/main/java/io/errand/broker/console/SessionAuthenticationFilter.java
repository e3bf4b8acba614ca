package io.errand.broker.console;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.web.filter.OncePerRequestFilter;

/** Authenticates a browser by its session cookie. */
final class SessionAuthenticationFilter extends OncePerRequestFilter {

    private final ConsoleSessions consoleSessions;
    private final Cookies cookies;

    SessionAuthenticationFilter(ConsoleSessions consoleSessions, Cookies cookies) {
        this.consoleSessions = consoleSessions;
        this.cookies = cookies;
    }

    /** The style sheet is everybody's. */
    @Override
    protected boolean shouldNotFilter(HttpServletRequest request) {
        return request.getRequestURI().startsWith(Assets.PATH);
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        cookies.read(request, Cookies.Kind.SESSION)
                .flatMap(consoleSessions::find)
                .ifPresent(found -> {
                    SecurityContext context = SecurityContextHolder.createEmptyContext();
                    context.setAuthentication(UsernamePasswordAuthenticationToken.authenticated(
                            found, null, AuthorityUtils.createAuthorityList(found.roles())));
                    SecurityContextHolder.setContext(context);
                });
        chain.doFilter(request, response);
    }
}
