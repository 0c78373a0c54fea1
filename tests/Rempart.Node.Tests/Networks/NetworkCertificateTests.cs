using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Rempart.Api.Client;
using Rempart.Node.Networks;
using Rempart.Testing.Ovsdb;
using Rempart.Testing.Time;

namespace Rempart.Node.Tests.Networks;

/// <summary>OVN's certificate comes, is renewed in time, and is asked for again when it is not what the host needs.</summary>
public sealed class NetworkCertificateTests : IDisposable
{
    private readonly ManualTime _time = new(TimeProvider.System.GetUtcNow());
    private readonly string _folder = Directory.CreateTempSubdirectory("rempart-network-certificate-").FullName;
    private readonly CancellationTokenSource _ending = new();
    private readonly OvsdbCertificates _central = new("central");
    private readonly OvsdbCertificates _hosts = new("hosts");
    private readonly SigningApi _api;

    public NetworkCertificateTests()
    {
        _api = new SigningApi(_central, _hosts, _time);
        Directory.CreateDirectory(Layout.TlsFolder);
    }

    private NetworkSettings Settings => new()
    {
        Instance = "t", InstanceFolder = _folder, NodeName = "host-1", Datapath = Datapath.Userspace, Central = [new CentralMember("host-1", IPAddress.Parse("10.1.0.1"))],
    };

    private NetworkLayout Layout => new(Settings);

    [Fact]
    public async Task A_member_gets_both_authorities_and_renews_before_the_end()
    {
        Assert.Throws<FileNotFoundException>(() => NetworkCertificate.Read(Layout));
        var running = Start();
        await UntilAsync(() => File.Exists(Layout.TlsIdentity), TimeSpan.Zero);
        var first = NetworkCertificate.Read(Layout);
        Assert.True(first.Certificate.HasPrivateKey);
        Assert.Equal(_central.Authority.Thumbprint, Assert.Single(first.Authorities).Thumbprint);
        X509Certificate2Collection clients = [];
        clients.ImportFromPemFile(Layout.TlsHostAuthorities);
        Assert.Equal(2, clients.Count);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, File.GetUnixFileMode(Layout.TlsIdentity));

        // Of a day: not before half of it, and before its end, whatever was drawn.
        _time.Advance(TimeSpan.FromHours(12));
        await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.Equal(1, _api.Signed);
        _time.Advance(TimeSpan.FromHours(11));
        await UntilAsync(() => NetworkCertificate.Read(Layout).Certificate.Thumbprint != first.Certificate.Thumbprint, TimeSpan.Zero);
        Assert.Equal(2, _api.Signed);
        await EndAsync(running);
    }

    [Fact]
    public async Task A_member_that_the_server_does_not_know_asks_again_until_it_does()
    {
        _api.Member = null;
        var running = Start();
        await UntilAsync(() => _api.Signed >= 3, TimeSpan.FromSeconds(10));
        Assert.Empty(NetworkCertificate.Read(Layout).Certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>());

        _api.Member = "host-1";
        await UntilAsync(() => NetworkCertificate.Read(Layout).Certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().Any(), TimeSpan.FromSeconds(10));
        await EndAsync(running);
    }

    [Fact]
    public async Task A_certificate_that_can_not_be_read_or_written_is_tried_again_and_ends_nothing()
    {
        // A folder where the file is to be: reading and replacing it are refused, also to root.
        Directory.CreateDirectory(Layout.TlsIdentity);
        Directory.CreateDirectory(Path.Combine(Layout.TlsIdentity, "something"));
        var running = Start();
        await UntilAsync(() => _api.Signed >= 2, TimeSpan.FromSeconds(10));
        Assert.False(running.IsCompleted);

        Directory.Delete(Layout.TlsIdentity, recursive: true);
        await UntilAsync(() => File.Exists(Layout.TlsIdentity), TimeSpan.FromSeconds(10));
        await EndAsync(running);
    }

    public void Dispose()
    {
        _ending.Dispose();
        _api.Dispose();
        _central.Dispose();
        _hosts.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task UntilAsync(Func<bool> holds, TimeSpan step)
    {
        for (var attempt = 0; !holds(); attempt++)
        {
            Assert.True(attempt < 2000, "it has not come true");
            _time.Advance(step);
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    private Task Start() => new NetworkCertificate(Settings, _time, NullLogger<NetworkCertificate>.Instance)
        .RunAsync(new ApiClient(new HttpClient(_api, disposeHandler: false) { BaseAddress = new Uri("https://api.test") }, _time), _ending.Token);

    private async Task EndAsync(Task running)
    {
        await _ending.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>An API server that signs what it is asked to, for a day.</summary>
    private sealed class SigningApi(OvsdbCertificates central, OvsdbCertificates hosts, TimeProvider time) : HttpMessageHandler
    {
        private int _signed;

        public string? Member { get; set; } = "host-1";

        public int Signed => Volatile.Read(ref _signed);

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var body = JsonNode.Parse(await request.Content!.ReadAsStringAsync(cancellationToken))!.AsObject();
            Assert.Equal("rempart.dev/network", (string?)body["spec"]!["signerName"]);
            var asked = CertificateRequest.LoadSigningRequestPem(Encoding.ASCII.GetString(Convert.FromBase64String(body["spec"]!["request"]!.GetValue<string>())), HashAlgorithmName.SHA256);
            var made = new CertificateRequest(asked.SubjectName, asked.PublicKey, HashAlgorithmName.SHA256);
            var isMember = asked.SubjectName.Name == $"CN={Member}";
            if (isMember)
            {
                var names = new SubjectAlternativeNameBuilder();
                names.AddIpAddress(IPAddress.Parse("10.1.0.1"));
                made.CertificateExtensions.Add(names.Build());
            }
            var issuer = (isMember ? central : hosts).Authority;
            using var signer = issuer.GetECDsaPrivateKey()!;
            using var certificate = made.Create(issuer.SubjectName, X509SignatureGenerator.CreateForECDsa(signer), time.GetUtcNow(), time.GetUtcNow().AddDays(1), RandomNumberGenerator.GetBytes(8));
            X509Certificate2[] all = [certificate, central.Authority, .. isMember ? new[] { hosts.Authority } : []];
            body["status"] = new JsonObject { ["certificate"] = Convert.ToBase64String(Encoding.ASCII.GetBytes(string.Concat(all.Select(one => one.ExportCertificatePem() + "\n")))) };
            Interlocked.Increment(ref _signed);
            return new HttpResponseMessage(HttpStatusCode.Created) { Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json") };
        }
    }
}
