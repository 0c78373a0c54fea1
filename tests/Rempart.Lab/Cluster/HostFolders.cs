using Rempart.Lab.Hosts;
using Rempart.Lab.Layout;
using Rempart.Lab.Tools;

namespace Rempart.Lab.Cluster;

/// <summary>What is on a host's disk before it boots for the first time.</summary>
internal sealed class HostFolders(LabLayout lab, HostLayout host, TimeProvider time)
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode Passage = Private | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
    private readonly HostAccounts _accounts = new(lab, host);

    /// <summary>May be repeated: what is there stays.</summary>
    internal async Task MakeAsync(CancellationToken cancellationToken)
    {
        _accounts.Write();
        Make(host.Data, Passage);
        Make(host.InstanceFolder, Passage);
        Make(Inside("logs"), Private);
        Make(Inside("init"), Private);
        Make(Inside("node"), Passage);
        Make(Inside("node/micro"), Private);
        foreach (var file in new[] { "vmlinuz", "initramfs.cpio.gz" })
        {
            if (!File.Exists(Inside($"node/micro/{file}"))) File.Copy(Path.Combine(lab.Plan.MicroGuest, file), Inside($"node/micro/{file}"));
        }
        var certificates = Path.Combine(lab.Folder, "etcd");
        if (host.HasEtcd)
        {
            Make(Inside("etcd/data"), Private);
            await GiveAsync(certificates, "etcd", HostAccounts.Etcd, cancellationToken);
        }
        if (host.HasApiServer)
        {
            Make(Inside("server"), Private);
            Make(Inside("server/etcd"), Private);
            await GiveAsync(certificates, "server/etcd", HostAccounts.Server, cancellationToken);
            await OwnAsync("server", HostAccounts.Server, cancellationToken);
        }
    }

    /// <summary>Keys and certificates of the cluster, made on the first host as an operator does.</summary>
    internal static async Task InitializeAsync(LabHost host, HostServices services, IEnumerable<HostLayout> servers, CancellationToken cancellationToken) => await host.RunAsync(
    [
        "setpriv", "--reuid", HostAccounts.Server, "--regid", HostAccounts.Server, "--init-groups", "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs", "--",
        HostLayout.Program("server"), "init", "--data", services.ServerFolder, "--advertise", host.Layout.ApiServer.GetLeftPart(UriPartial.Authority),
        .. servers.SelectMany(server => new[] { "--hostname", server.Name }),
        .. servers.Skip(1).SelectMany(server => new[] { "--also", server.ApiServer.GetLeftPart(UriPartial.Authority) }),
    ], null, cancellationToken);

    /// <summary>Brings the first server's keys to this host, as docs/operations/store.md says: not its trail, store and token.</summary>
    internal async Task CopyKeysAsync(HostLayout first, CancellationToken cancellationToken)
    {
        var from = Path.Combine(first.InstanceFolder, "server");
        File.Copy(Path.Combine(from, "pki/ca.crt"), Inside("ca.crt"), overwrite: true);
        if (first.Number == host.Number) return;
        await Command.RunAsync(["cp", "-a", Path.Combine(from, "pki"), Path.Combine(from, "init.json"), .. Directory.EnumerateFiles(from, "*.kubeconfig"), Inside("server/")], null, cancellationToken);
        await OwnAsync("server", HostAccounts.Server, cancellationToken);
    }

    private async Task GiveAsync(string certificates, string folder, string account, CancellationToken cancellationToken)
    {
        EtcdAuthority.Write(certificates, lab, time);
        foreach (var file in new[] { "ca.pem", $"{host.Name}.pem", $"{host.Name}.key" }) File.Copy(Path.Combine(certificates, file), Inside($"{folder}/{file}"), overwrite: true);
        File.SetUnixFileMode(Inside($"{folder}/{host.Name}.key"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await OwnAsync(folder, account, cancellationToken);
    }

    private Task<string> OwnAsync(string folder, string account, CancellationToken cancellationToken) =>
        Command.RunAsync(["chown", "-R", $"{_accounts.Uid(account)}:{_accounts.Uid(account)}", Inside(folder)], null, cancellationToken);

    private string Inside(string path) => Path.Combine(host.InstanceFolder, path);

    private static void Make(string path, UnixFileMode mode)
    {
        Directory.CreateDirectory(path);
        File.SetUnixFileMode(path, mode);
    }
}
