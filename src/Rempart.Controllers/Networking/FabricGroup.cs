using Rempart.Api.Networking;

namespace Rempart.Controllers.Networking;

/// <summary>What the compiler needs of a SecurityGroup object.</summary>
/// <param name="Uid">the object's uid.</param>
/// <param name="Project">the object's namespace.</param>
/// <param name="Name">the object's name.</param>
/// <param name="Rules">its rules.</param>
internal sealed record FabricGroup(string Uid, string Project, string Name, SecurityGroupSpec Rules);
