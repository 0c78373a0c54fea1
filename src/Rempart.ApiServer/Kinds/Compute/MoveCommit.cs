using System.Text.Json.Nodes;
using Rempart.Api.Compute;
using Rempart.Api.Meta;
using Rempart.Api.Storage;
using Rempart.ApiServer.Registry;
using Rempart.Policy.Migrations;
using Rempart.Store;

namespace Rempart.ApiServer.Kinds.Compute;

/// <summary>
/// Binds a machine that moves to its target, and its volumes to their pools; to the same host anew when its disks alone move. The machine, the move and the machine's volumes are one commit of the store: whoever gives the move
/// up at the same moment, through this server or another one, changes the move's key, and one of both commits fails.
/// </summary>
internal sealed class MoveCommit(ObjectWriter writer)
{
    /// <summary>Volumes that have room in the commit beside the machine, the move and the key of the host. Those beyond follow before the caller is answered.</summary>
    private const int MostVolumes = StoreLimits.CommitWrites - 3;

    private static readonly KindInfo Moves = KindInfo.Of<MachineMigration>();
    private static readonly KindInfo Volumes = KindInfo.Of<Volume>();

    /// <summary>Commits a move, or finds that it was committed before.</summary>
    /// <param name="call">Who asks; a call for the machine.</param>
    /// <param name="name">The machine.</param>
    /// <param name="asked">What is asked for; its fields are complete.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The machine as it is then.</returns>
    public async Task<CachedObject> CommitAsync(WriteCall call, string name, MachineBinding asked, CancellationToken cancellationToken)
    {
        // What a node may write of a machine and a volume has been judged here; admission would refuse it.
        call = call with { ByServer = true, Whole = true };
        var outcome = await writer.ModifyAsync(call, name, old => StoredChange.Of(old, document => Bind(call, old, document, asked)), cancellationToken);
        if (!call.DryRun) await MoveRestAsync(call, outcome.Object.As<VirtualMachine>(), Pools(writer.Cache.Get(Moves, call.Namespace, asked.Migration!)?.As<MachineMigration>()), cancellationToken);
        return outcome.Object;
    }

    private void Bind(WriteCall call, CachedObject old, JsonObject document, MachineBinding asked)
    {
        var machine = old.As<VirtualMachine>();
        var move = writer.Cache.Get(Moves, call.Namespace, asked.Migration!);
        var verdict = MigrationCommit.Judge(call.Caller.NodeName, asked, machine, move?.As<MachineMigration>());
        switch (verdict.Step)
        {
            case CommitStep.Forbidden: throw Failures.Forbidden(old.Kind, old.Name, verdict.Why);
            case CommitStep.Conflict: throw Failures.Conflict(old.Kind, old.Name, verdict.Why);
            case CommitStep.Done: return;
        }

        var status = document.Child("status");
        status["nodeName"] = asked.NodeName;
        status["runGeneration"] = asked.RunGeneration!.Value + 1;
        call.Together.Add(Rewrite(move!, changed => Mark(changed, call.Now, asked.NodeName)));
        var pools = Pools(move!.As<MachineMigration>());
        foreach (var volume in OnSource(machine, machine.Status!.NodeName!).OrderByDescending(volume => pools.ContainsKey(volume.Name)).Take(MostVolumes)) call.Together.Add(Rewrite(volume, changed => Place(changed, asked.NodeName, pools.GetValueOrDefault(volume.Name))));
    }

    private static Dictionary<string, string> Pools(MachineMigration? move) => (move?.Spec.Volumes ?? []).ToDictionary(volume => volume.Name, volume => volume.Pool, StringComparer.Ordinal);

    private static void Place(JsonObject volume, string node, string? pool)
    {
        volume.Child("status")["nodeName"] = node;
        if (pool is not null) volume.Child("status")["pool"] = pool;
    }

    private IEnumerable<CachedObject> OnSource(VirtualMachine machine, string source) => (machine.Status?.Volumes ?? [])
        .Select(volume => writer.Cache.Get(Volumes, machine.Metadata.Namespace, volume.ObjectName)).OfType<CachedObject>()
        .Where(volume => volume.As<Volume>().Status?.NodeName == source);

    // A machine has at most nine volumes. Should the server end in between, the target asks again, because it had no answer.
    private async Task MoveRestAsync(WriteCall call, VirtualMachine machine, Dictionary<string, string> pools, CancellationToken cancellationToken)
    {
        if (machine.Status is not { Volumes.Count: > MostVolumes, NodeName: { } target }) return;
        foreach (var volume in machine.Status.Volumes)
        {
            var rest = call with { Target = writer.Cache.Of(Volumes).Registration, Served = null, Subresource = null };
            if (writer.Cache.Get(Volumes, call.Namespace, volume.ObjectName) is null) continue;
            await writer.ModifyAsync(rest, volume.ObjectName, old => StoredChange.Of(old, document =>
            {
                if (document.Child("status").Text("nodeName") is { Length: > 0 }) Place(document, target, pools.GetValueOrDefault(volume.ObjectName));
            }), cancellationToken);
        }
    }

    private StoreWrite Rewrite(CachedObject stored, Action<JsonObject> change)
    {
        var registration = writer.Cache.Of(stored.Kind).Registration;
        var document = stored.ToJson();
        change(document);
        return new StoreWrite(registration.Prefix + stored.Key, registration.Layout.Serialize(document), stored.Revision);
    }

    private static void Mark(JsonObject document, DateTimeOffset now, string target)
    {
        var status = document.Child("status");
        if (status["conditions"] is not JsonArray conditions) status["conditions"] = conditions = [];
        conditions.RemoveAll(condition => condition?["type"]?.GetValue<string>() == MigrationMarks.Committed);
        conditions.Add((JsonNode)new JsonObject
        {
            ["type"] = MigrationMarks.Committed,
            ["status"] = "True",
            ["reason"] = "Bound",
            ["message"] = $"the machine belongs to node `{target}`",
            ["lastTransitionTime"] = NewObject.Time(now),
        });
    }
}
