using System.Text;

namespace Rempart.Clients.Tests.Hostile;

/// <summary>A body that no verb may take.</summary>
/// <param name="Name">What is wrong with it.</param>
/// <param name="Bytes">The body.</param>
/// <param name="Says">What the refusal says, as a pattern over its message and causes; empty when that depends on the verb.</param>
internal sealed record HostileBody(string Name, byte[] Bytes, string Says = "")
{
    public HostileBody(string name, string text, string says = "")
        : this(name, Encoding.UTF8.GetBytes(text), says)
    {
    }
}
