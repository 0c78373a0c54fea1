using System.Security.Cryptography;
using Rempart.Controllers.Certificates;
using Rempart.Controllers.Compute;
using Rempart.Controllers.Events;
using Rempart.Controllers.GarbageCollection;
using Rempart.Controllers.Hosts;
using Rempart.Controllers.Maintenance;
using Rempart.Controllers.Migration;
using Rempart.Controllers.Nodes;
using Rempart.Controllers.Projects;
using Rempart.Controllers.Scheduling;
using Rempart.Controllers.Storage;
using Rempart.Runtime.Controllers;

namespace Rempart.Controllers;

/// <summary>The controllers that need nothing but the API.</summary>
public static class ControllerSet
{
    /// <param name="approvalKey">Public half of the cluster's approval key.</param>
    public static IReadOnlyList<ControllerRegistration> Core(ECDsa approvalKey) =>
    [
        MachineController.Registration,
        VolumeController.Registration,
        TemplateController.Registration(approvalKey),
        ImageController.Registration,
        Scheduler.Registration,
        MigrationController.Registration,
        MaintenanceController.Registration,
        HostProfileController.Registration,
        ProjectController.Registration,
        ServiceAccountController.Registration,
        GarbageCollector.Registration,
        NodeLifecycleController.Registration,
        EventExpiryController.Registration,
        CertificateRequestCleaner.Registration,
        NodeTokenCleaner.Registration,
    ];
}
