using Rempart.Api.Meta;
using Rempart.Api.Networking;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Kinds.Networking;

/// <summary>Rules of AddressClaims.</summary>
internal sealed class AddressClaimRules : TypedKindRules<AddressClaim>
{
    protected override void Validate(AddressClaim document, AddressClaim? old, FieldErrors errors)
    {
        errors.OneOf("spec.ownerKind", document.Spec.OwnerKind, "NetworkInterface", "Network");
        if (document.Spec.Value.Length is 0 or > 64) errors.Invalid("spec.value", document.Spec.Value, "must be a MAC address, an IP address or a subnet");
        if (old is not null) errors.Unchanged("spec", document.Spec, old.Spec);
    }
}
