using Rempart.Api;
using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Meta;

namespace Rempart.Controllers.Projects;

/// <summary>The order in which a project's contents go.</summary>
internal static class ProjectDeletion
{
    // Machines first: their hosts need volumes and interfaces until they have stopped. Events last: they tell what happened.
    private static readonly Type[] First = [typeof(VirtualMachine), typeof(Pod)];
    private static readonly Type[] Last = [typeof(Event)];

    /// <summary>Kinds in waves; a wave begins when the one before it has left nothing behind.</summary>
    public static IReadOnlyList<IReadOnlyList<KindInfo>> Waves { get; } =
    [
        Wave(kind => First.Contains(kind.ClrType)),
        Wave(kind => !First.Contains(kind.ClrType) && !Last.Contains(kind.ClrType)),
        Wave(kind => Last.Contains(kind.ClrType)),
    ];

    private static IReadOnlyList<KindInfo> Wave(Func<KindInfo, bool> belongs) => [.. ApiKinds.All.Where(kind => kind is { Namespaced: true, Virtual: false } && belongs(kind))];
}
