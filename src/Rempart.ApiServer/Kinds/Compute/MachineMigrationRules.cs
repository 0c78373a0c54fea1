using System.Text.Json.Nodes;
using Rempart.Api.Compute;
using Rempart.Api.Meta;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Kinds.Compute;

/// <summary>Rules of MachineMigrations that need no other object; admission sees to the rest.</summary>
internal sealed class MachineMigrationRules : TypedKindRules<MachineMigration>
{
    private const int UsualDowntime = 100;
    private const int LongestDowntime = 60_000;
    private const int UsualTimeout = 60 * 60;
    private const int ShortestTimeout = 10;
    private const int LongestTimeout = 24 * 60 * 60;
    private const int LongestMessage = 4 * 1024;
    private const int LongestCertificate = 16 * 1024;
    private const int MostVolumes = 9;
    private const int MostDevices = 32;
    private const int LongestDevice = 100;

    public override void Default(JsonObject document)
    {
        if (document["spec"] is not JsonObject spec) return;
        spec["downtimeLimitMilliseconds"] ??= UsualDowntime;
        spec["autoConverge"] ??= true;
        spec["timeoutSeconds"] ??= UsualTimeout;
    }

    public override void PrepareForCreate(JsonObject document, WriteCall call)
    {
        document.Child("status")["phase"] = MigrationPhase.Pending;
        // An active move that is deleted must be given up on both hosts first.
        if (document.Metadata()["finalizers"] is not JsonArray finalizers) document.Metadata()["finalizers"] = finalizers = [];
        if (!finalizers.Any(finalizer => finalizer?.GetValue<string>() == MigrationMarks.Finalizer)) finalizers.Add(MigrationMarks.Finalizer);
    }

    protected override void Validate(MachineMigration document, MachineMigration? old, FieldErrors errors)
    {
        var spec = document.Spec;
        errors.ObjectName("spec.machine", spec.Machine);
        errors.ObjectName("spec.targetNode", spec.TargetNode);
        Volumes(errors.AtMost("spec.volumes", spec.Volumes, MostVolumes), errors);
        errors.Bytes("spec.bandwidth", spec.Bandwidth, Quantity.Parse("1Mi"), Quantity.Parse("1Ti"), Quantity.Parse("1"));
        errors.Between("spec.downtimeLimitMilliseconds", spec.DowntimeLimitMilliseconds, 1, LongestDowntime);
        errors.Between("spec.timeoutSeconds", spec.TimeoutSeconds, ShortestTimeout, LongestTimeout);
        if (document.Status is { } status) Status(status, errors);
        if (old is null) return;
        errors.Unchanged("spec.machine", spec.Machine, old.Spec.Machine);
        errors.Unchanged("spec.targetNode", spec.TargetNode, old.Spec.TargetNode);
        errors.Unchanged("spec.volumes", spec.Volumes, old.Spec.Volumes);
        errors.Unchanged("spec.bandwidth", spec.Bandwidth, old.Spec.Bandwidth);
        errors.Unchanged("spec.downtimeLimitMilliseconds", spec.DowntimeLimitMilliseconds, old.Spec.DowntimeLimitMilliseconds);
        errors.Unchanged("spec.autoConverge", spec.AutoConverge, old.Spec.AutoConverge);
        errors.Unchanged("spec.timeoutSeconds", spec.TimeoutSeconds, old.Spec.TimeoutSeconds);
        Course(document, old, errors);
        if (old.Spec.Cancel == true && spec.Cancel != true) errors.Forbidden("spec.cancel", "a move that was given up can't be taken up again: make another one");
    }

