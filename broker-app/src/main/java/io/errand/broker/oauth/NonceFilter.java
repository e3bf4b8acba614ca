package io.errand.broker.oauth;

import io.errand.broker.caller.ProofOfPossession;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.springframework.web.filter.OncePerRequestFilter;

/** Whoever sends a proof is told the nonce for the next one, whatever else the answer is (RFC 9449 §8.2). */
final class NonceFilter extends OncePerRequestFilter {

    private final ProofOfPossession proofOfPossession;

    NonceFilter(ProofOfPossession proofOfPossession) {
        this.proofOfPossession = proofOfPossession;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        if (request.getHeader("DPoP") != null) {
            response.setHeader("DPoP-Nonce", proofOfPossession.nonce());
        }
        chain.doFilter(request, response);
    }
}
