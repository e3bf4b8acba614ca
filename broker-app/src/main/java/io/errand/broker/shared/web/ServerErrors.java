package io.errand.broker.shared.web;

import io.errand.broker.shared.Problem;
import java.io.IOException;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ErrorReportValve;
import org.jspecify.annotations.Nullable;

/** Answers what Tomcat refuses before any servlet sees it (a malformed request line, an encoded slash); Tomcat makes it. */
public final class ServerErrors extends ErrorReportValve {

    public ServerErrors() {
        setShowReport(false);
        setShowServerInfo(false);
    }

    @Override
    protected void report(Request request, Response response, @Nullable Throwable fault) {
        int status = response.getStatus();
        if (status < 400 || response.getContentWritten() > 0 || !response.setErrorReported()) {
            return;
        }
        Problem problem = ErrorPage.problem(status, fault);
        try {
            Problems.write(response.getResponse(), problem);
            response.finishResponse();
        } catch (IOException | IllegalStateException e) {
            // The caller has gone, or part of an answer is on its way: there is nobody to tell.
            container.getLogger().debug("No error page", e);
        }
    }
}
