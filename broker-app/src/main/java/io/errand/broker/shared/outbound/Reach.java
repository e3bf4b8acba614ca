package io.errand.broker.shared.outbound;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What kind of address one is, where it is not one of the public internet (RFC 6890 and its registries). An IPv4 address within an
 * IPv6 one counts as itself, since that is where it leads.
 */
final class Reach {

    private static final Map<String, List<Network>> KINDS = kinds();

    private static final Network NAT64 = Network.parse("64:ff9b::/96");
    private static final Network SIX_TO_FOUR = Network.parse("2002::/16");

    private Reach() {}

    private static Map<String, List<Network>> kinds() {
        Map<String, List<Network>> kinds = new LinkedHashMap<>();
        kinds.put("loopback", networks("127.0.0.0/8", "::1/128"));
        kinds.put("link-local", networks("169.254.0.0/16", "fe80::/10"));
        kinds.put(
                "private",
                networks("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7", "fec0::/10"));
        kinds.put(
                "special",
                networks(
                        "0.0.0.0/8",
                        "192.0.0.0/24",
                        "192.0.2.0/24",
                        "198.18.0.0/15",
                        "198.51.100.0/24",
                        "203.0.113.0/24",
                        "224.0.0.0/3",
                        "::/96",
                        "64:ff9b:1::/48",
                        "100::/64",
                        "2001::/23",
                        "2001:db8::/32",
                        "ff00::/8"));
        return kinds;
    }

    private static List<Network> networks(String... texts) {
        return Arrays.stream(texts).map(Network::parse).toList();
    }

    /** {@code loopback}, {@code link-local}, {@code private} or {@code special}; empty: anybody may be asked there. */
    static Optional<String> kind(InetAddress address) {
        InetAddress led = within(address);
        return KINDS.entrySet().stream()
                .filter(kind -> kind.getValue().stream().anyMatch(network -> network.contains(led)))
                .map(Map.Entry::getKey)
                .findFirst();
    }

    private static InetAddress within(InetAddress address) {
        byte[] bytes = address.getAddress();
        if (!(address instanceof Inet6Address)) {
            return address;
        }
        return NAT64.contains(address)
                ? ofBytes(Arrays.copyOfRange(bytes, 12, 16))
                : SIX_TO_FOUR.contains(address) ? ofBytes(Arrays.copyOfRange(bytes, 2, 6)) : address;
    }

    private static InetAddress ofBytes(byte[] four) {
        try {
            return InetAddress.getByAddress(four);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }
}
