using System.Globalization;
using Rempart.Bench;
using Rempart.Bench.Report;

const string Usage = "usage: ./dev bench [--rounds N] [NAME...]";
var rounds = 10;
List<IBench> chosen = [];
for (var i = 0; i < args.Length; i++)
{
    if (args[i] == "--rounds" && i + 1 < args.Length && int.TryParse(args[i + 1], CultureInfo.InvariantCulture, out rounds) && rounds is >= 1 and <= 1000)
    {
        i++;
    }
    else if (Benches.All.FirstOrDefault(bench => bench.Name == args[i]) is { } named)
    {
        chosen.Add(named);
    }
    else
    {
        await Console.Error.WriteLineAsync($"`{args[i]}` is no bench; {Usage}; these exist:");
        foreach (var bench in Benches.All) await Console.Error.WriteLineAsync($"  {bench.Name,-18} {bench.About}{(bench.IsOnlyNamed ? " (only when it is named)" : "")}");
        return 64;
    }
}
if (chosen.Count == 0) chosen.AddRange(Benches.All.Where(bench => !bench.IsOnlyNamed));
var settings = new BenchSettings(CheckoutFolder.Find(AppContext.BaseDirectory), rounds, TimeProvider.System, text => Console.Error.WriteLine($"    {text}"));
var facts = HostFacts.Read();
Console.WriteLine(facts);
var failed = 0;
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};
foreach (var bench in chosen)
{
    Console.WriteLine($"\n{bench.Name}: {bench.About}");
    try
    {
        List<BenchTable> tables = [];
        await foreach (var table in bench.RunAsync(settings, stop.Token))
        {
            Console.WriteLine($"\n{table.ToText()}");
            tables.Add(table);
            ResultFile.Write(Path.Combine(settings.Checkout, "bench", "results", bench.Name + ".json"), bench, facts, rounds, tables, settings.Time.GetUtcNow());
        }
    }
    catch (BenchException missing)
    {
        failed++;
        await Console.Error.WriteLineAsync($"    not measured: {missing.Message}");
    }
    catch (OperationCanceledException) when (stop.IsCancellationRequested)
    {
        return 130;
    }
}
return failed == 0 ? 0 : 1;
