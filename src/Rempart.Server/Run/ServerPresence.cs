using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using Rempart.Api.Coordination;
using Rempart.Api.Meta;
using Rempart.Api.Versions;
using Rempart.ApiServer.Objects;
using Rempart.Server.Bootstrap;

namespace Rempart.Server.Run;

/// <summary>
/// A server's Lease among the servers of one store, with its version, as kube-apiserver's identity lease: by it the next one that starts, and
/// <c>rempart status</c>, know who else serves. It lapses an hour after the server has vanished and is gone at once when it is stopped.
/// </summary>
/// <param name="name">The server's name, other than those of the others.</param>
/// <param name="version">Version of this program.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Told of failures.</param>
internal sealed partial class ServerPresence(string name, ProgramVersion version, TimeProvider time, ILogger<ServerPresence> logger)
{
    /// <summary>Label of these leases.</summary>
    public const string Label = "rempart.dev/server";

    private const string Namespace = "kube-system";
    private const int LapsesSeconds = 3600;

    private static readonly TimeSpan Renewal = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(10);

    private string LeaseName => $"rempart-server-{Plain(name)}";

    /// <summary>Refuses to serve beside servers of versions that are too far, and tells the newest of those that are there.</summary>
    /// <param name="reader">Reads leases.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BootstrapException">One is too far; says what to do.</exception>
    public async Task<ProgramVersion> CheckAsync(IObjectReader reader, CancellationToken cancellationToken)
    {
        var newest = version;
        foreach (var lease in await reader.ListAsync<Lease>(Namespace, cancellationToken))
        {
            if (lease.Metadata.Name == LeaseName || !ProgramVersion.TryParse(lease.Metadata.Labels?.GetValueOrDefault(Label), out var other) || !IsHeld(lease)) continue;
            if (VersionSkew.OfServers(version, lease.Spec!.HolderIdentity ?? lease.Metadata.Name!, other) is { } refusal)
                throw new BootstrapException($"{refusal}. If that server is gone for good: kubectl delete lease -n {Namespace} {lease.Metadata.Name}");
            if (other.IsNewerThan(newest)) newest = other;
        }

        return newest;
    }

    /// <summary>Keeps the lease until cancelled, then gives it back.</summary>
    /// <param name="reader">Reads it.</param>
    /// <param name="writer">Writes it.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task RunAsync(IObjectReader reader, IObjectWriter writer, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                var pause = await TryAsync(() => PutAsync(reader, writer, cancellationToken)) ? Renewal : Retry;
                await Task.Delay(pause, time, cancellationToken);
            }
        }
        finally
        {
            await TryAsync(async () =>
            {
                using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2), time);
                if (await reader.GetAsync<Lease>(Namespace, LeaseName, limit.Token) is { } mine) await writer.DeleteAsync(mine, limit.Token);
            });
        }
    }

    private async Task PutAsync(IObjectReader reader, IObjectWriter writer, CancellationToken cancellationToken)
    {
        var spec = new LeaseSpec { HolderIdentity = name, LeaseDurationSeconds = LapsesSeconds, RenewTime = new MicroTime(time.GetUtcNow()) };
        var labels = new Dictionary<string, string> { [Label] = version.ToString() };
        if (await reader.GetAsync<Lease>(Namespace, LeaseName, cancellationToken) is { } mine) await writer.UpdateAsync(mine with { Metadata = mine.Metadata with { Labels = labels }, Spec = spec }, cancellationToken);
        else await writer.CreateAsync(new Lease { Metadata = new ObjectMeta { Namespace = Namespace, Name = LeaseName, Labels = labels }, Spec = spec }, cancellationToken);
    }

    private async Task<bool> TryAsync(Func<Task> act)
    {
        try
        {
            await act();
            return true;
        }
        catch (Exception failure) when (failure is ApiException or Store.StoreException or OperationCanceledException)
        {
            LogFailure(failure.Message);
            return false;
        }
    }

    private bool IsHeld(Lease lease) => lease.Spec is { RenewTime: { } renewed, LeaseDurationSeconds: { } seconds } && renewed.Value + TimeSpan.FromSeconds(seconds) > time.GetUtcNow();

    // Host names may have what names of objects may not.
    private static string Plain(string text) => new StringBuilder().AppendJoin("", text.ToLower(CultureInfo.InvariantCulture).Select(c => char.IsAsciiLetterOrDigit(c) || c == '-' ? c : '-')).ToString().Trim('-');

    [LoggerMessage(Level = LogLevel.Warning, Message = "this server's lease could not be written: {Failure}")]
    private partial void LogFailure(string failure);
}
