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
    /// <param name="plan">the lab in a slot.</param>
    /// <param name="isOwned">it is this process', and nobody's behind it: who claims one later may end it.</param>
    /// <param name="cancellationToken">gives up.</param>
    /// <exception cref="LabException">all are taken.</exception>
    internal static async Task<(LabLayout Lab, LabOwner? Owner)> ClaimAsync(Func<int, LabPlan> plan, bool isOwned, CancellationToken cancellationToken)
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
            // It is owned before anybody sees it.
            var owner = isOwned ? LabOwner.Write(temporary) : null;
            try
            {
                Directory.Move(temporary, FolderOf(slot));
                return (claimed, owner);
            }
            catch (IOException)
            {
                owner?.Dispose();
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

    /// <summary>Labs whose process has ended without ending them, each with its owner, which is this process from here on.</summary>
    internal static IReadOnlyList<(LabLayout Lab, LabOwner Owner)> Left()
    {
        var left = new List<(LabLayout, LabOwner)>();
        foreach (var folder in Enumerable.Range(0, Slots).Select(FolderOf).Where(Directory.Exists))
        {
            if (LabOwner.TryTake(folder) is not { } owner) continue;
            try
            {
                left.Add((Open(folder), owner));
            }
            catch (LabException)
            {
                // What is no lab any more is for people to look at.
                owner.Dispose();
            }
        }
        return left;
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