    private static void Volumes(IReadOnlyList<MigrationVolume> volumes, FieldErrors errors)
    {
        for (var i = 0; i < volumes.Count; i++)
        {
            var field = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"spec.volumes[{i}]");
            errors.ObjectName($"{field}.name", volumes[i].Name);
            errors.ObjectName($"{field}.pool", volumes[i].Pool);
            if (volumes.Take(i).Any(other => other.Name == volumes[i].Name)) errors.Duplicate($"{field}.name", volumes[i].Name);
        }
    }

    /// <summary>Which way a move can go: not back from its end, and only on once the machine belongs to the target.</summary>
    private static void Course(MachineMigration document, MachineMigration old, FieldErrors errors)
    {
        var (was, now) = (old.Status ?? new(), document.Status ?? new());
        if (was.SourceNode is not null) errors.Unchanged("status.sourceNode", now.SourceNode, was.SourceNode);
        if (was.TargetNode is not null) errors.Unchanged("status.targetNode", now.TargetNode, was.TargetNode);
        if (was.RunGeneration is not null) errors.Unchanged("status.runGeneration", now.RunGeneration, was.RunGeneration);
        var committed = MigrationMarks.IsCommitted(old);
        if (MigrationPhase.IsEnded(was.Phase) && now.Phase != was.Phase) errors.Forbidden("status.phase", "the move is over");
        else if (committed && now.Phase is MigrationPhase.Failed or MigrationPhase.Canceled) errors.Forbidden("status.phase", "the machine belongs to the target already: the move can only go on");
        else if (!MigrationMarks.IsCommitted(document) && now.Phase == MigrationPhase.Completed) errors.Forbidden("status.phase", "the machine does not belong to the target");
        if (committed && document.Spec.Cancel == true && old.Spec.Cancel != true) errors.Forbidden("spec.cancel", "the machine belongs to the target already: the move can only go on");
    }

    private static void Status(MachineMigrationStatus status, FieldErrors errors)
    {
        errors.OneOf("status.phase", status.Phase, MigrationPhase.Pending, MigrationPhase.Preparing, MigrationPhase.Transferring, MigrationPhase.Switching, MigrationPhase.Completed, MigrationPhase.Failed, MigrationPhase.Canceled);
        errors.NotLonger("status.message", status.Message, LongestMessage);
        if (status.Target is { } target)
        {
            errors.OneOf("status.target.state", target.State, MigrationState.Preparing, MigrationState.Listening, MigrationState.Loaded, MigrationState.Running, MigrationState.Failed, MigrationState.Released);
            errors.NotLonger("status.target.message", target.Message, LongestMessage);
            errors.NotLonger("status.target.authority", target.Authority, LongestCertificate);
            if (target.Address is { } address && !System.Net.IPAddress.TryParse(address, out _)) errors.Invalid("status.target.address", address, "must be an IP address");
            errors.Between("status.target.memoryPort", target.MemoryPort, 1, ushort.MaxValue);
            errors.Between("status.target.diskPort", target.DiskPort, 1, ushort.MaxValue);
        }

        if (status.Source is not { } source) return;
        errors.OneOf("status.source.state", source.State, MigrationState.Preparing, MigrationState.Transferring, MigrationState.Paused, MigrationState.Sent, MigrationState.Failed, MigrationState.Resumed, MigrationState.Released);
        errors.NotLonger("status.source.message", source.Message, LongestMessage);
        errors.NotLonger("status.source.authority", source.Authority, LongestCertificate);
        if (source.Address is { } from && !System.Net.IPAddress.TryParse(from, out _)) errors.Invalid("status.source.address", from, "must be an IP address");
        if (source.Machine is { } machine) Machine(machine, errors);
    }

    // A host's word, which the target's agent and every reader take in.
    private static void Machine(MigrationMachine machine, FieldErrors errors)
    {
        errors.NotLonger("status.source.machine.board", machine.Board, LongestDevice);
        errors.NotLonger("status.source.machine.accelerator", machine.Accelerator, LongestDevice);
        if (machine.Devices.Count > MostDevices) errors.TooMany("status.source.machine.devices", machine.Devices.Count, MostDevices);
        for (var i = 0; i < Math.Min(machine.Devices.Count, MostDevices); i++)
        {
            var field = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"status.source.machine.devices[{i}]");
            errors.NotLonger(field, machine.Devices[i], LongestDevice);
        }
    }
}
