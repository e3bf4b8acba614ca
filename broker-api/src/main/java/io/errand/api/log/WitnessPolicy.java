package io.errand.api.log;

import java.util.List;

/**
 * Which witnesses are believed, and how many of them have to have cosigned a checkpoint.
 *
 * @param needed from 1 to as many as there are keys of different witnesses
 */
public record WitnessPolicy(List<WitnessKey> keys, int needed) {

    /** @throws IllegalArgumentException if so many cannot be had of these */
    public WitnessPolicy {
        keys = List.copyOf(keys);
        long witnesses = keys.stream().map(WitnessKey::name).distinct().count();
        if (needed < 1 || needed > witnesses) {
            throw new IllegalArgumentException("of " + witnesses + " witnesses " + needed + " cannot be needed");
        }
    }

    /** How many of them have cosigned it; several keys of one witness are one. */
    public int count(Checkpoint checkpoint) {
        return (int) keys.stream()
                .filter(key -> key.of(checkpoint).isPresent())
                .map(WitnessKey::name)
                .distinct()
                .count();
    }

    public boolean isMet(Checkpoint checkpoint) {
        return count(checkpoint) >= needed;
    }
}
