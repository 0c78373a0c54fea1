using Rempart.Api.Meta;

namespace Rempart.Api.Compute;

/// <summary>A virtual machine, made from an approved template.</summary>
[ApiKind("compute.rempart.dev", "v1", "virtualmachines", ShortNames = ["vm"], Categories = ["all"])]
[PrinterColumn("Status", ".status.phase", Description = "the phase; until the machine has run, the reason of what it waits for as well")]
[PrinterColumn("Ready", ".status.conditions[?(@.type==\"GuestReady\")].status", Description = "whether the guest has said that it is ready")]
[PrinterColumn("Class", ".spec.class")]
[PrinterColumn("Address", ".status.addresses")]
[PrinterColumn("Node", ".status.nodeName", Priority = 1)]
[PrinterColumn("Template", ".spec.template", Priority = 1)]
[PrinterColumn("Accelerator", ".status.accelerator", Priority = 1)]
[SelectableField("status.nodeName")]
[SelectableField("status.phase")]
[SelectableField("spec.template")]
public sealed record VirtualMachine : ApiObject
{
    /// <summary>What is wanted of the machine.</summary>
    public required VirtualMachineSpec Spec { get; init; }

    /// <summary>What is observed of the machine.</summary>
    public VirtualMachineStatus? Status { get; init; }
}
