using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Api.Networking;
using Rempart.Policy.Networking;
using Rempart.Runtime;
using Rempart.Runtime.Controllers;
using ApiNetwork = Rempart.Api.Networking.Network;

namespace Rempart.Controllers.Networking;

/// <summary>Every project has a network called `default`, so that a machine that names none is in one.</summary>
internal sealed class DefaultNetworkController : IReconciler
{
    internal const string Name = "default-network";

    /// <summary>The name of the network.</summary>
    internal const string NetworkName = MachineInterface.DefaultNetwork;

    private readonly ControllerContext _context;

    private DefaultNetworkController(ControllerContext context) => _context = context;

    internal static ControllerRegistration Register() => new(new ControllerSpec
    {
        Name = Name,
        Reads =
        [
            ControllerInput.Self<Namespace>(),
            ControllerInput.Of<ApiNetwork>((network, _) => network.Metadata.Name == NetworkName ? [new ResourceKey(null, network.Metadata.Namespace!)] : []),
        ],
        Writes = [ControllerOutput.Objects<ApiNetwork>()],
    }, context => new DefaultNetworkController(context));

    public async ValueTask<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        if (_context.Cache<Namespace>().Get(key) is not { } project || project.Metadata.DeletionTimestamp is not null || IsSystem(key.Name)) return ReconcileResult.Done;
        if (_context.Cache<ApiNetwork>().Get(new ResourceKey(key.Name, NetworkName)) is not null) return ReconcileResult.Done;
        try
        {
            await _context.Client.CreateAsync(new ApiNetwork
            {
                Metadata = new ObjectMeta { Name = NetworkName, Namespace = key.Name },
                Spec = new NetworkSpec { Type = NetworkRules.Routed },
            }, cancellationToken);
        }
        catch (ApiException exists) when (exists.Status.Reason == StatusReason.AlreadyExists)
        {
            // The cache is behind.
        }
        return ReconcileResult.Done;
    }

    private static bool IsSystem(string name) => name.StartsWith("kube-", StringComparison.Ordinal) || name.StartsWith("rempart-", StringComparison.Ordinal);
}
