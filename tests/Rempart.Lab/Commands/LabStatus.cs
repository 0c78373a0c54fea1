using System.Globalization;
using System.Text.Json;
using Rempart.Lab.Hosts;
using Rempart.Lab.Layout;

namespace Rempart.Lab.Commands;

/// <summary>A lab at a glance.</summary>
internal static class LabStatus
{
    /// <returns>0 when all is well.</returns>
    internal static async Task<int> WriteAsync(LabCluster lab, TextWriter output, CancellationToken cancellationToken)
    {
        var cuts = await lab.Planes.CutsAsync(cancellationToken);
        var rows = await Task.WhenAll(lab.Hosts.Select(host => RowAsync(host, cuts, cancellationToken)));
        await output.WriteLineAsync($"lab {lab.Layout.Plan.Id} in {lab.Layout.Folder}; API servers: {string.Join(", ", lab.Hosts.Where(host => host.Layout.HasApiServer).Select(host => host.Layout.ApiServer.GetLeftPart(UriPartial.Authority)))}");
        List<string[]> table = [["HOST", "STATE", .. LabLayout.Planes.Select(plane => plane.ToString().ToUpperInvariant()), "SERVICES"], .. rows.Select(row => row.Cells)];
        foreach (var row in table) await output.WriteLineAsync(string.Join("  ", row.Select((cell, column) => cell.PadRight(table.Max(each => each[column].Length)))).TrimEnd());
        return Array.TrueForAll(rows, row => row.IsWell) ? 0 : 1;
    }

    private static async Task<(string[] Cells, bool IsWell)> RowAsync(LabHost host, IReadOnlyList<(int Host, Plane Plane)> cuts, CancellationToken cancellationToken)
    {
        var state = !host.IsUp ? "down" : host.IsFrozen ? "frozen" : "up";
        var planes = LabLayout.Planes.Select(plane => $"{host.Layout.Address(plane)}{(cuts.Contains((host.Layout.Number, plane)) ? " CUT" : "")}").ToList();
        var (services, isWell) = state == "up" ? await ServicesAsync(host, cancellationToken) : ("", false);
        return ([host.Name, state, .. planes, services], isWell && !cuts.Any(cut => cut.Host == host.Layout.Number));
    }

    private static async Task<(string Text, bool IsWell)> ServicesAsync(LabHost host, CancellationToken cancellationToken)
    {
        var (code, answer, errors) = await Tools.Command.TryAsync(host.Command(HostLayout.Program("init"), "status", "-o", "json", "--data", host.Layout.InsideFolder), null, cancellationToken);
        if (code > 1) return (errors.Trim(), false);
        using var document = JsonDocument.Parse(answer);
        var states = document.RootElement.GetProperty("services").EnumerateArray().Select(service => (Name: service.GetProperty("name").GetString()!, State: service.GetProperty("state").GetString()!)).ToList();
        var others = states.Where(service => service.State is not ("Ready" or "Done")).Select(service => $"{service.Name} {service.State}").ToList();
        return (string.Create(CultureInfo.InvariantCulture, $"{states.Count - others.Count} of {states.Count} ready{(others.Count > 0 ? $": {string.Join(", ", others)}" : "")}"), others.Count == 0);
    }
}
