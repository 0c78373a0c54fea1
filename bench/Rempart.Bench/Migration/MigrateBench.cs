using System.Runtime.CompilerServices;
using Rempart.Bench.Report;

namespace Rempart.Bench.Migration;

/// <summary>A running guest with its disk from one QEMU to another on one host.</summary>
internal sealed class MigrateBench : IBench
{
    public string Name => "migrate";

    public string About => "a running guest and its disk from jail to jail over TLS, and without either between two QEMUs driven by hand and, where it is installed, by libvirt's `virsh migrate`";

    public async IAsyncEnumerable<BenchTable> RunAsync(BenchSettings settings, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var guest = await BenchGuest.BuildAsync(settings, cancellationToken);
        Samples pause = new(), total = new(), told = new(), handPause = new(), handTotal = new(), handTold = new(), virshPause = new(), virshTotal = new(), virshTold = new();
        await using var jailed = new JailedMove(guest, settings.Time);
        await using var hand = new HandMove(guest, settings.Time);
        await using var libvirt = VirshHost.Missing is null ? new VirshMove(guest, settings.Time) : null;
        var virsh = libvirt;
        if (VirshHost.Missing is { } packages) settings.Progress($"without `virsh migrate`, which is not installed: {packages}");
        settings.Progress("start the guests");
        await jailed.StartAsync(cancellationToken);
        await jailed.HoldAsync(cancellationToken);
        await hand.StartAsync(cancellationToken);
        await hand.HoldAsync(cancellationToken);
        if (virsh is not null && await TryAsync(settings, async () =>
            {
                await virsh.StartAsync(cancellationToken);
                await virsh.HoldAsync(cancellationToken);
                return true;
            }) is false) virsh = null;

        for (var round = 0; round <= settings.Rounds; round++)
        {
            settings.Progress($"round {round} of {settings.Rounds}");
            // The others stand still: there are not many cores.
            await jailed.ResumeAsync(cancellationToken);
            var ours = await jailed.MoveAsync(cancellationToken);
            await jailed.HoldAsync(cancellationToken);
            await hand.ResumeAsync(cancellationToken);
            var theirs = await hand.MoveAsync(cancellationToken);
            await hand.HoldAsync(cancellationToken);
            var libvirts = virsh is null ? null : await TryAsync(settings, () => OfVirshAsync(virsh, cancellationToken));
            if (libvirts is null) virsh = null;
            if (round == 0) continue;
            foreach (var (samples, value) in new[] { (pause, ours.Pause), (total, ours.Total), (told, ours.Reported), (handPause, theirs.Pause), (handTotal, theirs.Total), (handTold, theirs.Reported) }) samples.Add(value);
            if (libvirts is null) continue;
            virshPause.Add(libvirts.Pause);
            virshTotal.Add(libvirts.Total);
            virshTold.Add(libvirts.Reported);
        }
        yield return new BenchTable(
            "Milliseconds of a move of a 192 MiB guest that writes 64 pages and checks them every 3 ms, TCG, over loopback",
            ["", .. Samples.Columns],
            [
                ["Rempart: pause on the guest's console", .. pause.Cells()],
                ["QEMU by hand: pause on the guest's console", .. handPause.Cells()],
                .. Of(virsh, "virsh migrate: pause on the guest's console", virshPause),
                ["Rempart: pause as QEMU tells it", .. told.Cells()],
                ["QEMU by hand: pause as QEMU tells it", .. handTold.Cells()],
                .. Of(virsh, "virsh migrate: pause as QEMU tells it", virshTold),
                ["Rempart: from the first command to the guest's first byte", .. total.Cells()],
                ["QEMU by hand: the same", .. handTotal.Cells()],
                .. Of(virsh, "virsh migrate: from the command, target's QEMU included", virshTotal),
            ]);
    }

    // What befalls a peer costs its own rows and no others.
    private static async Task<T?> TryAsync<T>(BenchSettings settings, Func<Task<T>> measure)
    {
        try
        {
            return await measure();
        }
        catch (BenchException failure)
        {
            settings.Progress($"without `virsh migrate`: {failure.Message}");
            return default;
        }
    }

    private static async Task<MoveTimes> OfVirshAsync(VirshMove virsh, CancellationToken cancellationToken)
    {
        await virsh.ResumeAsync(cancellationToken);
        var times = await virsh.MoveAsync(cancellationToken);
        await virsh.HoldAsync(cancellationToken);
        return times;
    }

    private static IEnumerable<IReadOnlyList<string>> Of(VirshMove? virsh, string what, Samples samples) => virsh is null ? [] : [[what, .. samples.Cells()]];
}
