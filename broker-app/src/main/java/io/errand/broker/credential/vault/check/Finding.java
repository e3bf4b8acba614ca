package io.errand.broker.credential.vault.check;

/**
 * Something at Vault that is missing or too wide.
 *
 * @param subject the path at Vault
 * @param detail what is wrong and what to do
 */
public record Finding(Severity severity, String subject, String detail) {

    /** An {@code ERROR} keeps leases from being made or revoked; a {@code WARNING} makes them wider or longer than need be. */
    enum Severity {
        ERROR,
        WARNING
    }

    static Finding error(String subject, String detail) {
        return new Finding(Severity.ERROR, subject, detail);
    }

    static Finding warning(String subject, String detail) {
        return new Finding(Severity.WARNING, subject, detail);
    }
}
