namespace Rempart.Protocols.Qmp;

/// <summary>QEMU refused a command: its error class and sentence, as the QMP specification names them.</summary>
public sealed class QmpException(string command, string errorClass, string description)
    : Exception($"QEMU refused `{command}`: {description}")
{
    public string Command { get; } = command;

    /// <summary>`GenericError`, `CommandNotFound`, `DeviceNotFound`, `DeviceNotActive`, `KVMMissingCap`.</summary>
    public string ErrorClass { get; } = errorClass;

    public string Description { get; } = description;
}
