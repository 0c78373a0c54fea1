namespace Rempart.ApiServer.Registry;

/// <summary>A value in both its forms.</summary>
/// <param name="Document">The document without its resourceVersion.</param>
/// <param name="Raw">What the store keeps: the same, or encrypted.</param>
internal readonly record struct StoredValue(ReadOnlyMemory<byte> Document, ReadOnlyMemory<byte> Raw);
