package io.errand.bench;

import java.io.IOException;
import java.net.URI;

/** Who makes PostgreSQL logins and ends them, each by one request. */
interface CredentialSide {

    /** Its name, and how many SCRAM iterations its verifiers have. */
    String name();

    URI base();

    /** Makes one; answers with what {@link #end} ends it by. */
    String make(HttpLine line) throws IOException;

    /** Returns when the login is gone. */
    void end(HttpLine line, String made) throws IOException;
}
