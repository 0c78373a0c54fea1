using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Rempart.Api.Client;
using Rempart.Api.Meta;
using Rempart.Runtime.Events;
using Rempart.Runtime.Informers;

namespace Rempart.Runtime.Controllers;

/// <summary>What a controller is made with.</summary>
public sealed class ControllerContext
{
    private readonly List<(string Name, Func<CancellationToken, Task> Run)> _background = [];

    /// <summary>Writes as the controller's own identity.</summary>
    public required ApiClient Client { get; init; }

    /// <summary>Caches of the declared inputs.</summary>
    public required ICaches Caches { get; init; }

    /// <summary>Tells people what happens.</summary>
    public required IEventRecorder Events { get; init; }

    public required TimeProvider Time { get; init; }

    public required ILoggerFactory Logging { get; init; }

    /// <summary>Wakes a key for a reason that no declared input knows, such as a lost connection. Safe from any thread.</summary>
    public required Action<ResourceKey> Enqueue { get; init; }

    /// <summary>The span that an object's reconciliation follows from; default when it is not traced.</summary>
    public Func<ApiObject, ActivityContext> TraceOf { get; init; } = _ => default;

    internal IReadOnlyList<(string Name, Func<CancellationToken, Task> Run)> Background => _background;

    /// <summary>The cache of a declared input.</summary>
    public ICache<T> Cache<T>() where T : ApiObject => Caches.Of<T>();

    /// <summary>The cache of one declared input of a kind that other controllers of the host read another part of.</summary>
    public ICache<T> Cache<T>(ListQuery query) where T : ApiObject => Caches.Of<T>(query);

    /// <summary>A loop that runs beside the workers; when it ends or fails before the host is stopped, the process ends. Only while the controller is made.</summary>
    public void RunBeside(string name, Func<CancellationToken, Task> run) => _background.Add((name, run));
}
