using System.Diagnostics;
using System.Globalization;
using Rempart.Node.Jail;

namespace Rempart.Node.Machines;

/// <summary>
/// The minimal command line: the board, its firmware or kernel, the monitor, the console, the channel and the entropy source. What needs a
/// descriptor is added over QMP before the first instruction. Pure.
/// </summary>
internal static class QemuCommandLine
{
    /// <summary>The monitor's listening socket; the boot files follow it, in <see cref="MachineBoot"/>'s order.</summary>
    internal const int QmpDescriptor = 3;

    /// <summary>
    /// Ports that stay free for cards plugged later (a root port takes one card). No more than that: each costs a guest's start some time, and a guest that arrives
    /// stands still for a millisecond more, in which QEMU 7.2 lays out its memory anew.
    /// </summary>
    internal const int SparePorts = 4;

    /// <summary>The most that a machine has.</summary>
    internal const int MostPorts = FirstFreePort + MachineRules.MaxDisks + MachineRules.MaxNics + SparePorts;

    /// <summary>What <see cref="MemoryKiB"/> may add.</summary>
    internal const long AddedKiB = 8;

    /// <summary>The first port that is free for what comes with a descriptor.</summary>
    internal const int FirstFreePort = 2;

    private const string ReadyPort = "dev.rempart.ready";
    private const int FirstSlot = 0x10;

    internal static IReadOnlyList<string> Create(MachineLaunch launch, JailRoot jail, string qemu)
    {
        var secureBoot = launch.Boot is MachineBoot.Uefi { SecureBoot: true };
        List<string> command =
        [
            qemu,
            "-name", $"guest={launch.Name},debug-threads=on",
            "-uuid", launch.Uid,
            "-S", "-nodefaults", "-no-user-config", "-display", "none", "-vga", "none",
            "-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
            "-machine", Board(launch, jail, secureBoot),
            "-accel", launch.Accelerator == Accelerator.Kvm ? "kvm" : $"tcg,thread=multi,tb-size={MachineOverhead.TranslationMiB}",
            "-cpu", launch.Accelerator == Accelerator.Kvm ? "host,migratable=on" : "max",
            "-smp", launch.Vcpus.ToString(CultureInfo.InvariantCulture),
            "-m", $"{Shape(launch, jail).MemoryKiB}k",
            "-rtc", "base=utc",
            // The guest's own power-off and panic leave QEMU paused until the agent has seen them: an event would be lost with the agent.
            "-action", "shutdown=pause,panic=pause,reboot=reset",
            "-chardev", $"socket,id=qmp,fd={QmpDescriptor},server=on,wait=off",
            "-mon", "chardev=qmp,mode=control",
            "-chardev", "stdio,id=serial0,signal=off",
            "-serial", "chardev:serial0",
            "-device", "pvpanic-pci,addr=0x4",
        ];
        for (var port = 0; port < Shape(launch, jail).Ports; port++)
        {
            command.Add("-device");
            command.Add(string.Create(CultureInfo.InvariantCulture, $"pcie-root-port,id=port{port},bus=pcie.0,chassis={port + 1},multifunction=on,addr=0x{FirstSlot + (port / 8):x}.{port % 8}"));
        }
        command.AddRange(
        [
            // A port without a listener: the guest's holding it open is the whole message, so nothing the guest writes is ever parsed.
            "-chardev", "null,id=ready",
            "-device", "virtio-serial-pci,id=channels,bus=port0,max_ports=8",
            "-device", $"virtserialport,id=ready-port,bus=channels.0,chardev=ready,name={ReadyPort}",
            "-object", "rng-builtin,id=entropy",
            "-device", "virtio-rng-pci,id=rng,bus=port1,rng=entropy",
        ]);
        command.AddRange(Boot(launch.Boot, secureBoot));
        if (launch.Arriving is not null) command.AddRange(["-incoming", "defer"]);
        return command;
    }

    /// <summary>
    /// The guest's memory. QEMU before 10 under TCG corrupts memory in live migration when its size is a multiple of 256 KiB
    /// (seen 7 times of 7; 17 of 17 clean with any other size), so it gets 8 KiB more.
    /// </summary>
    internal static long MemoryKiB(MachineLaunch launch, JailRoot jail) =>
        (launch.MemoryBytes / 1024) + (launch.Accelerator == Accelerator.Tcg && jail.QemuMajor < 10 ? AddedKiB : 0);

    /// <summary>What the guest is to see: for one that comes from another host what it saw there.</summary>
    internal static MachineShape Shape(MachineLaunch launch, JailRoot jail) => launch.Arriving ?? MachineShape.Of(launch, jail.MachineType, MemoryKiB(launch, jail));

    private static string Board(MachineLaunch launch, JailRoot jail, bool secureBoot)
    {
        var board = $"{Shape(launch, jail).MachineType},usb=off,vmport=off,smbus=off,sata=off,i8042=off,hpet=off,graphics=off,dump-guest-core=off,smm={(secureBoot ? "on" : "off")}";
        return launch.Boot is MachineBoot.Uefi ? board + ",pflash0=firmware,pflash1=variables" : board;
    }

    private static IEnumerable<string> Boot(MachineBoot boot, bool secureBoot) => boot switch
    {
        MachineBoot.Kernel kernel =>
        [
            "-kernel", $"/proc/self/fd/{QmpDescriptor + 1}",
            .. kernel.Initrd is null ? Array.Empty<string>() : ["-initrd", $"/proc/self/fd/{QmpDescriptor + 2}"],
            "-append", kernel.CommandLine,
        ],
        MachineBoot.Uefi =>
        [
            "-add-fd", $"fd={QmpDescriptor + 1},set=1",
            "-add-fd", $"fd={QmpDescriptor + 2},set=2",
            "-blockdev", "driver=file,node-name=firmware,filename=/dev/fdset/1,read-only=on,locking=off",
            "-blockdev", "driver=file,node-name=variables,filename=/dev/fdset/2,locking=on",
            .. secureBoot ? ["-global", "driver=cfi.pflash01,property=secure,value=on"] : Array.Empty<string>(),
        ],
        _ => throw new UnreachableException(),
    };
}
