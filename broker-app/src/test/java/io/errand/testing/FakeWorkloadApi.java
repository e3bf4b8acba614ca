package io.errand.testing;

import com.google.protobuf.ByteString;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.spiffe.workloadapi.grpc.SpiffeWorkloadAPIGrpc;
import io.spiffe.workloadapi.grpc.Workload.JWTBundlesRequest;
import io.spiffe.workloadapi.grpc.Workload.JWTBundlesResponse;
import io.spiffe.workloadapi.grpc.Workload.X509BundlesRequest;
import io.spiffe.workloadapi.grpc.Workload.X509BundlesResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** SPIFFE's Workload API as an agent serves it: bundles, streamed anew whenever they change. */
public final class FakeWorkloadApi implements AutoCloseable {

    /** What tells a workload's call from one that somebody else was tricked into (Workload API §3). */
    private static final Metadata.Key<String> SECURITY_HEADER =
            Metadata.Key.of("workload.spiffe.io", Metadata.ASCII_STRING_MARSHALLER);

    private final SocketAddress address;
    private final Map<String, ByteString> jwt = new TreeMap<>();
    private final Map<String, ByteString> x509 = new TreeMap<>();
    private final Collection<StreamObserver<JWTBundlesResponse>> jwtStreams = new CopyOnWriteArrayList<>();
    private final Collection<StreamObserver<X509BundlesResponse>> x509Streams = new CopyOnWriteArrayList<>();
    private @Nullable Server server;
    private @Nullable MultiThreadIoEventLoopGroup loop;

    private FakeWorkloadApi(SocketAddress address) {
        this.address = address;
    }

    /** At a Unix socket; not started. */
    public static FakeWorkloadApi atSocket() {
        try {
            return new FakeWorkloadApi(UnixDomainSocketAddress.of(
                    Files.createTempDirectory("spiffe").resolve("api.sock")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** At a port of this machine; not started. */
    public static FakeWorkloadApi atPort(int port) {
        return new FakeWorkloadApi(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    }

    /** As {@code SPIFFE_ENDPOINT_SOCKET} would say it. */
    public String uri() {
        return switch (address) {
            case UnixDomainSocketAddress unix -> "unix://" + unix.getPath();
            case InetSocketAddress tcp -> "tcp://127.0.0.1:" + tcp.getPort();
            default -> throw new IllegalStateException("no address of a Workload API: " + address);
        };
    }

    public synchronized FakeWorkloadApi start() {
        boolean isUnix = address instanceof UnixDomainSocketAddress;
        MultiThreadIoEventLoopGroup threads = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        NettyServerBuilder builder = NettyServerBuilder.forAddress(address)
                .channelType(isUnix ? NioServerDomainSocketChannel.class : NioServerSocketChannel.class)
                .bossEventLoopGroup(threads)
                .workerEventLoopGroup(threads)
                .directExecutor()
                .addService(ServerInterceptors.intercept(new Bundles(), new HeaderIsThere()));
        try {
            if (isUnix) {
                builder.withChildOption(ChannelOption.SO_KEEPALIVE, null);
                Files.deleteIfExists(Path.of(uri().substring("unix://".length())));
            }
            server = builder.build().start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        loop = threads;
        return this;
    }

    /** The key set of a trust domain; {@code null} takes it away. */
    public synchronized void jwtBundle(String trustDomain, @Nullable String json) {
        put(jwt, trustDomain, json == null ? null : ByteString.copyFrom(json, StandardCharsets.UTF_8));
        jwtStreams.forEach(stream -> stream.onNext(jwtBundles()));
    }

    public synchronized void x509Bundle(String trustDomain, X509Certificate... authorities) {
        ByteArrayOutputStream der = new ByteArrayOutputStream();
        for (X509Certificate authority : authorities) {
            try {
                der.writeBytes(authority.getEncoded());
            } catch (CertificateEncodingException e) {
                throw new IllegalStateException(e);
            }
        }
        put(x509, trustDomain, ByteString.copyFrom(der.toByteArray()));
        x509Streams.forEach(stream -> stream.onNext(x509Bundles()));
    }

    /** Ends the streams as a server does that is asked to stop: without an error. */
    public synchronized void endStreams() {
        jwtStreams.forEach(StreamObserver::onCompleted);
        jwtStreams.clear();
        x509Streams.forEach(StreamObserver::onCompleted);
        x509Streams.clear();
    }

    public synchronized void stop() {
        if (server == null) {
            return;
        }
        jwtStreams.clear();
        x509Streams.clear();
        server.shutdownNow();
        try {
            server.awaitTermination(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Objects.requireNonNull(loop).shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        server = null;
    }

    @Override
    public void close() {
        stop();
    }

    private static void put(Map<String, ByteString> bundles, String trustDomain, @Nullable ByteString bundle) {
        if (bundle == null) {
            bundles.remove("spiffe://" + trustDomain);
        } else {
            bundles.put("spiffe://" + trustDomain, bundle);
        }
    }

    private JWTBundlesResponse jwtBundles() {
        return JWTBundlesResponse.newBuilder().putAllBundles(jwt).build();
    }

    private X509BundlesResponse x509Bundles() {
        return X509BundlesResponse.newBuilder().putAllBundles(x509).build();
    }

    private final class Bundles extends SpiffeWorkloadAPIGrpc.SpiffeWorkloadAPIImplBase {

        @Override
        public void fetchJWTBundles(JWTBundlesRequest request, StreamObserver<JWTBundlesResponse> stream) {
            synchronized (FakeWorkloadApi.this) {
                stream.onNext(jwtBundles());
                jwtStreams.add(stream);
            }
        }

        @Override
        public void fetchX509Bundles(X509BundlesRequest request, StreamObserver<X509BundlesResponse> stream) {
            synchronized (FakeWorkloadApi.this) {
                stream.onNext(x509Bundles());
                x509Streams.add(stream);
            }
        }
    }

    private static final class HeaderIsThere implements ServerInterceptor {

        @Override
        public <R, S> ServerCall.Listener<R> interceptCall(
                ServerCall<R, S> call, Metadata headers, ServerCallHandler<R, S> next) {
            if ("true".equals(headers.get(SECURITY_HEADER))) {
                return next.startCall(call, headers);
            }
            call.close(Status.INVALID_ARGUMENT.withDescription("security header missing"), new Metadata());
            return new ServerCall.Listener<>() {};
        }
    }
}
