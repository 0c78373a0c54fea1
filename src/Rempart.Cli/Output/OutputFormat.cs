namespace Rempart.Cli.Output;

/// <summary>What <c>-o</c> asks for.</summary>
internal enum OutputFormat
{
    /// <summary>Columns for people.</summary>
    Table,

    /// <summary>All columns.</summary>
    Wide,

    /// <summary>JSON.</summary>
    Json,

    /// <summary>YAML.</summary>
    Yaml,

    /// <summary>One <c>resource/name</c> a line.</summary>
    Name,
}
