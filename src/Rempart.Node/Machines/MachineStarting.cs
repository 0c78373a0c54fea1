using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Rempart.Linux;
using Rempart.Node.Jail;
using Rempart.Node.Tracing;
using Rempart.Node.Workloads;
using Rempart.Protocols.Qmp;

namespace Rempart.Node.Machines;

/// <summary>Puts QEMU into its jail and the devices into QEMU.</summary>
internal sealed class MachineStarting(MachineHost host, JailRoots jails)
{
    /// <summary>Starts it, or leaves a record that says why not. INVARIANT: the caller holds the uid's turn.</summary>
    /// <exception cref="WorkloadException">it did not start.</exception>
    internal async Task<MachineRecord> StartAsync(MachineLaunch launch, MachineRecord? previous, CancellationToken cancellationToken)
    {
        var folder = host.Store.Folder(launch.Uid);
        var jail = await NodeTracing.StepAsync("publish the jail's root", () => jails.PublishAsync(cancellationToken));
        var record = new MachineRecord
        {
            Uid = launch.Uid,
            Name = launch.Name,
            HostUid = previous?.HostUid ?? host.Store.Allocate(launch.Uid),
            Step = MachineStep.Launching,
            Starts = (previous?.Starts ?? 0) + 1,
            BootId = host.BootId,
            JailDigest = jail.Digest,
            Accelerator = launch.Accelerator,
            Shape = QemuCommandLine.Shape(launch, jail),
        };
        using (NodeTracing.Step("record the launch")) host.Store.Write(record);
        host.Store.Release(launch.Uid);
        using (NodeTracing.Step("clear what is left of an earlier run"))
        {
            await host.Runtime.DeleteAsync(folder, cancellationToken);
            folder.ClearRun();
            folder.Prepare();
        }

        await using var undo = new UndoStack();
        undo.Add(async () =>
        {
            // Not the caller's token: a start that was called off must not leave half a machine.
            await host.Sessions.CloseAsync(launch.Uid);
            var words = folder.LastWords();
            await host.Runtime.DeleteAsync(folder, CancellationToken.None);
            folder.ClearRun();
            var exit = new WorkloadExit(ExitReason.Error, Code: null, $"the machine did not start{(words.Length == 0 ? "" : $": {words}")}");
            host.Store.Remember(record with { Step = MachineStep.Ended, Exit = exit, FinishedAt = host.Time.GetUtcNow() });
            host.Changes.Add(launch.Uid);
        });
        try
        {
            record = await CreateAsync(launch, record, jail, folder, cancellationToken);
            using (NodeTracing.Step("start the container")) await host.Runtime.StartAsync(launch.Uid, cancellationToken);
            var session = await NodeTracing.StepAsync("connect to QEMU's monitor", () => host.Sessions.OpenAsync(launch.Uid, cancellationToken));
            using (NodeTracing.Step("plug the devices")) await session.ConfigureAsync(launch, cancellationToken);
            if (launch.Arriving is not null)
            {
                using (NodeTracing.Step("record the wait")) record = host.Store.Write(record with { Step = MachineStep.Incoming, StartedAt = launch.RunsSince });
                host.Sessions.Watch(launch.Uid, session);
                undo.Commit();
                return record;
            }
            // Recorded before the guest runs: a crash between the two leaves a machine that is inspected, not one that is forgotten.
            using (NodeTracing.Step("record the run")) record = host.Store.Write(record with { Step = MachineStep.Running, StartedAt = host.Time.GetUtcNow() });
            var released = host.Time.GetUtcNow();
            await session.ContinueAsync(cancellationToken);
            FirstByte.Follow(folder, released, host.Time);
            host.Sessions.Watch(launch.Uid, session);
        }
        catch (Exception exception) when (exception is QmpException or QmpDisconnectedException or IOException)
        {
            var words = folder.LastWords();
            throw new WorkloadException($"the machine did not start: {exception.Message}{(words.Length == 0 ? "" : $"; QEMU said: {words}")}", exception);
        }
        undo.Commit();
        host.Changes.Add(launch.Uid);
        return record;
    }

    private async Task<MachineRecord> CreateAsync(MachineLaunch launch, MachineRecord record, JailRoot jail, WorkloadFolder folder, CancellationToken cancellationToken)
    {
        string? kvm = null;
        if (launch.Accelerator == Accelerator.Kvm)
        {
            kvm = folder.KvmDevice;
            DeviceNode.CreateCharacter(kvm, 10, 232, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            Ownership.Set(kvm, record.HostUid, record.HostUid);
        }
        var bundle = JailBundle.Create(new JailRecord
        {
            CgroupPath = host.Settings.CgroupOf(launch.Uid),
            RootPath = jail.Path,
            HostUid = record.HostUid,
            Command = QemuCommandLine.Create(launch, jail, host.Settings.Qemu),
            MemoryBytes = MachineOverhead.MemoryBytes(launch.MemoryBytes, launch.Vcpus, launch.Accelerator),
            LimitSwap = Cgroups.Detect().CountsSwap,
            CpuHundredths = MachineOverhead.CpuHundredths(launch.Vcpus),
            MostFileBytes = launch.MostFileBytes,
            Tasks = MachineOverhead.Tasks(launch.Vcpus),
            KvmDevice = kvm,
        });
        // Made anew by every start, also by the first after the host itself has died.
        using (NodeTracing.Step("write the bundle")) DurableFile.Replace(folder.Configuration, bundle.ToJson(), UnixFileMode.UserRead | UnixFileMode.UserWrite, remade: true);
        using var monitor = Listen(folder);
        List<SafeHandle> descriptors = [monitor];
        switch (launch.Boot)
        {
            case MachineBoot.Kernel kernel:
                descriptors.Add(kernel.File);
                if (kernel.Initrd is not null) descriptors.Add(kernel.Initrd);
                break;
            case MachineBoot.Uefi uefi:
                descriptors.Add(uefi.Code);
                descriptors.Add(uefi.Variables);
                break;
        }
        var pid = await NodeTracing.StepAsync("create the container", () => host.Runtime.CreateAsync(folder, descriptors, cancellationToken));
        return host.Store.WriteOrEarlier(record with { Pid = pid, PidStart = ProcessHandle.StartTicks(pid) });
    }

    private static SafeFileHandle Listen(WorkloadFolder folder)
    {
        using var handle = FolderHandle.Open(folder.Path);
        return ListeningSocket.Create(handle, WorkloadFolder.QmpName, backlog: 1);
    }
}
