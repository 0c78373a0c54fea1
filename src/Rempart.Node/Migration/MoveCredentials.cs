using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Rempart.Linux;
using Rempart.Node.Machines;
using Rempart.Protocols.Qmp;

namespace Rempart.Node.Migration;

/// <summary>
/// Gives a QEMU in its jail what it needs for TLS. It reads keys by path only and has no path of its own, so they come in a folder in memory
/// that is handed over as a descriptor, and is gone once QEMU has read it: no key is ever on a disk of the jail.
/// </summary>
internal static class MoveCredentials
{
    /// <summary>Id of the credentials in QEMU.</summary>
    internal const string Id = "move-tls";

    /// <summary>Id of who may connect.</summary>
    internal const string Authorization = "move-peer";

    /// <summary>TLS 1.3 and nothing older (a GnuTLS priority string).</summary>
    private const string Priority = "NORMAL:-VERS-ALL:+VERS-TLS1.3";

    /// <summary>
    /// The group ffdhe2048 of RFC 7919. TLS 1.3 between two QEMUs takes none of it, but a server's QEMU 7.2 that finds no such file makes a group of its own
    /// before it listens: 0.2 to 1 s, in which its monitor answers nothing.
    /// </summary>
    internal const string Group = """
        -----BEGIN DH PARAMETERS-----
        MIIBCAKCAQEA//////////+t+FRYortKmq/cViAnPTzx2LnFg84tNpWp4TZBFGQz
        +8yTnc4kmz75fS/jY2MMddj2gbICrsRhetPfHtXV/WVhJDP1H18GbtCFY2VVPe0a
        87VXE15/V8k1mE8McODmi3fipona8+/och3xWKE2rec1MKzKT0g6eXq8CrGCsyT7
        YdEIqUuyyOP7uWrat2DX9GgdT0Kj3jlN9K5W7edjcrsZCwenyO4KbXCeAvzhzffi
        7MA0BM0oNC9hkXL+nOmFg/+OTxIy7vKBg8P+OxtMb61zO7X8vC7CIAXFjvGDfRaD
        ssbzSibBsu/6iGtCOGEoXJf//////////wIBAg==
        -----END DH PARAMETERS-----

        """;
    private const int FolderBytes = 64 * 1024;
    private const int FolderSet = 900;

    internal static async Task LoadAsync(RunningMachine session, uint owner, string migrationUid, MoveRole role, MoveKeys keys, string peerAuthority, CancellationToken cancellationToken)
    {
        await RemoveAsync(session, cancellationToken);
        var end = role == MoveRole.Source ? "client" : "server";
        using var folder = MemoryFolder.New(FolderBytes);
        // QEMU checks its own certificate too, against the same file.
        folder.Add("ca-cert.pem", Encoding.ASCII.GetBytes(MoveKeys.Checked(peerAuthority) + "\n" + keys.Authority + "\n"), owner);
        folder.Add($"{end}-cert.pem", Encoding.ASCII.GetBytes(keys.Certificate + "\n"), owner);
        folder.Add($"{end}-key.pem", Encoding.ASCII.GetBytes(keys.Key + "\n"), owner);
        if (role == MoveRole.Target) folder.Add("dh-params.pem", Encoding.ASCII.GetBytes(Group), owner);
        var qmp = session.Qmp;
        var answer = await qmp.ExecuteAsync("add-fd", new() { ["fdset-id"] = FolderSet }, [folder.Handle], cancellationToken);
        try
        {
            await qmp.ExecuteAsync("object-add", new()
            {
                ["qom-type"] = "tls-creds-x509",
                ["id"] = Id,
                ["dir"] = string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{Number(answer)}"),
                ["endpoint"] = end,
                ["verify-peer"] = true,
                ["priority"] = Priority,
            }, [], cancellationToken);
            // The client asks for the server's name; the server for the client's.
            if (role == MoveRole.Target)
                await qmp.ExecuteAsync("object-add", new() { ["qom-type"] = "authz-simple", ["id"] = Authorization, ["identity"] = $"CN={MoveKeys.NameOf(migrationUid, MoveRole.Source)}" }, [], cancellationToken);
        }
        finally
        {
            await qmp.ExecuteAsync("remove-fd", new() { ["fdset-id"] = FolderSet }, [], cancellationToken);
        }
    }

    /// <summary>Whether QEMU has them, and so has read the keys.</summary>
    internal static async Task<bool> AreLoadedAsync(RunningMachine session, CancellationToken cancellationToken) => await HasAsync(session, Id, cancellationToken);

    /// <summary>Takes them back; one that connects later is refused. Does nothing where there are none.</summary>
    internal static async Task RemoveAsync(RunningMachine session, CancellationToken cancellationToken)
    {
        foreach (var id in new[] { Authorization, Id })
        {
            if (await HasAsync(session, id, cancellationToken)) await session.Qmp.ExecuteAsync("object-del", new() { ["id"] = id }, [], cancellationToken);
        }
    }

    private static async Task<bool> HasAsync(RunningMachine session, string id, CancellationToken cancellationToken)
    {
        var objects = await session.Qmp.ExecuteAsync("qom-list", new JsonObject { ["path"] = "/objects" }, [], cancellationToken);
        return objects.ValueKind == JsonValueKind.Array && objects.EnumerateArray().Any(one =>
            one.ValueKind == JsonValueKind.Object && one.TryGetProperty("name", out var name) && name.ValueKind == JsonValueKind.String && name.ValueEquals(id));
    }

    // What a taken-over QEMU answers becomes a number, and only in a path of its own.
    private static int Number(JsonElement answer) =>
        answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty("fd", out var number) && number.ValueKind == JsonValueKind.Number && number.TryGetInt32(out var value) && value >= 0
            ? value
            : throw new QmpDisconnectedException("QEMU did not say under which number it has a descriptor");
}
