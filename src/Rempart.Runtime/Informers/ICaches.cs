using Rempart.Api.Client;
using Rempart.Api.Meta;

namespace Rempart.Runtime.Informers;

/// <summary>The caches of all kinds that somebody reads.</summary>
public interface ICaches
{
    /// <summary>The cache of a kind that was declared as an input: of the whole collection, or of the one part that is read.</summary>
    ICache<T> Of<T>() where T : ApiObject;

    /// <summary>The same for one part of a kind of which several are read.</summary>
    ICache<T> Of<T>(ListQuery query) where T : ApiObject;

    /// <summary>The metadata of a kind that was declared with <see cref="Controllers.ControllerInput.Lifetime"/>.</summary>
    ICache<LifetimeMetadata> LifetimeOf(KindInfo kind);
}
