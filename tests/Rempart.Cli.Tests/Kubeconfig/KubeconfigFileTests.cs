using Rempart.Cli.Kubeconfig;

namespace Rempart.Cli.Tests.Kubeconfig;

public sealed class KubeconfigFileTests
{
    private const string Text = """
        apiVersion: v1
        kind: Config
        current-context: main
        clusters:
        - name: c
          cluster: {server: "https://127.0.0.1:6443", certificate-authority-data: Q0E=}
        users:
        - name: admin
          user: {client-certificate-data: Q0VSVA==, client-key-data: S0VZ}
        contexts:
        - name: main
          context: {cluster: c, user: admin, namespace: shop}
        - name: other
          context: {cluster: missing, user: admin}
        """;

    [Fact]
    public void The_current_context_gives_server_credentials_and_namespace()
    {
        var context = KubeconfigFile.Parse(Text, "k", null);
        Assert.Equal(("https://127.0.0.1:6443/", "CA", "CERT", "KEY", "shop", "admin"),
            (context.Server.ToString(), context.CertificateAuthority, context.ClientCertificate, context.ClientKey, context.Namespace, context.User));
    }

    [Fact]
    public void Further_servers_come_from_the_clusters_extension()
    {
        const string Several = """
            current-context: admin@rempart
            clusters:
            - name: rempart
              cluster:
                server: https://10.0.0.1:6443
                extensions:
                - name: example.com/other
                  extension: {servers: [https://elsewhere]}
                - name: rempart.dev/servers
                  extension:
                    servers:
                    - https://10.0.0.1:6443
                    - https://10.0.0.2:6443
                    - https://10.0.0.3:6443
            users: [{name: admin, user: {token: t}}]
            contexts: [{name: admin@rempart, context: {cluster: rempart, user: admin}}]
            """;
        Assert.Equal(["https://10.0.0.2:6443/", "https://10.0.0.3:6443/"], KubeconfigFile.Parse(Several, "k", null).ToConnection().Alternates.Select(server => server.ToString()));
        Assert.Throws<CliException>(() => KubeconfigFile.Parse(Several.Replace("https://10.0.0.2", "http://10.0.0.2", StringComparison.Ordinal), "k", null));
    }

    [Fact]
    public void A_context_without_its_cluster_is_named()
    {
        var error = Assert.Throws<CliException>(() => KubeconfigFile.Parse(Text, "k", "other"));
        Assert.Equal("`k` has no cluster `missing`", error.Message);
        Assert.Equal(ExitCode.Usage, error.ExitCode);
    }

    [Fact]
    public void A_server_without_tls_is_refused()
    {
        var error = Assert.Throws<CliException>(() => KubeconfigFile.Parse(Text.Replace("https:", "http:", StringComparison.Ordinal), "k", null));
        Assert.Contains("https", error.Message, StringComparison.Ordinal);
    }
}
