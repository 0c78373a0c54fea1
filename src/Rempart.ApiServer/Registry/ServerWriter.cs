using System.Text.Json;
using Rempart.Api;
using Rempart.Api.Meta;
using Rempart.ApiServer.Objects;
using Rempart.ApiServer.Validation;
using Rempart.Policy.Authorization;

namespace Rempart.ApiServer.Registry;

/// <summary>Writes as the server itself.</summary>
internal sealed class ServerWriter(KindTable kinds, ObjectWriter writer, ObjectRemover remover, Func<IWriteAudit> audit, TimeProvider time) : IObjectWriter
{
    /// <summary>Who the server is in the audit trail.</summary>
    public const string UserName = "system:apiserver";

    private const string Manager = "rempart-apiserver";

    private static readonly Caller Server = new() { Name = UserName, Groups = ["system:masters", "system:authenticated"], Method = "server" };

    public async ValueTask<T> CreateAsync<T>(T value, CancellationToken cancellationToken) where T : ApiObject
    {
        var call = Call<T>(value.Metadata.Namespace);
        return (await writer.CreateAsync(call, Decode(value, call), cancellationToken)).Object.As<T>();
    }

    public async ValueTask<T> UpdateAsync<T>(T value, CancellationToken cancellationToken) where T : ApiObject
    {
        var call = Call<T>(value.Metadata.Namespace);
        var decoded = Decode(value, call);
        return (await writer.ModifyAsync(call, value.Metadata.Name!, _ => decoded, cancellationToken)).Object.As<T>();
    }

    public async ValueTask DeleteAsync<T>(T value, CancellationToken cancellationToken) where T : ApiObject =>
        await remover.RemoveNowAsync(Call<T>(value.Metadata.Namespace), value.Metadata.Name!, value.Metadata.ResourceVersion, cancellationToken);

    private static DecodedDocument Decode<T>(T value, WriteCall call) where T : ApiObject =>
        DocumentDecoder.Decode(JsonSerializer.SerializeToUtf8Bytes(value, ApiJson.Strict), Schemas.Of(call.Target.Kind), FieldValidation.Strict);

    private WriteCall Call<T>(string? ns) where T : ApiObject
    {
        var target = kinds.Of(KindInfo.Of<T>());
        return new WriteCall { Target = target, Namespace = target.Kind.Namespaced ? ns : null, Caller = Server, Manager = Manager, Audit = audit(), ByServer = true, Now = time.GetUtcNow() };
    }
}
