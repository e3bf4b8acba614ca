package io.errand.broker.credential.postgres.settings;

import io.errand.broker.shared.Names;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a target's settings must be, each with a sentence that names the key. */
final class TargetRules {

    /** RFC 7677 §4; clients refuse fewer. */
    private static final int MOST_STANDBYS = 16;

    private static final long LARGEST_CA_FILE = 64 * 1024L;

    /** What the broker sets on its own connections, and no address may set otherwise. */
    private static final Set<String> OURS = Set.of(
            "options",
            "currentSchema",
            "targetServerType",
            "connectTimeout",
            "socketTimeout",
            "tcpKeepAlive",
            "ApplicationName",
            "readOnly",
            "autosave");

    private TargetRules() {}

    /** @throws IllegalArgumentException with a sentence that begins with the key */
    static void check(String name, TargetProperties.Target target) {
        String key = "errand.targets." + name;
        require(Names.check(name).isEmpty(), key, "is not a name: use a-z, 0-9, '.', '_' and '-'");
        checkAddress(key + ".url", target.url());
        require(target.username() != null && !target.username().isBlank(), key + ".username", "is missing");
        require(
                (target.password() == null) != (target.passwordFile() == null),
                key + ".password-file",
                "or password must be given, and not both");
        require(
                target.passwordFile() == null || Files.isReadable(target.passwordFile()),
                key + ".password-file",
                "cannot be read");
        checkNumbers(key, target);
        checkStandbys(key, target);
        checkForAgents(key, target);
        for (String accepted : target.accept()) {
            require(
                    accepted.equals(TargetProperties.Target.SET_ROLE),
                    key + ".accept",
                    "knows set_role alone, and not '" + accepted + "'");
        }
    }

    private static void checkNumbers(String key, TargetProperties.Target target) {
        require(target.poolSize() >= 1 && target.poolSize() <= 100, key + ".pool-size", "is a number from 1 to 100");
        require(
                target.connectionLimit() >= 1 && target.connectionLimit() <= 1000,
                key + ".connection-limit",
                "is a number from 1 to 1000");
        require(
                target.scramIterations() >= 1 && target.scramIterations() <= 1_000_000,
                key + ".scram-iterations",
                "is a number from 1 to 1000000");
    }

    private static void checkStandbys(String key, TargetProperties.Target target) {
        require(
                target.standbys().size() <= MOST_STANDBYS,
                key + ".standbys",
                "are " + MOST_STANDBYS + " at most: agents need not reach more");
        for (int i = 0; i < target.standbys().size(); i++) {
            String standby = key + ".standbys[" + i + "]";
            Address address = checkAddress(standby, target.standbys().get(i));
            require(!address.hasSeveralHosts(), standby, "names several hosts: list each standby by itself");
        }
    }

    private static void checkForAgents(String key, TargetProperties.Target target) {
        if (target.agentUrl() != null) {
            Address address = checkAddress(key + ".agent-url", target.agentUrl());
            require(
                    !address.hasSeveralHosts(),
                    key + ".agent-url",
                    "names several hosts: give the one address (a virtual IP, a proxy) under which agents find the primary,"
                            + " or leave it out");
        }
        Path authority = target.agentCaFile();
        require(
                authority == null || isPem(authority),
                key + ".agent-ca-file",
                "cannot be read, is larger than 64 KiB, or holds no certificate (PEM)");
    }

    private static Address checkAddress(String key, @Nullable String url) {
        Optional<Address> address = Address.parse(url);
        require(
                address.isPresent(),
                key,
                "must be jdbc:postgresql://host:port/database, or with several hosts"
                        + " jdbc:postgresql://host:port,host:port/database");
        address.ifPresent(a -> {
            require(
                    a.parameter("user") == null && a.parameter("password") == null,
                    key,
                    "must not hold user or password: use username and password-file");
            OURS.forEach(parameter -> require(
                    a.parameter(parameter) == null,
                    key,
                    "must not hold " + parameter + ": the broker sets it for its own connections"));
        });
        return address.orElseThrow();
    }

    private static boolean isPem(Path file) {
        try {
            if (Files.size(file) > LARGEST_CA_FILE) {
                return false;
            }
            try (InputStream in = Files.newInputStream(file)) {
                return !CertificateFactory.getInstance("X.509")
                        .generateCertificates(in)
                        .isEmpty();
            }
        } catch (IOException | CertificateException e) {
            return false;
        }
    }

    private static void require(boolean good, String key, String sentence) {
        if (!good) {
            throw new IllegalArgumentException(key + " " + sentence);
        }
    }
}
