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
    private readonly ScenarioRun _scenario = new(lab);
    private readonly List<string> _notes = [];

    public Task DoAsync(string step) => step.Split(' ') switch
    {
        ["try", "move", var name, "to", var host] => TryMoveAsync(name, host),
        ["try", "kill", var host, var service] => TryKillAsync(host, service),
        ["note"] => NoteAsync(),
        ["wait", var seconds] => Task.Delay(TimeSpan.FromSeconds(int.Parse(seconds, CultureInfo.InvariantCulture)), TimeProvider.System, SharedLab.Token),
        _ => _scenario.StepAsync(step),
    };

    /// <summary>Names of objects whose creation was acknowledged and that are not there.</summary>
    public async Task<IReadOnlyList<string>> LostAsync()
    {
        var there = await lab.Api.ListAllAsync<ConfigMap>(new ListQuery { Namespace = "default" }, SharedLab.Token);
        return [.. _notes.Except(there.Items.Select(map => map.Metadata.Name!), StringComparer.Ordinal)];
    }

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

    private async Task NoteAsync()
    {
        var name = $"note-{Guid.NewGuid():N}";
        using var api = lab.Cluster.Connect();
        try
        {
            await api.CreateAsync(new ConfigMap { Metadata = new() { Namespace = "default", Name = name } }, SharedLab.Token);
            _notes.Add(name);
        }
        catch (Exception failure) when (failure is ApiException or IOException or HttpRequestException)
        {
            // Not acknowledged; it may be there or not.
        }
    }
}
