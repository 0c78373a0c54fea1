using System.Text.Json.Serialization;

namespace Rempart.Api.Meta;

/// <summary>A number or a name, such as a port (Kubernetes <c>util/intstr</c>).</summary>
[JsonConverter(typeof(IntOrStringJsonConverter))]
public readonly record struct IntOrString
{
    /// <summary>A number.</summary>
    /// <param name="number">The number.</param>
    public IntOrString(int number) => Number = number;

    /// <summary>A name.</summary>
    /// <param name="text">The name.</param>
    public IntOrString(string text) => Text = text;

    /// <summary>The number, when it is one.</summary>
    public int? Number { get; }

    /// <summary>The name, when it is one.</summary>
    public string? Text { get; }
}
