using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Runtime;
using Rempart.Runtime.Controllers;

namespace Rempart.Controllers.Projects;

/// <summary>Every project has a service account called `default`, as in Kubernetes: what names no account is run under that one, which has no rights by itself.</summary>
internal sealed class ServiceAccountController(ControllerContext context) : IReconciler
{
    internal const string AccountName = "default";

    public static ControllerRegistration Registration { get; } = new(
        new ControllerSpec
        {
            Name = "service-account",
            Reads =
            [
                ControllerInput.Self<Namespace>(),
                ControllerInput.Of<ServiceAccount>((account, _) => account.Metadata.Name == AccountName ? [new ResourceKey(null, account.Metadata.Namespace!)] : []),
            ],
            Writes = [ControllerOutput.Objects<ServiceAccount>()],
        },
        context => new ServiceAccountController(context));

    public async ValueTask<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        if (context.Cache<Namespace>().Get(key) is not { } project || project.Metadata.DeletionTimestamp is not null) return ReconcileResult.Done;
        if (context.Cache<ServiceAccount>().Get(new ResourceKey(key.Name, AccountName)) is not null) return ReconcileResult.Done;
        try
        {
            await context.Client.CreateAsync(new ServiceAccount { Metadata = new ObjectMeta { Name = AccountName, Namespace = key.Name } }, cancellationToken);
        }
        catch (ApiException there) when (there.Status.Reason == StatusReason.AlreadyExists)
        {
            // The cache is behind.
        }

        return ReconcileResult.Done;
    }
}
