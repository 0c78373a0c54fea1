namespace Rempart.ApiServer.Tests.Flow;

/// <summary>What measures the memory of the whole process has it for itself meanwhile.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class MeasuredCollection
{
    public const string Name = "measured";
}
