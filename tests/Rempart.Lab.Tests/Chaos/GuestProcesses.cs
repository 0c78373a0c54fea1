using System.Globalization;
using Rempart.Lab.Hosts;

namespace Rempart.Lab.Tests.Chaos;

/// <summary>The processes of a machine on one host, as the kernel has them: whoever is in its jail's cgroup and has virtual processors.</summary>
internal sealed class GuestProcesses(LabHost host, string uid)
{
    private const string VirtualProcessor = "CPU ";

    public IReadOnlyList<(GuestProcess Process, TimeSpan Used)> Read() =>
        [.. host.ProcessesIn($"rempart-{host.Layout.Instance}/{uid}").Select(Look).OfType<(GuestProcess, TimeSpan)>()];

    private (GuestProcess, TimeSpan)? Look(int pid)
    {
        try
        {
            var folder = string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}");
            // QEMU names its threads (debug-threads=on): `CPU 0/TCG`, `CPU 1/KVM`. schedstat begins with the nanoseconds on a processor.
            var used = Directory.EnumerateDirectories($"{folder}/task").Where(thread => File.ReadAllText($"{thread}/comm").StartsWith(VirtualProcessor, StringComparison.Ordinal))
                .Select(thread => long.Parse(File.ReadAllText($"{thread}/schedstat").Split(' ')[0], CultureInfo.InvariantCulture)).ToList();
            if (used.Count == 0) return null;
            // The 22nd field of stat, the 20th behind the name.
            var stat = File.ReadAllText($"{folder}/stat");
            var began = long.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[19], CultureInfo.InvariantCulture);
            return (new GuestProcess(host.Name, pid, began), TimeSpan.FromMicroseconds(used.Sum() / 1000));
        }
        catch (IOException)
        {
            // It ends now.
            return null;
        }
    }
}
