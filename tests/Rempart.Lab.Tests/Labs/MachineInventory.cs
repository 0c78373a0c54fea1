using System.Text.RegularExpressions;
using Rempart.Lab.Layout;
using Rempart.Lab.Tools;

namespace Rempart.Lab.Tests.Labs;

/// <summary>What a lab could leave on its machine, a line each: whatever has its name, its folder, its addresses or its user ids.</summary>
internal static partial class MachineInventory
{
    public static async Task<IReadOnlyList<string>> OfAsync(LabLayout lab, CancellationToken cancellationToken)
    {
        var (id, first, last) = (lab.Plan.Id, lab.ServiceUid(0, 0), lab.MachineUids(LabPlan.MostHosts) + 65_535);
        bool IsOurs(string text) => Regex.IsMatch(text, $@"\b(rempart|rl|rp)-_?{id}(h\d)?\b|/var/lib/rempart/{id}\b", RegexOptions.None, TimeSpan.FromSeconds(1)) || text.Contains(LabLayout.Network(lab.Plan.Slot).Replace(".0.0/16", ".", StringComparison.Ordinal), StringComparison.Ordinal);
        return
        [
            .. Processes().Where(process => IsOurs(process.Arguments) || IsOurs(process.Cgroups) || (process.Uid >= first && process.Uid <= last)).Select(process => $"process {process.Pid} {process.Arguments}"),
            .. (await File.ReadAllLinesAsync("/proc/self/mounts", cancellationToken)).Where(IsOurs).Select(line => $"mount {line}"),
            .. Directory.EnumerateDirectories("/sys/fs/cgroup", $"rempart-{id}*", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 4, IgnoreInaccessible = true }).Select(path => $"cgroup {path}"),
            .. await LinesAsync("link", ["ip", "-o", "link"], IsOurs, cancellationToken),
            .. await LinesAsync("address", ["ip", "-o", "address"], IsOurs, cancellationToken),
            .. await LinesAsync("route", ["ip", "route", "show", "table", "all"], IsOurs, cancellationToken),
            .. await LinesAsync("namespace", ["ip", "netns", "list"], IsOurs, cancellationToken),
            .. await LinesAsync("nft", ["nft", "list", "tables"], IsOurs, cancellationToken),
            .. (await File.ReadAllLinesAsync("/etc/passwd", cancellationToken)).Where(line => uint.TryParse(line.Split(':')[2], System.Globalization.CultureInfo.InvariantCulture, out var uid) && uid >= first && uid <= last).Select(line => $"user {line}"),
            .. Directory.Exists(lab.Folder) ? [$"folder {lab.Folder}"] : Array.Empty<string>(),
        ];
    }

    private static async Task<IEnumerable<string>> LinesAsync(string kind, IReadOnlyList<string> command, Func<string, bool> isOurs, CancellationToken cancellationToken) =>
        (await Command.RunAsync(command, null, cancellationToken)).Split('\n').Where(isOurs).Select(line => $"{kind} {line}");

    private static IEnumerable<(int Pid, string Arguments, string Cgroups, uint Uid)> Processes()
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), System.Globalization.CultureInfo.InvariantCulture, out var pid) || pid == Environment.ProcessId) continue;
            (string Arguments, string Cgroups, string Status) read;
            try
            {
                read = (File.ReadAllText($"{folder}/cmdline").Replace('\0', ' '), File.ReadAllText($"{folder}/cgroup"), File.ReadAllText($"{folder}/status"));
            }
            catch (IOException)
            {
                continue;
            }
            // Nothing of it is left but its exit code, which its parent has not read yet.
            if (read.Status.Contains("State:\tZ", StringComparison.Ordinal)) continue;
            yield return (pid, read.Arguments, read.Cgroups, uint.Parse(Uid().Match(read.Status).Groups["uid"].Value, System.Globalization.CultureInfo.InvariantCulture));
        }
    }

    [GeneratedRegex(@"^Uid:\s+(?<uid>\d+)", RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Uid();
}
