using System.Globalization;
using Rempart.Api.Client;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Lab.Tests.Labs;
using Rempart.Lab.Tests.Scenarios;

namespace Rempart.Lab.Tests.Chaos;

/// <summary>Does the steps of a <see cref="ChaosPlan"/>: those of scenarios, and some that may come to nothing, since what they need may be down.</summary>
internal sealed class ChaosSteps(SharedLab lab)
{
    // Long for a busy machine; a server that is cut off says nothing for as long as one listens.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(15);
    private readonly ScenarioRun _scenario = new(lab);
    private readonly List<string> _notes = [];

    /// <summary>How many objects were acknowledged.</summary>
    public int Acknowledged => _notes.Count;

    public Task DoAsync(string step) => step.Split(' ') switch
    {
        ["try", "move", var name, "to", var host] => TryMoveAsync(name, host),
        ["try", "kill", var host, var service] => TryKillAsync(host, service),
        ["note"] => NoteAsync(),
        ["wait", var seconds] => Task.Delay(TimeSpan.FromSeconds(int.Parse(seconds, CultureInfo.InvariantCulture)), TimeProvider.System, SharedLab.Token),
        _ => _scenario.StepAsync(step),
    };

    /// <summary>Asks whichever API server answers.</summary>
    /// <returns>its answer; null when none of them does.</returns>
    public async Task<T?> AskAsync<T>(Func<ApiClient, CancellationToken, Task<T>> ask) where T : class
    {
        foreach (var host in lab.Cluster.Hosts.Where(host => host.Layout.HasApiServer && !host.IsFrozen))
        {
            using var api = lab.Cluster.Connect(host.Layout.Number);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(SharedLab.Token);
            limit.CancelAfter(_patience);
            try
            {
                return await ask(api, limit.Token);
            }
            catch (Exception failure) when (failure is ApiException or IOException or HttpRequestException || (failure is OperationCanceledException && !SharedLab.Token.IsCancellationRequested))
            {
                // The other one may.
            }
        }
        return null;
    }

    /// <summary>Names of objects whose creation was acknowledged and that are not there; null when no server answers.</summary>
    public Task<IReadOnlyList<string>?> LostAsync() => AskAsync<IReadOnlyList<string>>(async (api, token) =>
    {
        var there = await api.ListAllAsync<ConfigMap>(new ListQuery { Namespace = "default" }, token);
        return [.. _notes.Except(there.Items.Select(map => map.Metadata.Name!), StringComparer.Ordinal)];
    });

    // Begun or refused: what comes of it is for others to see.
    private async Task TryMoveAsync(string name, string host) =>
        await Tools.Command.TryAsync([lab.Cluster.Cli, "migrate", name, "--to", host, "-n", "default", "--no-wait", "--timeout", "120"], null, SharedLab.Token, lab.Cluster.Environment);

    // It may be down already: who is killed often waits before the next start.
    private async Task TryKillAsync(string host, string service)
    {
        try
        {
            await lab.Cluster.Host(host).KillServiceAsync(service, SharedLab.Token);
        }
        catch (LabException)
        {
            // Nothing to be killed.
        }
    }

    // One that is not acknowledged may be there or not.
    private async Task NoteAsync()
    {
        var name = $"note-{Guid.NewGuid():N}";
        if (await AskAsync((api, token) => api.CreateAsync(new ConfigMap { Metadata = new() { Namespace = "default", Name = name } }, token)) is not null) _notes.Add(name);
    }
}
