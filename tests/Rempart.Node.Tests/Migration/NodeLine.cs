using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Rempart.Api;
using Rempart.Api.Client;
using Rempart.Api.Compute;
using Rempart.Api.Meta;
using Rempart.Api.Storage;
using Rempart.Policy.Migrations;
using Rempart.Testing.Api;

namespace Rempart.Node.Tests.Migration;

/// <summary>One node's way to the API in memory, which knows the commit of a move as the server does. A test can cut it at a word of the node.</summary>
internal sealed class NodeLine(FakeApi api, string node) : HttpMessageHandler
{
    private readonly HttpMessageInvoker _inner = new(api, disposeHandler: false);
    private string? _cutAt;
    private bool _after;
    private TaskCompletionSource? _cut;

    /// <summary>From the next time on that the node says this word (a state of its end, or `Commit`), it hears nothing any more.</summary>
    /// <param name="word">what it says.</param>
    /// <param name="after">whether that is still heard.</param>
    /// <returns>Completes when it has come to it.</returns>
    public Task CutAt(string word, bool after)
    {
        (_cutAt, _after, _cut) = (word, after, new(TaskCreationOptions.RunContinuationsAsynchronously));
        return _cut.Task;
    }

    public void Mend() => (_cutAt, _cut) = (null, null);

    public ApiClient Client() => new(new HttpClient(this, disposeHandler: false) { BaseAddress = new Uri("https://api.test"), Timeout = Timeout.InfiniteTimeSpan }, TimeProvider.System);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? null : await request.Content.ReadAsByteArrayAsync(cancellationToken);
        var hit = _cutAt is { } word && Word(request, body) == word ? _cut : null;
        if (hit is not null && !_after) await EndAsync(hit, cancellationToken);
        if (_cut?.Task.IsCompleted == true) await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        var answer = IsCommit(request, body) ? Commit(body!) : await _inner.SendAsync(request, cancellationToken);
        if (hit is not null) await EndAsync(hit, cancellationToken);
        return answer;
    }

    private static async Task EndAsync(TaskCompletionSource hit, CancellationToken cancellationToken)
    {
        hit.TrySetResult();
        await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
    }

    private static bool IsCommit(HttpRequestMessage request, byte[]? body) =>
        request.Method == HttpMethod.Post && request.RequestUri!.AbsolutePath.EndsWith("/binding", StringComparison.Ordinal) && JsonNode.Parse(body!)!["migration"] is not null;

    private string? Word(HttpRequestMessage request, byte[]? body)
    {
        if (IsCommit(request, body)) return "Commit";
        // What a node says is a patch of what has changed; what it goes on saying is not said anew.
        if (request.Method != HttpMethod.Patch || request.RequestUri!.AbsolutePath.Split('/') is not [.., "machinemigrations", var name, "status"]) return null;
        return JsonNode.Parse(body!)!["status"]?[api.Find<MachineMigration>("p", name)?.Status?.SourceNode == node ? "source" : "target"]?["state"]?.GetValue<string>();
    }

    private HttpResponseMessage Commit(byte[] body) => api.Together(() =>
    {
        var asked = (MachineBinding)JsonSerializer.Deserialize(body, ApiJson.Lenient.GetTypeInfo(typeof(MachineBinding)))!;
        var move = api.Find<MachineMigration>("p", asked.Migration!);
        var machine = api.Find<VirtualMachine>("p", "web")!;
        var verdict = MigrationCommit.Judge(node, asked, machine, move);
        if (verdict.Step == CommitStep.Commit)
        {
            api.Seed(machine with { Status = machine.Status! with { NodeName = node, RunGeneration = asked.RunGeneration + 1 } });
            api.Seed(move! with { Status = move.Status! with { Conditions = [new Condition { Type = MigrationMarks.Committed, Status = "True" }] } });
            foreach (var volume in api.All<Volume>())
            {
                var pool = move!.Spec.Volumes?.FirstOrDefault(asked => asked.Name == volume.Metadata.Name)?.Pool ?? volume.Status!.Pool;
                api.Seed(volume with { Status = volume.Status! with { NodeName = node, Pool = pool } });
            }
        }
        var good = verdict.Step is CommitStep.Commit or CommitStep.Done;
        var code = good ? 201 : verdict.Step == CommitStep.Forbidden ? 403 : 409;
        var status = new ApiStatus { ApiVersion = "v1", Kind = "Status", Status = good ? "Success" : "Failure", Code = code, Reason = code == 409 ? StatusReason.Conflict : null, Message = verdict.Why };
        return new HttpResponseMessage((HttpStatusCode)code) { Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(status, ApiJson.Lenient.GetTypeInfo(typeof(ApiStatus)))) };
    });
}
