using System.Security.Cryptography;
using System.Text.Json;
using Rempart.Lab.Tools;

namespace Rempart.Lab.Layout;

/// <summary>The labs of this machine: a folder each beside those of instances.</summary>
internal static class LabRegistry
{
    internal const string Root = "/var/lib/rempart";
    private const int Slots = 64;
    private const UnixFileMode Passage = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Takes the first slot that nobody has and whose addresses are nobody's, and makes its folder.</summary>
    /// <exception cref="LabException">all are taken.</exception>
    internal static async Task<LabLayout> ClaimAsync(Func<int, LabPlan> plan, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Root, Passage);
        for (var slot = 0; slot < Slots; slot++)
        {
            if (Directory.Exists(FolderOf(slot)) || await HasRouteAsync(LabLayout.Network(slot), cancellationToken)) continue;
            // The rename decides between two that come at once: it fails on a folder that is not empty.
            var temporary = Path.Combine(Root, $".lab-{RandomNumberGenerator.GetHexString(12, lowercase: true)}");
            Directory.CreateDirectory(temporary, Passage);
            var claimed = new LabLayout(plan(slot), FolderOf(slot));
            claimed.Plan.Write(Path.Combine(temporary, Path.GetFileName(claimed.PlanFile)));
            try
            {
                Directory.Move(temporary, FolderOf(slot));
                return claimed;
            }
            catch (IOException)
            {
                Directory.Delete(temporary, recursive: true);
            }
        }
        throw new LabException($"all {Slots} labs of this machine are taken: end one with `./dev lab down` in its checkout");
    }

    internal static LabLayout Open(string folder)
    {
        var plan = LabPlan.Read(Path.Combine(folder, "lab.json"));
        return FolderOf(plan.Slot) == Path.GetFullPath(folder) ? new LabLayout(plan, Path.GetFullPath(folder)) : throw new LabException($"`{folder}` is not the folder of lab `{plan.Id}`");
    }

    /// <summary>Removes the folder of a lab that has ended, and what the last lab or instance leaves.</summary>
    internal static void Forget(LabLayout lab)
    {
        if (Directory.Exists(lab.Folder)) Directory.Delete(lab.Folder, recursive: true);
        try
        {
            Directory.Delete(Root, recursive: false);
        }
        catch (IOException)
        {
            // Others are there.
        }
    }

    private static string FolderOf(int slot) => Path.Combine(Root, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"l{slot}"));

    // `root` lists what lies within the network, but for the default route.
    private static async Task<bool> HasRouteAsync(string network, CancellationToken cancellationToken)
    {
        using var routes = JsonDocument.Parse(await Command.RunAsync(["ip", "-json", "route", "show", "table", "all", "root", network], null, cancellationToken) is { Length: > 0 } text ? text : "[]");
        return routes.RootElement.GetArrayLength() > 0;
    }
}
