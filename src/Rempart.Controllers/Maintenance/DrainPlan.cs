using Rempart.Api.Compute;
using Rempart.Api.Infra;

namespace Rempart.Controllers.Maintenance;

/// <summary>What is to be done to empty a host, and what there is to say.</summary>
/// <param name="Begin">Machines that are to begin to move now.</param>
/// <param name="Status">The status to be.</param>
internal sealed record DrainPlan(IReadOnlyList<VirtualMachine> Begin, HostMaintenanceStatus Status);
