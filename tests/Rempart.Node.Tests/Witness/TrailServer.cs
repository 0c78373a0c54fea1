using System.Net;
using System.Security.Cryptography;
using Rempart.Api.Audit;
using Rempart.Api.Client;

namespace Rempart.Node.Tests.Witness;

/// <summary>A server with an audit trail of its own making, who holds the keys and can lie: it tells the newest checkpoint over HTTP.</summary>
internal sealed class TrailServer(TimeProvider time) : HttpMessageHandler
{
    private ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>The trail's lines, oldest first.</summary>
    public List<byte[]> Lines { get; } = [];

    public string Chain { get; set; } = "rempart-server";

    public AuditCheckpoint? Latest { get; private set; }

    /// <summary>What it answers instead of the truth.</summary>
    public Func<HttpContent>? Lie { get; set; }

    private string Head => Lines.Count == 0 ? AuditLine.Genesis : AuditLine.TryRead(Lines[^1], out var line) ? line.Hash : throw new InvalidDataException("no record");

    public ApiClient Client() => new(new HttpClient(this, disposeHandler: false) { BaseAddress = new Uri("https://api.test") }, time);

    /// <summary>Adds records to the trail and states its new head.</summary>
    public void Write(params IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            using var line = new MemoryStream();
            AuditLine.Write(line, Lines.Count + 1, Head, new AuditRecord { Stage = AuditStage.Note, AuditId = "r", Name = name, Time = time.GetUtcNow() });
            Lines.Add(line.ToArray()[..^1]);
        }
        Latest = AuditCheckpoint.Sign(Chain, Lines.Count, Head, time.GetUtcNow(), _key);
    }

    /// <summary>Begins again with nothing, the key kept.</summary>
    public void Forget() => Lines.Clear();

    public void NewKey()
    {
        _key.Dispose();
        _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    }

    /// <summary>The newest checkpoint, with a key.</summary>
    public AuditCheckpointAnswer Answer(ECDsa key) => new() { PublicKey = key.ExportSubjectPublicKeyInfoPem(), Checkpoint = Latest };

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        Task.FromResult(request.RequestUri!.AbsolutePath == "/audit/checkpoints/latest"
            ? new HttpResponseMessage(HttpStatusCode.OK) { Content = Lie?.Invoke() ?? new ByteArrayContent(Answer(_key).ToJson()) }
            : new HttpResponseMessage(HttpStatusCode.NotFound));

    protected override void Dispose(bool disposing)
    {
        if (disposing) _key.Dispose();
        base.Dispose(disposing);
    }
}
