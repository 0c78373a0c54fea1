using System.Text.Json.Nodes;

namespace Rempart.Testing.Api;

/// <summary>One version of one object: as it was, as it is (null when gone), and what a watch shows.</summary>
internal sealed record FakeChange(long Version, FakeAddress Address, JsonObject? Old, JsonObject? Now, JsonObject Shown);
