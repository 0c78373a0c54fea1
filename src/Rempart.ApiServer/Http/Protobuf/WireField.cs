namespace Rempart.ApiServer.Http.Protobuf;

/// <summary>A field of a protobuf message and the JSON member that it is.</summary>
/// <param name="Number">Field number.</param>
/// <param name="Name">JSON member.</param>
/// <param name="Type">How its value is written.</param>
/// <param name="Repeated">Whether it is a list.</param>
/// <param name="Message">The message of a <see cref="WireType.Message"/>, and of the values of a map to lists.</param>
internal sealed record WireField(int Number, string Name, WireType Type, bool Repeated = false, WireMessage? Message = null);
