using System.Text.Json;

namespace Rempart.Protocols.Qmp;

/// <summary>Something happened in QEMU. A wake-up: ask for the state, an event may be lost.</summary>
/// <param name="Name">`SHUTDOWN`, `STOP`, `VSERPORT_CHANGE`, …</param>
/// <param name="Data">the event's data, or an undefined element.</param>
public sealed record QmpEvent(string Name, JsonElement Data);
