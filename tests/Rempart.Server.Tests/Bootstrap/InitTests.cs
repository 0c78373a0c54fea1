using System.Security.Cryptography.X509Certificates;
using System.Text;
using Rempart.Api.Certificates;
using Rempart.Api.Infra;
using Rempart.ApiServer.ServiceAccounts;
using Rempart.Server.Bootstrap;
using Rempart.Testing.Time;

namespace Rempart.Server.Tests.Bootstrap;

public sealed class InitTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("rempart-init-").FullName;
    private readonly ManualTime time = new(new DateTimeOffset(2026, 6, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly StringWriter errors = new();

    private DataFolder Folder => new(Path.Combine(root, "data"));

    [Fact]
    public void The_first_run_makes_everything_and_the_second_nothing()
    {
        var first = Run();
        Assert.NotEmpty(first);
        var before = Contents();

        Assert.Equal("", Run());
        Assert.Equal(before, Contents());
    }

    [Fact]
    public void Nobody_but_the_owner_can_read_anything()
    {
        Run();

        const UnixFileMode others = ~(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        string[] all = [Folder.Root, .. Directory.EnumerateFileSystemEntries(Folder.Root, "*", SearchOption.AllDirectories)];
        Assert.All(all, path => Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(path) & others));
        Assert.All(new[] { Folder.Authority, Folder.Approval, Folder.Ticket, Folder.TokenKeys, Folder.Audit, Folder.SecretKeys, Folder.NodeToken, Folder.Kubeconfig("admin"), Folder.Kubeconfig("security-officer") }, path => Assert.True(File.Exists(path), path));
        Assert.False(File.Exists(Folder.Kubeconfig("auditor")));
    }

    [Fact]
    public void A_kubeconfig_holds_a_good_certificate_of_its_person()
    {
        Run();
        using var identity = Load();

        using var admin = Client("admin");
        Assert.Null(CertificateTrust.Refusal(admin, identity.Authority.Trust, CertificateUsage.Client, time.GetUtcNow()));
        Assert.Contains("CN=admin", admin.Subject, StringComparison.Ordinal);
        Assert.Contains("O=rempart:administrators", admin.Subject, StringComparison.Ordinal);
        using var officer = Client("security-officer");
        Assert.Contains("O=rempart:security-officers", officer.Subject, StringComparison.Ordinal);
        Assert.Contains("server: https://10.0.0.9:6443\n", File.ReadAllText(Folder.Kubeconfig("admin")), StringComparison.Ordinal);
    }

    [Fact]
    public void The_server_is_known_under_all_its_names()
    {
        Run("--hostname", "host1.example");
        using var identity = Load();

        var names = identity.Certificate().Extensions.OfType<X509SubjectAlternativeNameExtension>().Single();
        Assert.Equal(["host1.example", "localhost"], names.EnumerateDnsNames().Order(StringComparer.Ordinal));
        Assert.Equal(["10.0.0.9", "127.0.0.1", "::1"], names.EnumerateIPAddresses().Select(a => a.ToString()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Further_servers_are_in_the_certificate_and_each_has_a_context_that_kubectl_takes()
    {
        Run();
        Run("--also", "https://10.0.0.10:6443", "--also", "https://third.example:6443");
        Assert.Equal("", Run("--also", "https://10.0.0.10:6443", "--also", "https://third.example:6443"));
        var path = Folder.Kubeconfig("admin");
        foreach (var (context, server) in new[] { ("admin@rempart", "https://10.0.0.9:6443"), ("admin@rempart-2", "https://10.0.0.10:6443"), ("admin@rempart-3", "https://third.example:6443") })
        {
            Assert.Equal(server, await ViewAsync(path, context, "{.clusters[0].cluster.server}"));
            Assert.NotEmpty(await ViewAsync(path, context, "{.users[0].user.client-key-data}"));
        }

        Assert.Equal("""["https://10.0.0.9:6443","https://10.0.0.10:6443","https://third.example:6443"]""", await ViewAsync(path, "admin@rempart", "{.clusters[0].cluster.extensions[?(@.name==\"rempart.dev/servers\")].extension.servers}"));
        using (var identity = Load())
        {
            var names = identity.Certificate().Extensions.OfType<X509SubjectAlternativeNameExtension>().Single();
            Assert.Contains("third.example", names.EnumerateDnsNames());
            Assert.Contains(System.Net.IPAddress.Parse("10.0.0.10"), names.EnumerateIPAddresses());
        }

        // And without them it is one server again.
        Assert.Contains("admin.kubeconfig", Run(), StringComparison.Ordinal);
        Assert.DoesNotContain("rempart-2", await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    private static async Task<string> ViewAsync(string kubeconfig, string context, string path)
    {
        using var kubectl = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("kubectl", ["--kubeconfig", kubeconfig, "--context", context, "config", "view", "--raw", "--minify", "-o", $"jsonpath={path}"]) { UseShellExecute = false, RedirectStandardOutput = true })!;
        var said = await kubectl.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await kubectl.WaitForExitAsync(TestContext.Current.CancellationToken);
        return said;
    }

    [Fact]
    public void A_new_name_makes_a_new_certificate_and_keeps_the_ca()
    {
        Run();
        var authority = File.ReadAllText(Folder.Authority);
        var server = File.ReadAllText(Folder.Server);

        Run("--hostname", "host1.example");

        Assert.Equal(authority, File.ReadAllText(Folder.Authority));
        Assert.NotEqual(server, File.ReadAllText(Folder.Server));
    }

    [Fact]
    public void What_nears_its_end_is_renewed_at_the_start_and_while_the_server_runs()
    {
        Run();
        var kubeconfig = File.ReadAllText(Folder.Kubeconfig("admin"));
        using var identity = Load();
        var first = identity.Certificate();
        Assert.Same(first, identity.Certificate());

        time.Advance(TimeSpan.FromDays(61));
        Assert.NotEqual(first.SerialNumber, identity.Certificate().SerialNumber);
        using var again = Load();
        Assert.NotEqual(kubeconfig, File.ReadAllText(Folder.Kubeconfig("admin")));
    }

    [Fact]
    public void A_run_that_was_cut_off_is_finished_by_the_next()
    {
        Run();
        var authority = File.ReadAllText(Folder.Authority);
        foreach (var lost in new[] { Folder.Server, Folder.Settings, Folder.Approval, Folder.Kubeconfig("admin"), Folder.AuthorityCertificate, Folder.NodeToken }) File.Delete(lost);
        File.WriteAllText(Path.Combine(Folder.Keys, "server.pem.0a0b.new"), "half a fi");

        Run();

        Assert.Equal(authority, File.ReadAllText(Folder.Authority));
        Assert.Empty(Directory.EnumerateFiles(Folder.Root, "*.new", SearchOption.AllDirectories));
        using var identity = Load();
        using var admin = Client("admin");
        Assert.True(identity.TrustsClient(admin));
    }

    [Fact]
    public void A_lost_ca_makes_everything_anew_that_it_had_signed()
    {
        Run();
        File.Delete(Folder.Authority);
        Run();

        using var identity = Load();
        using var admin = Client("admin");
        Assert.True(identity.TrustsClient(admin));
        Assert.Null(CertificateTrust.Refusal(identity.Certificate(), identity.Authority.Trust, CertificateUsage.Server, time.GetUtcNow()));
    }

    [Fact]
    public void A_token_lives_a_day_and_then_there_is_another()
    {
        Run();
        var first = File.ReadAllText(Folder.NodeToken);
        Assert.NotNull(BootstrapToken.Parse(first.Trim()));
        Assert.DoesNotContain(first.Trim()[9..], Contents().Replace(first, "", StringComparison.Ordinal), StringComparison.Ordinal);

        time.Advance(TimeSpan.FromHours(25));
        Run();
        Assert.NotEqual(first, File.ReadAllText(Folder.NodeToken));
    }

    [Fact]
    public void A_key_that_others_could_read_is_refused()
    {
        Run();
        File.SetUnixFileMode(Folder.Authority, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);

        Assert.Equal(1, InitCommand.Run(Arguments(), TextWriter.Null, errors, time));
        Assert.Contains(Folder.Authority, errors.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--data")]
    [InlineData("--advertise", "http://127.0.0.1:6443", "--data", "x")]
    [InlineData("--advertise", "https://127.0.0.1:6443")]
    [InlineData("--nonsense", "1")]
    public void Wrong_arguments_are_explained(params string[] arguments)
    {
        Assert.Equal(64, InitCommand.Run(arguments, TextWriter.Null, errors, time));
        Assert.Contains("usage:", errors.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ca.pem")]
    [InlineData("approval.pem")]
    [InlineData("secrets.json")]
    public void A_server_does_not_start_with_a_new_key_in_place_of_a_lost_one(string key)
    {
        Run();
        File.Delete(Path.Combine(Folder.Keys, key));

        Assert.Contains($"{key}` is missing", Assert.Throws<BootstrapException>(Load).Message, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(Folder.Keys, key)));
    }

    [Fact]
    public void Tokens_are_signed_with_a_new_key_and_checked_with_the_two_before_it()
    {
        Run();
        var first = Current();
        Rotate();
        var second = Current();
        Rotate();
        Rotate();
        Assert.Equal(3, PemKeys().Length);
        Assert.NotEqual(first, second);
        Assert.NotEqual(second, Current());
        Assert.DoesNotContain(first, PemKeys());
        Assert.Equal(second, PemKeys()[2]);
        Assert.Equal("", Run());

        string Current()
        {
            using var identity = Load();
            return identity.Keys.Tokens.Current;
        }

        void Rotate() => Assert.Equal(0, RotateTokenKeyCommand.Run(["--data", Folder.Root], TextWriter.Null, errors));
        string[] PemKeys() => [.. KeyStore.Keys(Folder.TokenKeys).Select(key =>
        {
            using var alone = new ServiceAccountKeys([key]);
            return alone.Current;
        })];
    }

    [Fact]
    public void Keys_of_tokens_that_are_damaged_are_told_of_and_left_alone()
    {
        Run();
        File.WriteAllText(Folder.TokenKeys, "no key");
        Assert.Equal(1, RotateTokenKeyCommand.Run(["--data", Folder.Root], TextWriter.Null, errors));
        Assert.Contains("is damaged", errors.ToString(), StringComparison.Ordinal);
        Assert.Equal("no key", File.ReadAllText(Folder.TokenKeys));
        Assert.Equal(64, RotateTokenKeyCommand.Run([], TextWriter.Null, errors));
    }

    [Fact]
    public void A_cluster_of_an_older_version_gets_keys_of_tokens()
    {
        Run();
        File.Delete(Folder.TokenKeys);
        using var identity = Load();
        Assert.True(File.Exists(Folder.TokenKeys));
    }

    [Fact]
    public void A_folder_without_a_cluster_says_what_to_do() =>
        Assert.Contains("rempart-server init", Assert.Throws<BootstrapException>(Load).Message, StringComparison.Ordinal);

    public void Dispose()
    {
        errors.Dispose();
        Directory.Delete(root, recursive: true);
    }

    private string[] Arguments(params string[] more) => ["--data", Folder.Root, "--advertise", "https://10.0.0.9:6443", .. more];

    private string Run(params string[] more)
    {
        using var output = new StringWriter();
        Assert.True(InitCommand.Run(Arguments(more), output, errors, time) == 0, errors.ToString());
        return output.ToString();
    }

    private ServerIdentity Load() => ServerIdentity.Load(Folder, time, _ => { });

    private X509Certificate2 Client(string user)
    {
        var line = File.ReadAllLines(Folder.Kubeconfig(user)).Single(l => l.Contains("client-certificate-data: ", StringComparison.Ordinal));
        return X509Certificate2.CreateFromPem(Encoding.ASCII.GetString(Convert.FromBase64String(line.Split(": ")[1])));
    }

    private string Contents() => string.Concat(Directory.EnumerateFiles(Folder.Root, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(f => f + File.ReadAllText(f)));
}
