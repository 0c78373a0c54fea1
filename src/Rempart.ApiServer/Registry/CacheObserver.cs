using Rempart.Api.Meta;
using Rempart.ApiServer.Objects;
using Rempart.ApiServer.Watch;

namespace Rempart.ApiServer.Registry;

/// <summary>Hands typed views of the changes to an observer.</summary>
internal sealed class CacheObserver<T>(IObjectObserver<T> observer) : ICacheObserver where T : ApiObject
{
    public void Tell(CacheEvent change)
    {
        if (change.Now is { } now) observer.Put(now.As<T>());
        else if (change.Before is { } gone) observer.Remove(gone.Namespace, gone.Name);
    }
}
