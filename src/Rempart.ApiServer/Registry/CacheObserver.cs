using Rempart.Api.Meta;
using Rempart.ApiServer.Objects;
using Rempart.ApiServer.Watch;

namespace Rempart.ApiServer.Registry;

/// <summary>Hands typed views of the changes to an observer.</summary>
internal sealed class CacheObserver<T>(IObjectObserver<T> observer) : ICacheObserver where T : ApiObject
{
    public void Tell(CacheEvent change)
    {
        if ((change.Now ?? change.Before) is not { } one || !observer.Concerns(one.Namespace, one.Name)) return;
        if (change.Now is { } now) observer.Put(now.As<T>());
        else observer.Remove(one.Namespace, one.Name);
    }
}
