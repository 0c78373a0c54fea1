namespace Rempart.Instance.Tests.Crashes;

/// <summary>What is under way when something is killed.</summary>
/// <param name="Name">For the table.</param>
/// <param name="Prepared">Asked until true: whether the world is as it must be before it begins; takes a step towards that.</param>
/// <param name="Begin">Begins it; the text is this try's own id, so that asking twice is asking once.</param>
/// <param name="IsDone">Whether the world is as it was asked to be by that try.</param>
internal sealed record Operation(string Name, Func<CrashWorld, string, Task<bool>> Prepared, Func<CrashWorld, string, Task> Begin, Func<CrashWorld, string, Task<bool>> IsDone)
{
    public static IReadOnlyList<Operation> All { get; } =
    [
        new("stop", (world, _) => world.RunsAsync(), (world, id) => world.OperateAsync("stop", id), (world, _) => world.IsStoppedAsync()),
        new("restart", (world, _) => world.RunsAsync(), (world, id) => world.OperateAsync("restart", id), (world, id) => world.HasRestartedAsync(id)),
        new("delete", (world, _) => world.RunsAsync(), (world, _) => world.DeleteMachineAsync(), (world, _) => world.IsGoneAsync()),
        new("create", (world, _) => world.HasNothingAsync(), (world, _) => world.CreateMachineAsync(), (world, _) => world.IsRunningAsync()),
        new("clone", (world, id) => world.IsOffWithVolumeAsync(id), (world, id) => world.BeginAnewAsync(id), (world, id) => world.HasBegunAnewAsync(id)),
        new("upload", (world, _) => world.HasNothingAsync(), (world, id) => world.UploadAsync(id), (world, id) => world.HasImageAsync(id)),
    ];
}
