using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace Rempart.Protocols.Qmp;

/// <summary>One of several commands that are sent in a row.</summary>
/// <param name="Name">the QMP name.</param>
/// <param name="Arguments">its arguments, or null.</param>
/// <param name="Descriptors">passed along with it; the caller still owns them.</param>
public sealed record QmpCommand(string Name, JsonObject? Arguments, IReadOnlyList<SafeHandle> Descriptors);
