using System.Text.Json.Serialization;

namespace Rempart.Node.Bonds;

/// <summary>Notes of a change on disk.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(BondNotes))]
internal sealed partial class BondJson : JsonSerializerContext;
