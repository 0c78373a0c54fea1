using Rempart.Api.Meta;

namespace Rempart.Api.Infra;

/// <summary>What a host is made of, as its agent sees it: what a Node has no place for. Named like its Node, and gone with it.</summary>
[ApiKind("infra.rempart.dev", "v1", "hosts", ClusterScoped = true)]
[PrinterColumn("CPU", ".status.cpu.model")]
[PrinterColumn("Threads", ".status.cpu.threads", Type = "integer")]
[PrinterColumn("Memory", ".status.memory")]
[PrinterColumn("Agent", ".status.versions.agent")]
[PrinterColumn("Profile", ".spec.profile", Description = "the host profile that counts for it")]
[PrinterColumn("Applied", ".status.conditions[?(@.type==\"ProfileApplied\")].status", Description = "whether it is as its profile says")]
public sealed record Host : ApiObject
{
    /// <summary>How it should be set up; absent when no profile selects it.</summary>
    public HostSpec? Spec { get; init; }

    /// <summary>What its agent observes; written by that node alone.</summary>
    public HostStatus? Status { get; init; }
}
