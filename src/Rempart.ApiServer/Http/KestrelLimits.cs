using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Rempart.Api.Tunnel;
using Rempart.ApiServer.Flow;

namespace Rempart.ApiServer.Http;

/// <summary>How connections are secured and bounded.</summary>
internal static class KestrelLimits
{
    /// <summary>
    /// A socket whose connections ask the other side for a sign of life when nothing comes for half a minute (accepted sockets have the options of
    /// the one that listens): one that vanished without a word, and that nothing is sent to, would hold its place for as long as its watch may last.
    /// </summary>
    public static Socket Listen(EndPoint endpoint)
    {
        var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 30);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 10);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
        return socket;
    }

    public static void Apply(KestrelServerOptions kestrel, ApiServerOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.AllowSynchronousIO = false;
        var limits = kestrel.Limits;
        limits.MaxRequestBodySize = BodyReader.MostBytes;
        limits.MaxRequestHeadersTotalSize = 64 * 1024;
        limits.MaxRequestHeaderCount = 64;
        limits.MaxRequestLineSize = 16 * 1024;
        limits.MaxConcurrentConnections = options.Connections.All;
        limits.MaxConcurrentUpgradedConnections = options.Connections.All / 4;
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
        limits.KeepAliveTimeout = TimeSpan.FromMinutes(3);
        limits.MinRequestBodyDataRate = new MinDataRate(1024, TimeSpan.FromSeconds(10));

        // A watch has nothing to say for minutes: the rate of answers is not bounded from below.
        limits.MinResponseDataRate = null;
        limits.Http2.MaxStreamsPerConnection = 1000;

        // All streams of a node share its connection: whoever does not read one must not stop the others, so the
        // connection's window holds as many streams' windows as a node may have.
        limits.Http2.InitialStreamWindowSize = 256 * 1024;
        limits.Http2.InitialConnectionWindowSize = (TunnelLimits.StreamsOfNode + 2) * 256 * 1024;
        limits.Http2.KeepAlivePingDelay = TimeSpan.FromSeconds(30);
        limits.Http2.KeepAlivePingTimeout = TimeSpan.FromSeconds(20);
        var connections = new ConnectionLimit(options.Connections);
        foreach (var endpoint in options.Listen)
        {
            kestrel.Listen(endpoint, listen =>
            {
                listen.Protocols = HttpProtocols.Http1AndHttp2;
                listen.Use(connections.Accept);
                listen.UseHttps(https =>
                {
                    https.SslProtocols = SslProtocols.Tls13 | SslProtocols.Tls12;
                    https.ServerCertificateSelector = (_, _) => options.Certificate();
                    https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
                    https.CheckCertificateRevocation = false;
                    https.ClientCertificateValidation = (certificate, _, _) => options.TrustsClient(certificate);
                    https.HandshakeTimeout = TimeSpan.FromSeconds(10);
                });
                listen.Use(connections.Recognize);
            });
        }
    }
}
