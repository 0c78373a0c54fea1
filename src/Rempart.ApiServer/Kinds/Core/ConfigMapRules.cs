using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Kinds.Core;

/// <summary>Rules of ConfigMaps.</summary>
internal sealed class ConfigMapRules : TypedKindRules<ConfigMap>
{
    private const int MostBytes = 1024 * 1024;

    protected override void Validate(ConfigMap document, ConfigMap? old, FieldErrors errors)
    {
        var size = DataRules.Check(errors, "data", document.Data, v => System.Text.Encoding.UTF8.GetByteCount(v))
            + DataRules.Check(errors, "binaryData", document.BinaryData, v => v.Length);
        if (size > MostBytes) errors.TooLong("", MostBytes);
        foreach (var key in (document.BinaryData ?? new Dictionary<string, byte[]>()).Keys.Where(k => document.Data?.ContainsKey(k) == true))
        {
            errors.Invalid($"data[{key}]", key, "duplicate of key present in binaryData");
        }

        if (old?.Immutable != true) return;
        if (document.Immutable != true) errors.Forbidden("immutable", "field is immutable when `immutable` is set");
        errors.Unchanged("data", document.Data, old.Data);
        errors.Unchanged("binaryData", document.BinaryData, old.BinaryData);
    }
}
