package io.errand.broker.shared.outbound;

import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;

/**
 * Addresses that begin alike (RFC 4632, RFC 4291 §2.3), for example {@code 10.0.0.0/8} or {@code fd00::/8}.
 *
 * @param bits how many of the prefix count
 */
public record Network(List<Byte> prefix, int bits) {

    /** @throws IllegalArgumentException if it is none */
    public static Network parse(String text) {
        String[] parts = text.split("/", -1);
        byte[] address = InetAddress.ofLiteral(parts[0]).getAddress();
        int bits = parts.length == 2 && parts[1].matches("[0-9]{1,3}") ? Integer.parseInt(parts[1]) : -1;
        if (bits < 0 || bits > address.length * 8) {
            throw new IllegalArgumentException(text + " is no network");
        }
        return new Network(bytes(address), bits);
    }

    public boolean contains(InetAddress address) {
        List<Byte> given = bytes(address.getAddress());
        if (given.size() != prefix.size()) {
            return false;
        }
        for (int bit = 0; bit < bits; bit++) {
            int shift = 7 - bit % 8;
            if (((given.get(bit / 8) >> shift) & 1) != ((prefix.get(bit / 8) >> shift) & 1)) {
                return false;
            }
        }
        return true;
    }

    private static List<Byte> bytes(byte[] address) {
        Byte[] boxed = new Byte[address.length];
        Arrays.setAll(boxed, i -> address[i]);
        return List.of(boxed);
    }
}
