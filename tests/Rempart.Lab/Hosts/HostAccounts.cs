using System.Globalization;
using System.Text;
using Rempart.Lab.Layout;

namespace Rempart.Lab.Hosts;

/// <summary>
/// The accounts of a host's services: in files that lie over the machine's own inside, so that the machine gets none. Their ids differ
/// from host to host, as on real ones.
/// </summary>
internal sealed class HostAccounts(LabLayout lab, HostLayout host)
{
    internal const string Server = "rempart-server";
    internal const string Etcd = "rempart-etcd";
    private static readonly string[] _names = [Server, Etcd, "rempart-net", "rempart-names"];

    internal uint Uid(string account) => lab.ServiceUid(host.Number, Array.IndexOf(_names, account));

    internal void Write()
    {
        Directory.CreateDirectory(host.Etc);
        var (users, groups) = (new StringBuilder(Others("passwd")), new StringBuilder(Others("group")));
        foreach (var name in _names)
        {
            users.AppendLine(CultureInfo.InvariantCulture, $"{name}:x:{Uid(name)}:{Uid(name)}::/nonexistent:/usr/sbin/nologin");
            groups.AppendLine(CultureInfo.InvariantCulture, $"{name}:x:{Uid(name)}:");
        }
        File.WriteAllText(Path.Combine(host.Etc, "passwd"), users.ToString());
        File.WriteAllText(Path.Combine(host.Etc, "group"), groups.ToString());
        File.WriteAllText(Path.Combine(host.Etc, "hostname"), host.Name + "\n");
        File.WriteAllText(Path.Combine(host.Etc, "hosts"), "127.0.0.1 localhost\n" + string.Concat(lab.Hosts.Select(each => $"{each.Address(Plane.Management)} {each.Name}\n")));
        // The planes lead nowhere else: nobody there answers names.
        File.WriteAllText(Path.Combine(host.Etc, "resolv.conf"), "");
        var machine = Path.Combine(host.Etc, "machine-id");
        if (!File.Exists(machine)) File.WriteAllText(machine, Guid.NewGuid().ToString("N") + "\n");
    }

    private static string Others(string file) => string.Concat(File.ReadLines($"/etc/{file}").Where(line => !line.StartsWith("rempart-", StringComparison.Ordinal)).Select(line => line + "\n"));
}
