using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Rempart.Api.Audit;
using Rempart.ApiServer.Audit;

namespace Rempart.ApiServer.Tests.Audit;

/// <summary>A trail in a folder of its own, the checkpoints that were kept, and faults of its disk on demand.</summary>
internal sealed class AuditFixture : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("rempart-audit-").FullName;

    public AuditFixture() => Folder = Path.Combine(_root, "audit");

    public string Folder { get; }

    public ECDsa Signer { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public List<AuditCheckpoint> Checkpoints { get; } = [];

    public DiskFaults Faults { get; } = new();

    public long FileBytes { get; set; } = 1024 * 1024;

    public int CheckpointRecords { get; set; } = 1000;

    public TimeSpan CheckpointInterval { get; set; } = TimeSpan.FromMinutes(10);

    public TimeSpan Company { get; set; } = TimeSpan.FromMilliseconds(20);

    public AuditLog Open() => AuditLog.Open(
        new AuditLogOptions
        {
            Folder = Folder,
            Chain = "test",
            Signer = Signer,
            FileBytes = FileBytes,
            CheckpointRecords = CheckpointRecords,
            CheckpointInterval = CheckpointInterval,
            Company = Company,
            Checkpointed = (checkpoint, _) =>
            {
                lock (Checkpoints)
                {
                    Checkpoints.Add(checkpoint);
                }

                return ValueTask.CompletedTask;
            },
        },
        NullLogger<AuditLog>.Instance,
        path => new FaultyAppendFile(AppendFile.Open(path), Faults));

    public static AuditRecord Intent(string id, string? key = null) => Record(AuditStage.Intent, id, key);

    public static AuditRecord Outcome(string id, string? key = null) => Record(AuditStage.Outcome, id, key) with { Status = 201, Revision = 7 };

    private static AuditRecord Record(AuditStage stage, string id, string? key) => new()
    {
        Stage = stage,
        AuditId = id,
        User = "alice",
        Groups = ["operators"],
        Method = "certificate",
        Source = "192.0.2.7",
        Verb = "create",
        Group = "compute.rempart.dev",
        Version = "v1",
        Resource = "virtualmachines",
        Namespace = "web",
        Name = "first",
        Key = key,
        Decision = "allow",
        Reason = "role binding `operators`",
        After = new string('a', 64),
    };

    /// <summary>All lines of all files.</summary>
    public List<byte[]> Lines() => [.. AuditFolder.Files(Folder).SelectMany(AuditFolder.Lines).Select(line => line.ToArray())];

    public List<AuditRecord> Records() => [.. Lines().Select(line => AuditLine.TryRead(line, out var read) ? read.Record : throw new InvalidDataException("no record"))];

    /// <summary>Verifies lines with the checkpoints that were kept.</summary>
    public AuditFault? Verify(IEnumerable<byte[]>? lines = null)
    {
        using var key = ECDsa.Create(Signer.ExportParameters(includePrivateParameters: false));
        var verifier = new AuditVerifier(Checkpoints, key);
        foreach (var line in lines ?? Lines())
        {
            verifier.Add(line);
        }

        return verifier.Finish();
    }

    public void Dispose()
    {
        Signer.Dispose();
        Directory.Delete(_root, recursive: true);
    }
}
