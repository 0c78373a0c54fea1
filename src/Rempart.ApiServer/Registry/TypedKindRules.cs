using Rempart.Api.Meta;

namespace Rempart.ApiServer.Registry;

/// <summary>Rules that are written against the typed view.</summary>
internal abstract class TypedKindRules<T> : KindRules where T : ApiObject
{
    public sealed override void Validate(ApiObject document, ApiObject? old, FieldErrors errors) => Validate((T)document, (T?)old, errors);

    protected abstract void Validate(T document, T? old, FieldErrors errors);
}
