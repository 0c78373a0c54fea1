using Rempart.Api.Core;
using Rempart.Api.Rbac;
using Rempart.ApiServer.Authentication;
using Rempart.ApiServer.Objects;

namespace Rempart.ApiServer.Authorization;

/// <summary>
/// Tells that roles, bindings or revoked certificates have changed, or that a service account has gone. Changes at a rush are told once a second, because each one has every
/// open watch looked at. It must be told of changes behind those who decide, who are observers of the same objects.
/// </summary>
internal sealed class AccessChanges : IObjectObserver<ClusterRole>, IObjectObserver<Role>, IObjectObserver<ClusterRoleBinding>, IObjectObserver<RoleBinding>, IObjectObserver<ConfigMap>, IObjectObserver<ServiceAccount>, IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long? _told;
    private bool _due;

    public AccessChanges(TimeProvider time)
    {
        _time = time;
        _timer = time.CreateTimer(_ => Tell(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Ends with the next change.</summary>
    public Task Next
    {
        get
        {
            lock (_gate) return _next.Task;
        }
    }

    public void Observe(IObjectReader reader)
    {
        reader.Observe<ClusterRole>(this);
        reader.Observe<Role>(this);
        reader.Observe<ClusterRoleBinding>(this);
        reader.Observe<RoleBinding>(this);
        reader.Observe<ConfigMap>(this);
        reader.Observe<ServiceAccount>(this);
    }

    void IObjectObserver<ClusterRole>.Put(ClusterRole value) => Changed();

    void IObjectObserver<ClusterRole>.Remove(string? ns, string name) => Changed();

    void IObjectObserver<Role>.Put(Role value) => Changed();

    void IObjectObserver<Role>.Remove(string? ns, string name) => Changed();

    void IObjectObserver<ClusterRoleBinding>.Put(ClusterRoleBinding value) => Changed();

    void IObjectObserver<ClusterRoleBinding>.Remove(string? ns, string name) => Changed();

    void IObjectObserver<RoleBinding>.Put(RoleBinding value) => Changed();

    void IObjectObserver<RoleBinding>.Remove(string? ns, string name) => Changed();

    bool IObjectObserver<ConfigMap>.Concerns(string? ns, string name) => CertificateRevocations.IsList(ns, name);

    void IObjectObserver<ConfigMap>.Put(ConfigMap value) => Changed();

    void IObjectObserver<ConfigMap>.Remove(string? ns, string name) => Changed();

    void IObjectObserver<ServiceAccount>.Put(ServiceAccount value)
    {
        // What an account may do is in roles; its tokens end with it.
    }

    void IObjectObserver<ServiceAccount>.Remove(string? ns, string name) => Changed();

    public void Dispose() => _timer.Dispose();

    private void Changed()
    {
        lock (_gate)
        {
            if (_due) return;
            var wait = _told is { } told ? Pause - _time.GetElapsedTime(told) : TimeSpan.Zero;
            if (wait > TimeSpan.Zero)
            {
                _due = true;
                _timer.Change(wait, Timeout.InfiniteTimeSpan);
                return;
            }
        }

        Tell();
    }

    private void Tell()
    {
        TaskCompletionSource told;
        lock (_gate)
        {
            _due = false;
            _told = _time.GetTimestamp();
            (told, _next) = (_next, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        told.TrySetResult();
    }
}
