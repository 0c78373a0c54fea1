using System.Globalization;
using Microsoft.Extensions.Logging;
using Rempart.Api.Client;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Runtime.Conditions;

namespace Rempart.Node.Agent;

/// <summary>
/// Whether what the API answers may cost something that is only here: only when it comes from the cluster that this node joined, and from no older
/// state of it (<see cref="ClusterMark"/>). A doubt is told in the Node's condition <c>MachinesKept</c>.
/// </summary>
internal sealed partial class ClusterTrust(ApiClient client, ClusterMarkFile cluster, string node, TimeProvider time, ILogger logger)
{
    private const string Kept = "MachinesKept";

    private readonly Lock _marking = new();

    /// <summary>A fresh question and its complete answer, and whether that is believed.</summary>
    /// <typeparam name="T">Kind of what is asked for.</typeparam>
    /// <param name="query">which collection; it is asked for as it is now.</param>
    /// <param name="cancellationToken">gives up.</param>
    /// <exception cref="ApiException">there is no answer, which says nothing at all.</exception>
    public async Task<(ApiList<T> Answer, bool IsBelieved)> AskAsync<T>(ListQuery query, CancellationToken cancellationToken) where T : ApiObject
    {
        // Known before the question: of two questions at once the later may be answered first, and the other one is no older cluster for that.
        var before = cluster.Read();
        var answer = await client.ListAllAsync<T>(query, cancellationToken);
        // A cluster that does not know this node yet, or not any more, has no say over its machines.
        if (await client.FindAsync<Api.Core.Node>(null, node, cancellationToken) is not { } known) return (answer, false);
        // What it joined is remembered by the reporter, which has not come to it yet.
        if (before is null) return (answer, false);
        var doubt = Mark(before, known.Metadata.Uid!, long.TryParse(answer.Metadata.ResourceVersion, NumberStyles.None, CultureInfo.InvariantCulture, out var revision) ? revision : null);
        if (doubt is not null) LogDoubt(doubt);
        await client.ChangeStatusAsync(known, current => current with { Status = Told(current.Status ?? new(), doubt) }, cancellationToken);
        return (answer, doubt is null);
    }

    private string? Mark(ClusterMark before, string uid, long? revision)
    {
        lock (_marking)
        {
            var newest = cluster.Read() ?? before;
            var mark = ClusterMark.Next(before with { Doubt = newest.Doubt }, uid, revision);
            mark = mark with { Revision = Math.Max(mark.Revision, newest.Revision) };
            if (mark != newest) cluster.Write(mark);
            return mark.Doubt;
        }
    }

    private NodeStatus Told(NodeStatus status, string? doubt)
    {
        var others = status.Conditions?.Where(condition => condition.Type != Kept).ToList() ?? [];
        var old = status.Conditions?.FirstOrDefault(condition => condition.Type == Kept);
        if (doubt is null) return old is null ? status : status with { Conditions = others };
        var message = $"{doubt}; machines that it does not know run on. Restore the store, or join this node anew with a token to give them up";
        if (old?.Message == message) return status;
        return status with
        {
            Conditions = [.. others, new NodeCondition { Type = Kept, Status = "True", Reason = "ClusterChanged", Message = message, LastHeartbeatTime = time.GetUtcNow(), LastTransitionTime = time.GetUtcNow() }],
        };
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "no machine is ended here: {Doubt}; restore the store, or join this node anew with a token to give up machines that it does not know")]
    private partial void LogDoubt(string doubt);
}
