using System.Runtime.CompilerServices;
using Rempart.Bench.Report;

namespace Rempart.Bench.Migration;

/// <summary>A running guest with its disk from one QEMU to another on one host.</summary>
internal sealed class MigrateBench : IBench
{
    public string Name => "migrate";

    public string About => "a running guest and its disk from jail to jail over TLS, between two QEMUs driven by hand with TLS and without, and, where it is installed, by libvirt's `virsh migrate`";

    public async IAsyncEnumerable<BenchTable> RunAsync(BenchSettings settings, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var guest = await BenchGuest.BuildAsync(settings, cancellationToken);
        await using var jailed = new JailedMove(guest, settings.Time);
        await using var tls = new HandMove(guest, settings.Time, HandKeys.Create(settings.Time));
        await using var plain = new HandMove(guest, settings.Time, keys: null);
        await using var virsh = VirshHost.Missing is null ? new VirshMove(guest, settings.Time) : null;
        if (VirshHost.Missing is { } packages) settings.Progress($"without `virsh migrate`, which is not installed: {packages}");
        List<Contender> contenders = [new(jailed, isPeer: false, settings), new(tls, isPeer: true, settings), new(plain, isPeer: true, settings)];
        if (virsh is not null) contenders.Add(new(virsh, isPeer: true, settings));
        settings.Progress("start the guests");
        foreach (var contender in contenders) await contender.StartAsync(cancellationToken);
        for (var round = 0; round <= settings.Rounds; round++)
        {
            settings.Progress($"round {round} of {settings.Rounds}");
            foreach (var contender in contenders) await contender.RoundAsync(counts: round > 0, cancellationToken);
        }
        yield return new BenchTable(
            "Milliseconds of a move of a 192 MiB guest that writes 64 pages and checks them every 3 ms, TCG, over loopback",
            ["", .. Samples.Columns],
            [
                .. Rows("pause on the guest's console", contender => contender.Pause),
                .. Rows("pause as QEMU tells it", contender => contender.Told),
                .. Rows("first command → the guest's first byte", contender => contender.Total),
            ]);

        IEnumerable<IReadOnlyList<string>> Rows(string what, Func<Contender, Samples> samples) =>
            contenders.Where(contender => contender.HasRows).Select(IReadOnlyList<string> (contender) => [$"{contender.Name}: {what}", .. samples(contender).Cells()]);
    }
}
