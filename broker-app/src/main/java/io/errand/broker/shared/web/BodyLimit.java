package io.errand.broker.shared.web;

import io.errand.api.Json;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import org.apache.tomcat.util.http.InvalidParameterException;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Stands before everything else: a body over its limit is refused by its {@code Content-Length}, or where that is absent while
 * it is read. The forms under {@code /oauth2} are not for this filter: what reads them has the same limit, answers as OAuth does,
 * and records the refusal. Nor is what is pushed to {@code /scim/v2}, whose reader has a limit of its own and answers as SCIM does.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE)
class BodyLimit extends OncePerRequestFilter {

    private static final int USUAL = 64 << 10;

    @Override
    protected boolean shouldNotFilter(HttpServletRequest request) {
        String path = request.getRequestURI();
        return path.startsWith("/oauth2/") || path.startsWith("/scim/v2/");
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        int limit = limit(request);
        if (request.getContentLengthLong() > limit) {
            refuse(response);
            return;
        }
        try {
            chain.doFilter(new Limited(request, limit), response);
        } catch (InvalidParameterException | BodyTooLarge e) {
            refuse(response);
        }
    }

    private static int limit(HttpServletRequest request) {
        String path = request.getRequestURI();
        boolean put = request.getMethod().equals("PUT");
        boolean large = (put && path.startsWith("/admin/v1/issuers/"))
                || ((put || request.getMethod().equals("POST")) && path.startsWith("/admin/v1/policies/"));
        return large ? Json.MAX_DOCUMENT_BYTES : USUAL;
    }

    private static void refuse(HttpServletResponse response) throws IOException {
        if (response.isCommitted()) {
            return;
        }
        response.reset();
        Problems.write(response, BodyTooLarge.PROBLEM);
    }

    private static final class Limited extends HttpServletRequestWrapper {

        private final int limit;
        private @Nullable Counting stream;

        Limited(HttpServletRequest request, int limit) {
            super(request);
            this.limit = limit;
        }

        @Override
        public ServletInputStream getInputStream() throws IOException {
            Counting counting = stream;
            if (counting == null) {
                counting = new Counting(super.getInputStream(), limit);
                stream = counting;
            }
            return counting;
        }

        @Override
        public BufferedReader getReader() throws IOException {
            return new BufferedReader(new InputStreamReader(getInputStream(), StandardCharsets.UTF_8));
        }
    }

    private static final class Counting extends ServletInputStream {

        private final ServletInputStream body;
        private long left;

        Counting(ServletInputStream body, int limit) {
            this.body = body;
            this.left = limit;
        }

        @Override
        public int read() throws IOException {
            int read = body.read();
            count(read < 0 ? 0 : 1);
            return read;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            int read = body.read(into, offset, length);
            count(Math.max(read, 0));
            return read;
        }

        private void count(int read) throws BodyTooLarge {
            left -= read;
            if (left < 0) {
                throw new BodyTooLarge();
            }
        }

        @Override
        public boolean isFinished() {
            return body.isFinished();
        }

        @Override
        public boolean isReady() {
            return body.isReady();
        }

        @Override
        public void setReadListener(ReadListener listener) {
            body.setReadListener(listener);
        }
    }
}
