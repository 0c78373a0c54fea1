using Rempart.Api.Networking;
using Rempart.Api.Storage;

namespace Rempart.Controllers.Compute;

/// <summary>What a machine's plan depends on besides the machine.</summary>
/// <param name="Volume">Finds a volume of its project by name.</param>
/// <param name="Interface">Finds an interface of its project by name.</param>
/// <param name="NodeExists">Whether there is a node of that name.</param>
/// <param name="IsMoving">Whether the machine's move of that name is under way.</param>
internal sealed record MachineSurroundings(Func<string, Volume?> Volume, Func<string, NetworkInterface?> Interface, Func<string, bool> NodeExists, Func<string, bool> IsMoving);
