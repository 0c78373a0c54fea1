using Rempart.Node.Migration;

namespace Rempart.Bench.Migration;

/// <summary>The keys that a person would have laid on both hosts long before a move; the same as Rempart's own, in a folder for both ends.</summary>
internal sealed record HandKeys(MoveKeys Source, MoveKeys Target)
{
    /// <summary>Id of the credentials in QEMU with which a guest is sent.</summary>
    internal const string Client = "tls-client";

    /// <summary>Id of those with which one is taken.</summary>
    internal const string Server = "tls-server";

    /// <summary>The name that the sending end asks for.</summary>
    internal static string Host => MoveKeys.HostOf(MoveRole.Target);

    internal static HandKeys Create(TimeProvider time)
    {
        var name = Guid.NewGuid().ToString("D");
        return new(MoveKeys.Create(name, MoveRole.Source, time), MoveKeys.Create(name, MoveRole.Target, time));
    }

    /// <summary>Under the names that QEMU looks for.</summary>
    internal void Write(string folder)
    {
        File.WriteAllText(Path.Combine(folder, "ca-cert.pem"), $"{Source.Authority}\n{Target.Authority}\n");
        foreach (var (end, keys) in new[] { ("client", Source), ("server", Target) })
        {
            File.WriteAllText(Path.Combine(folder, $"{end}-cert.pem"), keys.Certificate + "\n");
            File.WriteAllText(Path.Combine(folder, $"{end}-key.pem"), keys.Key + "\n");
        }
        File.WriteAllText(Path.Combine(folder, "dh-params.pem"), MoveCredentials.Group);
    }
}
