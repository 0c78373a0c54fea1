using Rempart.Api.Meta;

namespace Rempart.Api.Infra;

/// <summary>What a host is made of, as its agent sees it: what a Node has no place for. Named like its Node, and gone with it.</summary>
[ApiKind("infra.rempart.dev", "v1", "hosts", ClusterScoped = true)]
[PrinterColumn("CPU", ".status.cpu.model")]
[PrinterColumn("Threads", ".status.cpu.threads", Type = "integer")]
[PrinterColumn("Memory", ".status.memory")]
[PrinterColumn("Agent", ".status.versions.agent")]
public sealed record Host : ApiObject
{
    /// <summary>What its agent observes; written by that node alone.</summary>
    public HostStatus? Status { get; init; }
}
