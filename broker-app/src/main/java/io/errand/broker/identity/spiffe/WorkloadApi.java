package io.errand.broker.identity.spiffe;

import com.google.protobuf.ByteString;
import io.errand.broker.identity.IdentityProperties;
import io.errand.broker.identity.jwt.KeySet;
import io.errand.broker.identity.jwt.VerificationKey;
import io.spiffe.workloadapi.grpc.Workload.JWTBundlesRequest;
import io.spiffe.workloadapi.grpc.Workload.JWTBundlesResponse;
import io.spiffe.workloadapi.grpc.Workload.X509BundlesRequest;
import io.spiffe.workloadapi.grpc.Workload.X509BundlesResponse;
import java.net.URI;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/**
 * Trust bundles as SPIFFE's Workload API streams them (SPIFFE Workload API §5.2.2, §6.2.2). The service starts whether or not
 * the socket answers; until it does, the tokens of its trust domains are refused.
 */
@Component
public class WorkloadApi implements SmartLifecycle {

    /** Open only while the service runs. */
    private record Connection(WorkloadEndpoint endpoint, ScheduledExecutorService timer) {}

    private final Optional<URI> socket;
    private final BundleStream<JWTBundlesResponse, List<VerificationKey>> jwt;
    private final BundleStream<X509BundlesResponse, List<X509Certificate>> x509;
    private @Nullable Connection connection;

    WorkloadApi(SpiffeProperties spiffe, IdentityProperties limits, Clock clock) {
        socket = spiffe.socket();
        String unopened = socket.isPresent()
                ? "The Workload API has not answered yet"
                : "errand.identity.spiffe.workload-api-socket is not set";
        jwt = new BundleStream<>(
                "JWT bundles", told -> read(told.getBundlesMap(), TrustBundle::ofJwks), unopened, limits, clock);
        x509 = new BundleStream<>(
                "X.509 bundles",
                told -> read(told.getBundlesMap(), TrustBundle::ofCertificates),
                unopened,
                limits,
                clock);
    }

    public KeySet keysOf(String trustDomain) {
        return new StreamedKeys(trustDomain, jwt, x509);
    }

    /** A bundle that cannot be read is none. */
    private static <B> Map<String, B> read(Map<String, ByteString> bundles, Function<byte[], Optional<B>> reading) {
        Map<String, B> read = new HashMap<>();
        bundles.forEach((domain, bundle) ->
                reading.apply(bundle.toByteArray()).ifPresent(content -> read.put(domain, content)));
        return Map.copyOf(read);
    }

    @Override
    public boolean isAutoStartup() {
        return socket.isPresent();
    }

    @Override
    public synchronized void start() {
        WorkloadEndpoint endpoint = new WorkloadEndpoint(socket.orElseThrow());
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
                Thread.ofVirtual().name("errand-workload-api-retry").factory());
        connection = new Connection(endpoint, timer);
        jwt.open(observer -> endpoint.calls().fetchJWTBundles(JWTBundlesRequest.getDefaultInstance(), observer), timer);
        x509.open(
                observer -> endpoint.calls().fetchX509Bundles(X509BundlesRequest.getDefaultInstance(), observer),
                timer);
    }

    @Override
    public synchronized void stop() {
        if (connection != null) {
            connection.timer().shutdownNow();
            connection.endpoint().close();
            connection = null;
        }
    }

    @Override
    public synchronized boolean isRunning() {
        return connection != null;
    }

    /** Before the web server, so that the first request finds what there is. */
    @Override
    public int getPhase() {
        return 0;
    }
}
