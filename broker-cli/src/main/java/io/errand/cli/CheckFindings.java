package io.errand.cli;

import java.io.PrintWriter;
import tools.jackson.databind.JsonNode;

/** What a check found, a line each: {@code error: SUBJECT DETAIL} or {@code warning: …}. */
final class CheckFindings {

    private CheckFindings() {}

    /**
     * @param allIsWell what is said where nothing was found
     * @return the exit code: 1 if anything but warnings was found
     */
    static int print(JsonNode findings, String allIsWell, PrintWriter out) {
        boolean missing = false;
        for (JsonNode finding : findings) {
            String severity = finding.path("severity").asString("");
            missing |= !severity.equals("warning");
            out.println(severity + ": " + finding.path("subject").asString("") + " "
                    + finding.path("detail").asString(""));
        }
        if (findings.isEmpty()) {
            out.println(allIsWell);
        }
        out.flush();
        return missing ? 1 : 0;
    }
}
