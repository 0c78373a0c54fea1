namespace Rempart.Testing.Traces;

/// <summary>A span as a collector got it.</summary>
/// <param name="Service">Program that sent it.</param>
/// <param name="Trace">32 hexadecimal digits.</param>
/// <param name="Id">16 hexadecimal digits.</param>
/// <param name="Parent">The same, or empty.</param>
/// <param name="Name">What was done.</param>
/// <param name="Start">Nanoseconds since 1970.</param>
/// <param name="End">Nanoseconds since 1970.</param>
/// <param name="Attributes">As text.</param>
/// <param name="Links">Ids of the linked traces.</param>
/// <param name="Failed">Whether its status is an error.</param>
public sealed record SeenSpan(
    string Service, string Trace, string Id, string Parent, string Name, long Start, long End, IReadOnlyDictionary<string, string> Attributes, IReadOnlyList<string> Links, bool Failed);
