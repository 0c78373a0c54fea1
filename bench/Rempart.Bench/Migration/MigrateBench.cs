using System.Runtime.CompilerServices;
using Rempart.Bench.Report;

namespace Rempart.Bench.Migration;

/// <summary>A running guest with its disk from one QEMU to another on one host.</summary>
internal sealed class MigrateBench : IBench
{
    public string Name => "migrate";

    public string About => "a running guest and its disk from jail to jail over TLS, and between two QEMUs driven by hand without either";

    public async IAsyncEnumerable<BenchTable> RunAsync(BenchSettings settings, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var guest = await BenchGuest.BuildAsync(settings, cancellationToken);
        Samples pause = new(), total = new(), told = new(), handPause = new(), handTotal = new(), handTold = new();
        await using var jailed = new JailedMove(guest, settings.Time);
        await using var hand = new HandMove(guest, settings.Time);
        settings.Progress("start both guests");
        await jailed.StartAsync(cancellationToken);
        await jailed.HoldAsync(cancellationToken);
        await hand.StartAsync(cancellationToken);
        await hand.HoldAsync(cancellationToken);
        for (var round = 0; round <= settings.Rounds; round++)
        {
            settings.Progress($"round {round} of {settings.Rounds}");
            // The other one stands still: there are not many cores.
            await jailed.ResumeAsync(cancellationToken);
            var ours = await jailed.MoveAsync(cancellationToken);
            await jailed.HoldAsync(cancellationToken);
            await hand.ResumeAsync(cancellationToken);
            var theirs = await hand.MoveAsync(cancellationToken);
            await hand.HoldAsync(cancellationToken);
            if (round == 0) continue;
            foreach (var (samples, value) in new[] { (pause, ours.Pause), (total, ours.Total), (told, ours.Reported), (handPause, theirs.Pause), (handTotal, theirs.Total), (handTold, theirs.Reported) }) samples.Add(value);
        }
        yield return new BenchTable(
            "Milliseconds of a move of a 192 MiB guest that writes 64 pages and checks them every 3 ms, TCG, over loopback",
            ["", .. Samples.Columns],
            [
                ["Rempart: pause on the guest's console", .. pause.Cells()],
                ["QEMU by hand: pause on the guest's console", .. handPause.Cells()],
                ["Rempart: pause as QEMU tells it", .. told.Cells()],
                ["QEMU by hand: pause as QEMU tells it", .. handTold.Cells()],
                ["Rempart: from the first command to the guest's first byte", .. total.Cells()],
                ["QEMU by hand: the same", .. handTotal.Cells()],
            ]);
    }
}
