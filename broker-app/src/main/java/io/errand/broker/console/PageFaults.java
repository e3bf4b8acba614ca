package io.errand.broker.console;

import io.errand.broker.shared.web.Faults;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.web.filter.OncePerRequestFilter;

/** What breaks before a page is made, such as the database that knows the session, is told on a page as well. */
final class PageFaults extends OncePerRequestFilter {

    private final ProblemPage page;

    PageFaults(ProblemPage page) {
        this.page = page;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        try {
            chain.doFilter(request, response);
        } catch (RuntimeException | ServletException fault) {
            if (response.isCommitted()) {
                throw fault;
            }
            response.resetBuffer();
            page.write(response, Faults.of(fault));
        }
    }
}
