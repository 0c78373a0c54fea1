using System.Text.Json;
using Rempart.Api;
using Rempart.Api.Client;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Api.Versions;
using Rempart.Runtime;
using Rempart.Runtime.Conditions;
using Rempart.Runtime.Controllers;

namespace Rempart.Controllers.Projects;

/// <summary>Empties a project that is being deleted, in waves, and lets it go when it is empty.</summary>
internal sealed class ProjectController(ControllerContext context) : IReconciler
{
    private const string Finalizer = "kubernetes";

    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AgainHeld = TimeSpan.FromSeconds(30);

    public static ControllerRegistration Registration { get; } = new(
        new ControllerSpec
        {
            Name = "namespace",
            Reads = [ControllerInput.Self<Namespace>()],
            Writes = [ControllerOutput.Of<Namespace>("status"), ControllerOutput.Of<Namespace>("spec.finalizers")],
        },
        context => new ProjectController(context));

    public async ValueTask<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        // The live object: contents are listed live as well, and an empty listing must be of a project that takes no more.
        if (await context.Client.FindAsync<Namespace>(null, key.Name, cancellationToken) is not { Metadata.DeletionTimestamp: not null } project) return ReconcileResult.Done;
        foreach (var wave in ProjectDeletion.Waves)
        {
            var left = await DeleteAsync(key.Name, wave, cancellationToken);
            if (left.IsEmpty) continue;
            await ReportAsync(project, left, cancellationToken);
            return ReconcileResult.After(Again);
        }
        // A project that waits for finalizers of its own must not go on saying that it waits for content.
        var told = project.Status?.Conditions is { Count: > 0 } ? await ReportAsync(project, new ProjectRemains([], []), cancellationToken) : project;
        if (told is null || await FinalizeAsync(told, cancellationToken) is not { } held) return ReconcileResult.Done;
        await ReportAsync(told, new ProjectRemains([], [held]), cancellationToken);
        return ReconcileResult.After(AgainHeld);
    }

    // One object that can't be deleted keeps no other: it is reported, and tried again.
    private async Task<ProjectRemains> DeleteAsync(string project, IReadOnlyList<KindInfo> kinds, CancellationToken cancellationToken)
    {
        var left = new List<(KindInfo Kind, IReadOnlyList<LifetimeMetadata> Items)>();
        var failures = new List<string>();
        foreach (var kind in kinds)
        {
            var items = (await context.Client.ListAllAsync<LifetimeMetadata>(kind, new ListQuery { Namespace = project }, cancellationToken)).Items;
            if (items.Count == 0) continue;
            left.Add((kind, items));
            foreach (var item in items.Where(item => item.Metadata.DeletionTimestamp is null))
            {
                try
                {
                    await context.Client.DeleteAsync(kind, project, item.Metadata.Name!, new DeleteOptions { PropagationPolicy = "Background" }, cancellationToken);
                }
                catch (ApiException refused) when (refused.Code is >= 400 and < 500 and not (401 or 429))
                {
                    failures.Add(refused.Message);
                }
            }
        }
        return new ProjectRemains(left, failures);
    }

    private Task<Namespace?> ReportAsync(Namespace project, ProjectRemains left, CancellationToken cancellationToken) => context.Client.ChangeStatusAsync(project, current =>
    {
        var status = current.Status ?? new();
        return current with { Status = status with { Phase = "Terminating", Conditions = left.Report(status.Conditions, context.Time.GetUtcNow()) } };
    }, cancellationToken);

    /// <summary>Lets the project go. What holds it up, if a newer server has put something there that this version can't see.</summary>
    private async Task<string?> FinalizeAsync(Namespace project, CancellationToken cancellationToken)
    {
        var done = project with
        {
            ApiVersion = "v1",
            Kind = nameof(Namespace),
            Spec = (project.Spec ?? new()) with { Finalizers = [.. project.Spec?.Finalizers?.Where(name => name != Finalizer) ?? []] },
        };
        var body = JsonSerializer.SerializeToUtf8Bytes(done, ApiJson.Lenient.GetTypeInfo(typeof(Namespace)));
        try
        {
            await context.Client.SendAsync(HttpMethod.Put, KindInfo.Of<Namespace>().Path(null, project.Metadata.Name, "finalize"), body, null, null, cancellationToken);
        }
        catch (ApiException gone) when (gone.Code == 404)
        {
        }
        catch (ApiException held) when (held.Status.Details?.Causes?.Any(cause => cause.Reason == VersionSkew.NewerKinds) == true)
        {
            return held.Message;
        }

        return null;
    }
}
