using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Rempart.Api;
using Rempart.Api.Meta;

namespace Rempart.Testing.Api;

/// <summary>One open watch.</summary>
internal sealed class FakeWatch(FakeRoute route)
{
    private readonly Pipe _pipe = new(new PipeOptions(pauseWriterThreshold: 0));

    public Stream Stream => _pipe.Reader.AsStream();

    public void Tell(FakeChange change)
    {
        if (change.Address.Kind != route.Kind || (route.Namespace is not null && change.Address.Namespace != route.Namespace)) return;
        var before = change.Old is not null && route.Selects(change.Old);
        var after = change.Now is not null && route.Selects(change.Now);
        var type = (before, after) switch { (false, true) => "ADDED", (true, true) => "MODIFIED", (true, false) => "DELETED", _ => null };
        if (type is not null) Write(type, change.Shown);
    }

    public void End(ApiException? error)
    {
        if (error is not null) Write("ERROR", JsonSerializer.SerializeToNode(error.Status, ApiJson.Lenient.GetTypeInfo(typeof(ApiStatus)))!);
        _pipe.Writer.Complete();
    }

    private void Write(string type, JsonNode value)
    {
        var line = new JsonObject { ["type"] = type, ["object"] = value.DeepClone() }.ToJsonString() + "\n";
        var bytes = Encoding.UTF8.GetBytes(line);
        bytes.CopyTo(_pipe.Writer.GetSpan(bytes.Length));
        _pipe.Writer.Advance(bytes.Length);
        // No threshold, so that flushing never waits; a reader that is gone is no concern of the writer.
        _ = _pipe.Writer.FlushAsync(CancellationToken.None).AsTask();
    }
}
