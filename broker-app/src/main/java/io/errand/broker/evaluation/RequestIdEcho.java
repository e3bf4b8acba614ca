package io.errand.broker.evaluation;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.regex.Pattern;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/** Echoes {@code X-Request-ID} on every answer, refusals too (AuthZEN Authorization API 1.0 §10.1.3). */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 10)
class RequestIdEcho extends OncePerRequestFilter {

    private static final String HEADER = "X-Request-ID";
    private static final Pattern ID = Pattern.compile("[\\x20-\\x7e]{1,1024}");

    @Override
    protected boolean shouldNotFilter(HttpServletRequest request) {
        return !request.getRequestURI().startsWith("/access/");
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        String id = request.getHeader(HEADER);
        if (id != null && ID.matcher(id).matches()) {
            response.setHeader(HEADER, id);
        }
        chain.doFilter(request, response);
    }
}
