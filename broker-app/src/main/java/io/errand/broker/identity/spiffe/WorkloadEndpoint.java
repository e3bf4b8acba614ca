package io.errand.broker.identity.spiffe;

import io.grpc.ClientInterceptor;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.MetadataUtils;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.spiffe.workloadapi.grpc.SpiffeWorkloadAPIGrpc;
import io.spiffe.workloadapi.grpc.SpiffeWorkloadAPIGrpc.SpiffeWorkloadAPIStub;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.util.concurrent.TimeUnit;

/**
 * A connection to the Workload API's socket. java-spiffe's own goes through a native library for each platform, and its client
 * does not come back to a stream that ended; so only its messages and calls are used, over the sockets of the JDK.
 */
final class WorkloadEndpoint implements AutoCloseable {

    /** A socket whose other end hangs is noticed after this; gRPC servers take more than one ping in five minutes amiss. */
    private static final long KEEP_ALIVE_MINUTES = 6;

    /** Without it the Workload API refuses, so that nobody is tricked into asking it. */
    private static final ClientInterceptor SECURITY_HEADER = securityHeader();

    private final MultiThreadIoEventLoopGroup loop = new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("errand-workload-api", true), NioIoHandler.newFactory());
    private final ManagedChannel channel;

    WorkloadEndpoint(URI socket) {
        NettyChannelBuilder builder = "unix".equals(socket.getScheme())
                ? NettyChannelBuilder.forAddress(UnixDomainSocketAddress.of(socket.getPath()))
                        .channelType(NioDomainSocketChannel.class)
                        .withOption(ChannelOption.SO_KEEPALIVE, null) // Netty warns of what such sockets do not have
                : NettyChannelBuilder.forAddress(new InetSocketAddress(socket.getHost(), socket.getPort()))
                        .channelType(NioSocketChannel.class);
        channel = builder.eventLoopGroup(loop)
                .overrideAuthority("localhost")
                .usePlaintext()
                .keepAliveTime(KEEP_ALIVE_MINUTES, TimeUnit.MINUTES)
                .disableServiceConfigLookUp()
                .directExecutor()
                .build();
    }

    private static ClientInterceptor securityHeader() {
        Metadata header = new Metadata();
        header.put(Metadata.Key.of("workload.spiffe.io", Metadata.ASCII_STRING_MARSHALLER), "true");
        return MetadataUtils.newAttachHeadersInterceptor(header);
    }

    /** For one call, at once: what waits between two tries is the caller. */
    SpiffeWorkloadAPIStub calls() {
        channel.resetConnectBackoff();
        return SpiffeWorkloadAPIGrpc.newStub(channel).withInterceptors(SECURITY_HEADER);
    }

    @Override
    public void close() {
        channel.shutdownNow();
        var ended = loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
}
