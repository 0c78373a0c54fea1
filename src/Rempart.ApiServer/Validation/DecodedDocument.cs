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

    /// <summary>Required fields that are missing; to be thrown once defaults are set. The typed view can't be made before.</summary>
    public required FieldErrors Missing { get; init; }

    /// <summary>The typed view.</summary>
    /// <typeparam name="T">Wire type that the schema was made from.</typeparam>
    public T As<T>() => JsonSerializer.Deserialize(Json, (JsonTypeInfo<T>)ApiJson.Lenient.GetTypeInfo(typeof(T)))!;

    /// <summary>The typed view.</summary>
    /// <param name="kind">Kind that the schema was made from.</param>
    public ApiObject As(KindInfo kind) => (ApiObject)JsonSerializer.Deserialize(Json, ApiJson.Lenient.GetTypeInfo(kind.ClrType))!;
}
