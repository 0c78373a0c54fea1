using Microsoft.Extensions.Logging;
using Rempart.Linux;
using Rempart.Node.Networks;
using Rempart.Protocols.Ovsdb;

namespace Rempart.Node.Names;

/// <summary>
/// The agent's part of names: joins the networks of this host's interfaces to the responder and writes what it may answer. The
/// responder goes on without it.
/// </summary>
internal sealed partial class NameFeed(NetworkSettings settings, INetworkDriver ports, OvsdbClient switchDatabase, OvsdbClient southbound, TimeProvider time, ILogger<NameFeed> logger)
{
    /// <summary>Zone of all projects' machines; the network controller gives it to guests as `PROJECT.ZONE`.</summary>
    private const string Zone = "rempart.internal";

    /// <summary>Changes come in groups.</summary>
    private static readonly TimeSpan _settle = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan _retry = TimeSpan.FromSeconds(2);

    /// <summary>What others did to the links is found within this.</summary>
    private static readonly TimeSpan _again = TimeSpan.FromSeconds(30);

    private readonly string _file = Path.Combine(new NetworkLayout(settings).NamesFolder, NameFile.FileName);

    /// <summary>A client of OVN's southbound database, which is only read; the caller runs it.</summary>
    internal static OvsdbClient NewClient(NetworkSettings settings, TimeProvider time) => new(new OvsdbClientOptions
    {
        Database = NamePlan.Database,
        Endpoints = settings.IsCluster
            ? [.. settings.Central.Select(member => OvsdbEndpoint.Tls(member.Address.ToString(), CentralPorts.Southbound))]
            : [OvsdbEndpoint.Unix(new NetworkLayout(settings).SouthboundSocket)],
        Credentials = () => NetworkCertificate.Read(new NetworkLayout(settings)),
        Monitor = NamePlan.Monitor,
    }, time);

    /// <summary>Follows both databases until cancelled. What can't be done now is tried again.</summary>
    internal async Task RunAsync(CancellationToken cancellation)
    {
        var links = new NameLinks(settings, switchDatabase);
        byte[] written = [];
        while (true)
        {
            using var round = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            var changed = Task.WhenAny(southbound.NextChangeAsync(round.Token), switchDatabase.NextChangeAsync(round.Token));
            var pause = _again;
            try
            {
                if (southbound is { IsConnected: true, Replica: { } replica } && switchDatabase.IsConnected) written = await FollowAsync(links, replica, written, cancellation);
            }
            catch (Exception exception) when (exception is NetworkSetupException or TimeoutException or IOException or LinuxException or UnauthorizedAccessException)
            {
                LogFailed(exception.Message);
                pause = _retry;
            }
            await Task.WhenAny(changed, Task.Delay(pause, time, round.Token));
            await round.CancelAsync();
            await Task.Delay(_settle, time, cancellation);
        }
    }

    private async Task<byte[]> FollowAsync(NameLinks links, OvsdbReplica replica, byte[] written, CancellationToken cancellation)
    {
        var plugged = await ports.ListAsync(cancellation);
        var plan = NamePlan.Decide(replica, plugged.Select(p => p.Uid).ToHashSet(StringComparer.Ordinal));
        var numbers = await links.ApplyAsync(plan.Links, cancellation);
        var bytes = new NameFile
        {
            Zone = Zone,
            Networks = [.. plan.Links.Where(l => numbers.ContainsKey(l.Name)).Select(l => new NameNetwork { Link = l.Name, Index = numbers[l.Name], Address = l.Address, Project = l.Project })],
            Projects = plan.Projects,
        }.ToBytes();
        if (written.AsSpan().SequenceEqual(bytes) && File.Exists(_file)) return written;
        // The folder's group, which the file inherits, is the responder's.
        DurableFile.Write(_file, bytes, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        LogWritten(plan.Links.Count, plan.Projects.Count);
        return bytes;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "names of {Projects} projects for {Networks} networks")]
    private partial void LogWritten(int networks, int projects);

    [LoggerMessage(Level = LogLevel.Warning, Message = "names can't follow yet: {Problem}")]
    private partial void LogFailed(string problem);
}
