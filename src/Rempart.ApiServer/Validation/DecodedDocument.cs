using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Rempart.Api;
using Rempart.Api.Meta;

namespace Rempart.ApiServer.Validation;

/// <summary>A document that follows its schema: no unknown field, no duplicate, no null, every type right.</summary>
internal sealed record DecodedDocument
{
    /// <summary>The document in UTF-8, <c>apiVersion</c> and <c>kind</c> first, no white space.</summary>
    public required byte[] Json { get; init; }

    /// <summary>One sentence for each field that was dropped; empty unless validation is <see cref="FieldValidation.Warn"/>.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Required fields that the client left out; defaults may still set them (<see cref="RequiredFields"/> looks again).</summary>
    public required FieldErrors Missing { get; init; }

    /// <summary>The typed view.</summary>
    /// <typeparam name="T">Wire type that the schema was made from.</typeparam>
    /// <exception cref="ApiException">400: a required field is missing.</exception>
    public T As<T>() => Missing.Count == 0
        ? JsonSerializer.Deserialize(Json, (JsonTypeInfo<T>)ApiJson.Lenient.GetTypeInfo(typeof(T)))!
        : throw ApiException.Failure(400, StatusReason.BadRequest, $"the body lacks {string.Join(", ", Missing.Causes.Select(c => $"`{c.Field}`"))}", new StatusDetails { Causes = Missing.Causes });

    /// <summary>The typed view of an object.</summary>
    /// <param name="kind">Kind that the schema was made from.</param>
    public ApiObject As(KindInfo kind) => (ApiObject)JsonSerializer.Deserialize(Json, ApiJson.Lenient.GetTypeInfo(kind.ClrType))!;
}
