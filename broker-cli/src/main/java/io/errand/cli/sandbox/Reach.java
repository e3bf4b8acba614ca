package io.errand.cli.sandbox;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An address that an isolated command may connect to. */
public record Reach(String host, int port) {

    private static final Pattern TEXT =
            Pattern.compile("([A-Za-z0-9._-]{1,253}|\\[[0-9a-fA-F:.]{2,45}\\]):([0-9]{1,5})");

    private static final Pattern NUMBERS = Pattern.compile("[0-9.]+");

    public static Optional<Reach> of(String text) {
        Matcher matcher = TEXT.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        int port = Integer.parseInt(matcher.group(2));
        return port > 0 && port < 65536 ? Optional.of(new Reach(matcher.group(1), port)) : Optional.empty();
    }

    /** An IPv4 address, not a name. */
    boolean isNumeric() {
        return NUMBERS.matcher(host).matches();
    }

    boolean isLoopback() {
        return host.equals("localhost") || (isNumeric() && host.startsWith("127."));
    }

    @Override
    public String toString() {
        return host + ":" + port;
    }
}
