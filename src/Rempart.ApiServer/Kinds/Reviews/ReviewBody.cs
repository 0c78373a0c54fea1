using System.Text.Json;
using Rempart.Api;
using Rempart.Api.Meta;
using Rempart.ApiServer.Http;
using Rempart.ApiServer.Validation;

namespace Rempart.ApiServer.Kinds.Reviews;

/// <summary>Reading and answering kinds that are only asked.</summary>
internal static class ReviewBody
{
    public static async Task<T> ReadAsync<T>(RequestContext context, CancellationToken cancellationToken) where T : ApiObject
    {
        var body = await BodyReader.ReadJsonAsync(context.Http.Request, cancellationToken);
        var kind = KindInfo.Of<T>();
        var decoded = DocumentDecoder.Decode(body, Schemas.Of(kind), context.Query.FieldValidation);
        decoded.Missing.ThrowIfAny(kind, "");
        return decoded.As<T>();
    }

    public static ApiResult Answer<T>(T value) where T : ApiObject
    {
        var kind = KindInfo.Of<T>();
        ApiObject named = value with { ApiVersion = kind.ApiVersion, Kind = kind.Kind };
        return new JsonResult(201, JsonSerializer.SerializeToUtf8Bytes((T)named, ApiJson.Strict));
    }
}
