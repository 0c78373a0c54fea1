using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Networking;
using Rempart.Api.Tracing;
using Rempart.Protocols.Ovsdb;
using Rempart.Runtime;
using Rempart.Runtime.Controllers;
using ApiNetwork = Rempart.Api.Networking.Network;

namespace Rempart.Controllers.Networking;

/// <summary>
/// Keeps the northbound database equal to what the API's objects compile to: after a change of either, and after the database
/// was lost. All objects are one key, because the rows refer to each other.
/// </summary>
internal sealed partial class FabricController : IReconciler
{
    internal const string Name = "network-fabric";
    private static readonly ActivitySource Source = new(Spans.Prefix + "Controllers");
    private static readonly ResourceKey _all = new(null, "northbound");
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);
    private readonly ControllerContext _context;
    private readonly NetworkFabric _fabric;
    private readonly FabricProgress _progress;
    private readonly OvsdbClient _northbound;
    private readonly AddressBook _book;
    private readonly ILogger _logger;

    private FabricController(ControllerContext context, NetworkFabric fabric, FabricProgress progress, OvsdbClient northbound)
    {
        (_context, _fabric, _progress, _northbound) = (context, fabric, progress, northbound);
        _logger = context.Logging.CreateLogger<FabricController>();
        AddressBook.AddIndex(context.Cache<AddressClaim>());
        _book = new AddressBook(context.Client, context.Cache<AddressClaim>());
        context.RunBeside("northbound", northbound.RunAsync);
        context.RunBeside("northbound changes", FollowAsync);
    }

    internal static ControllerRegistration Register(NetworkFabric fabric, FabricProgress progress, OvsdbClient northbound) => new(new ControllerSpec
    {
        Name = Name,
        Reads = [Wakes<ApiNetwork>(), Wakes<NetworkInterface>(), Wakes<SecurityGroup>(), Wakes<AddressClaim>(), Wakes<Node>(), WakesWhenPlaced(progress), WakesWhenMoving(progress)],
        Writes = [],
        Concurrency = 1,
    }, context => new FabricController(context, fabric, progress, northbound));

    public async ValueTask<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        if (!_northbound.IsConnected || _northbound.Replica is not { } observed)
        {
            // The loop beside wakes this again when the connection is there.
            _progress.Failed(_northbound.LastError ?? "the northbound database is not connected yet");
            return ReconcileResult.Done;
        }
        var (state, generations, places) = FabricReader.Read(_fabric, _context.Caches, _book);
        var operations = NorthboundPlan.Diff(observed, NorthboundCompiler.Compile(state));
        if (operations.Count > 0)
        {
            try
            {
                using var span = Trace();
                var results = await _northbound.TransactAsync(operations, cancellationToken);
                LogApplied(operations.Count);
                // Comparing again with a copy from before this transaction would insert its rows twice.
                var inserted = results.Select((result, i) => (result, i)).Where(r => r.i < operations.Count && r.result.TryGetProperty("uuid", out _))
                    .Select(r => Guid.Parse(r.result.GetProperty("uuid")[1].GetString()!)).ToList();
                await _northbound.WaitAsync(replica => inserted.TrueForAll(uuid => NorthboundSchema.Monitor.Keys.Any(table => replica.Find(table, uuid) is not null)), _patience, cancellationToken);
            }
            catch (Exception failure) when (failure is OvsdbTransactionException or IOException or TimeoutException)
            {
                _progress.Failed(failure.Message);
                throw;
            }
        }
        _progress.Done(generations, places);
        return ReconcileResult.Done;
    }

    // One transaction serves every interface that is not in the network yet.
    private Activity? Trace()
    {
        if (!Source.HasListeners()) return null;
        var from = _context.Cache<NetworkInterface>().List().Where(nic => !_progress.Carries(nic.Metadata.Uid!)).Select(_context.TraceOf).Where(context => context != default).Take(32).ToList();
        return from is [var first, .. var others] ? Source.Follow("northbound transaction", first, others.Select(context => new ActivityLink(context))) : null;
    }

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var changed = _northbound.NextChangeAsync(cancellationToken);
            _context.Enqueue(_all);
            await changed;
        }
    }

    /// <summary>Machines change often, and seldom their host.</summary>
    private static ControllerInput WakesWhenPlaced(FabricProgress progress) =>
        ControllerInput.Of<VirtualMachine>((machine, _) => progress.HostOf(machine.Metadata.Uid!) == machine.Status?.NodeName ? [] : [_all]);

    /// <summary>Moves say every second how far they are, and twice in their life where the ports must be.</summary>
    private static ControllerInput WakesWhenMoving(FabricProgress progress) =>
        ControllerInput.Of<MachineMigration>((move, _) => move.Status?.MachineUid is not { } machine || progress.TargetOf(machine) == FabricReader.TargetOf(move) ? [] : [_all]);

    private static ControllerInput Wakes<T>() where T : Rempart.Api.Meta.ApiObject => ControllerInput.Of<T>((_, _) => [_all]);

    [LoggerMessage(Level = LogLevel.Information, Message = "northbound database brought up to date with {Count} operations")]
    private partial void LogApplied(int count);
}
