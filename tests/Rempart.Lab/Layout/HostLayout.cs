using System.Globalization;
using System.Net;

namespace Rempart.Lab.Layout;

/// <summary>Names and paths of one host of a lab; pure. "Inside" is as the host's own mount namespace shows it.</summary>
/// <param name="lab">the lab.</param>
/// <param name="number">1 and up.</param>
public sealed class HostLayout(LabLayout lab, int number)
{
    public int Number => number;

    /// <summary>Also the node's name.</summary>
    public string Name { get; } = string.Create(CultureInfo.InvariantCulture, $"host{number}");

    /// <summary>The id of the instance that it is: `l0h1`.</summary>
    public string Instance => string.Create(CultureInfo.InvariantCulture, $"{lab.Plan.Id}h{number}");

    /// <summary>Everything of the host on the machine's disk.</summary>
    public string Folder => Path.Combine(lab.Folder, Name);

    /// <summary>What is /var/lib/rempart inside.</summary>
    public string Data => Path.Combine(Folder, "data");

    /// <summary>Accounts and names that lie over those of the machine inside.</summary>
    public string Etc => Path.Combine(Folder, "etc");

    /// <summary>Where its /run is laid out before it is one.</summary>
    public string RunFolder => Path.Combine(Folder, "run");

    /// <summary>Pid, as the machine knows it, of the first process of the host.</summary>
    public string PidFile => Path.Combine(Folder, "pid");

    public string BootLog => Path.Combine(Folder, "boot.log");

    /// <summary>The instance's folder as the machine sees it.</summary>
    public string InstanceFolder => Path.Combine(Data, Instance);

    /// <summary>The same inside.</summary>
    public string InsideFolder => $"/var/lib/rempart/{Instance}";

    /// <summary>Path of its cgroup below each hierarchy.</summary>
    public string Cgroup => $"{lab.Cgroup}/{Name}";

    public bool HasEtcd => number <= lab.EtcdMembers;

    public bool HasApiServer => number <= lab.ApiServers;

    public Uri ApiServer => new($"https://{Address(Plane.Management)}:{LabLayout.ApiPort}");

    public uint MachineUids => lab.MachineUids(number);

    public IPAddress Address(Plane plane) => lab.Address(plane, number);

    /// <summary>A program of ours inside.</summary>
    public static string Program(string kind) => $"{Inside}/programs/{kind}/rempart{(kind == "cli" ? "" : $"-{kind}")}";

    /// <summary>The .NET runtime inside.</summary>
    public const string Runtime = Inside + "/dotnet";

    /// <summary>What the lab put into the host's /run.</summary>
    public const string Inside = "/run/rempart-lab";
}
