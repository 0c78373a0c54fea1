namespace Rempart.Node.Tests.Battery;

/// <summary>The result of a call, to be an argument of a later one.</summary>
internal readonly record struct CallResult(int Index);
