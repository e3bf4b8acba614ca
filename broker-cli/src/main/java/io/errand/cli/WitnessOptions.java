package io.errand.cli;

import io.errand.api.log.WitnessPolicy;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Whose cosignatures are wanted. */
final class WitnessOptions {

    @Option(
            names = "--witness",
            paramLabel = "VKEY",
            description =
                    "The verifier key of a witness that has to have cosigned, or a file that holds several; may be repeated.")
    private List<String> witnesses = new ArrayList<>();

    @Option(
            names = "--witnesses-needed",
            paramLabel = "N",
            description = "How many of the witnesses have to have cosigned the same checkpoint (default: all).")
    private @Nullable Integer needed;

    /** Null: nobody's. */
    @Nullable
    WitnessPolicy policy() {
        return LogFiles.witnesses(witnesses, needed);
    }
}
