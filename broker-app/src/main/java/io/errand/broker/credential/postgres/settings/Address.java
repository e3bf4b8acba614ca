package io.errand.broker.credential.postgres.settings;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.postgresql.Driver;
import org.postgresql.util.HostSpec;

/**
 * {@code jdbc:postgresql://host:port[,host:port…]/database[?parameter=value…]}.
 *
 * @param url as it was written
 * @param parts as the driver reads it
 * @param hosts in the order written, at least one
 */
public record Address(String url, Properties parts, List<HostSpec> hosts) {

    /** Empty: the driver would not read it. */
    public static Optional<Address> parse(@Nullable String url) {
        Properties parts = url == null ? null : Driver.parseURL(url, null);
        if (url == null || parts == null || parts.getProperty("PGHOST") == null) {
            return Optional.empty();
        }
        String[] names = parts.getProperty("PGHOST").split(",", -1);
        String[] ports = parts.getProperty("PGPORT").split(",", -1);
        if (names.length != ports.length) {
            return Optional.empty();
        }
        List<HostSpec> hosts = new ArrayList<>();
        for (int i = 0; i < names.length; i++) {
            Optional<Integer> port = port(ports[i]);
            if (names[i].isBlank() || port.isEmpty()) {
                return Optional.empty();
            }
            hosts.add(new HostSpec(names[i], port.get()));
        }
        return Optional.of(new Address(url, parts, List.copyOf(hosts)));
    }

    private static Optional<Integer> port(String text) {
        return text.matches("[0-9]{1,5}") && Integer.parseInt(text) <= 65_535
                ? Optional.of(Integer.valueOf(text))
                : Optional.empty();
    }

    public @Nullable String parameter(String name) {
        return parts.getProperty(name);
    }

    public String database() {
        return parts.getProperty("PGDBNAME", "");
    }

    /** The same server's other database. */
    public String toDatabase(String other) {
        int query = url.indexOf('?');
        String path = query < 0 ? url : url.substring(0, query);
        return path.substring(0, path.lastIndexOf('/') + 1)
                + URLEncoder.encode(other, StandardCharsets.UTF_8).replace("+", "%20")
                + (query < 0 ? "" : url.substring(query));
    }

    public boolean hasSeveralHosts() {
        return hosts.size() > 1;
    }

    /** Where an agent connects, if it is at this host. */
    public Map<String, Object> at(HostSpec host) {
        Map<String, Object> shown = new LinkedHashMap<>();
        shown.put("host", host.getHost());
        shown.put("port", host.getPort());
        shown.put("database", database());
        return shown;
    }

    /** Without the settings that are the broker's own; how to check the server's name is everybody's. */
    public String withoutSettings() {
        int query = url.indexOf('?');
        List<String> kept = new ArrayList<>();
        String mode = parameter("sslmode");
        if (mode != null) {
            kept.add("sslmode=" + mode);
        }
        if (hasSeveralHosts()) {
            kept.add("targetServerType=primary");
        }
        return (query < 0 ? url : url.substring(0, query)) + (kept.isEmpty() ? "" : "?" + String.join("&", kept));
    }

    /** For sentences: hosts and database, nothing of the parameters. */
    @Override
    public String toString() {
        List<String> names = hosts.stream().map(HostSpec::toString).toList();
        return String.join(",", names) + "/" + database();
    }
}
