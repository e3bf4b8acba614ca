package io.errand.broker.audit;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Entries that follow each other, as C2SP tlog-tiles bundles them: each after its length in two bytes, the larger one first. */
final class EntryBundle {

    private EntryBundle() {}

    /** @param entries of at most 65,535 bytes each */
    static byte[] of(List<byte[]> entries) {
        ByteArrayOutputStream bundle = new ByteArrayOutputStream();
        for (byte[] entry : entries) {
            bundle.write(entry.length >> Byte.SIZE);
            bundle.write(entry.length);
            bundle.writeBytes(entry);
        }
        return bundle.toByteArray();
    }

    static List<byte[]> entries(byte[] bundle) {
        List<byte[]> entries = new ArrayList<>();
        ByteBuffer bytes = ByteBuffer.wrap(bundle);
        while (bytes.remaining() > Short.BYTES) {
            byte[] entry = new byte[Short.toUnsignedInt(bytes.getShort())];
            bytes.get(entry);
            entries.add(entry);
        }
        return entries;
    }
}
