using Rempart.Api.Meta;
using Rempart.Api.Storage;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Kinds.Storage;

/// <summary>Rules of StoragePools.</summary>
internal sealed class StoragePoolRules : TypedKindRules<StoragePool>
{
    protected override void Validate(StoragePool document, StoragePool? old, FieldErrors errors)
    {
        errors.OneOf("spec.type", document.Spec.Type, "Directory");
        if (old is not null) errors.Unchanged("spec.type", document.Spec.Type, old.Spec.Type);
    }
}
