namespace Rempart.Cli.Resources;

/// <summary>A kind as the server's discovery describes it.</summary>
internal sealed record ResourceType
{
    /// <summary>API group, empty for the core group.</summary>
    public required string Group { get; init; }

    /// <summary>Version.</summary>
    public required string Version { get; init; }

    /// <summary>Kind.</summary>
    public required string Kind { get; init; }

    /// <summary>Plural, as in paths.</summary>
    public required string Plural { get; init; }

    /// <summary>Singular.</summary>
    public required string Singular { get; init; }

    /// <summary>Short names.</summary>
    public IReadOnlyList<string> ShortNames { get; init; } = [];

    /// <summary>Categories such as <c>all</c>.</summary>
    public IReadOnlyList<string> Categories { get; init; } = [];

    /// <summary>False for cluster-scoped kinds.</summary>
    public required bool Namespaced { get; init; }

    /// <summary>Verbs that the server supports.</summary>
    public IReadOnlyList<string> Verbs { get; init; } = [];

    /// <summary><c>group/version</c>, or the version for the core group.</summary>
    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary><c>plural.group</c>, as kubectl prints names.</summary>
    public string GroupResource => Group.Length == 0 ? Plural : $"{Plural}.{Group}";

    /// <summary>Path of the collection, or of an object.</summary>
    /// <param name="ns">Namespace; null for all of them.</param>
    /// <param name="name">Object's name.</param>
    /// <param name="subresource">Subresource.</param>
    public string Path(string? ns, string? name = null, string? subresource = null)
    {
        var path = Group.Length == 0 ? $"/api/{Version}" : $"/apis/{Group}/{Version}";
        if (Namespaced && ns is not null) path += $"/namespaces/{Uri.EscapeDataString(ns)}";
        path += "/" + Plural;
        if (name is not null) path += "/" + Uri.EscapeDataString(name);
        return subresource is null ? path : $"{path}/{subresource}";
    }

    /// <summary>True when a person may mean this kind by a word: plural, singular, short name, kind, or <c>plural.group</c>.</summary>
    /// <param name="word">What the person wrote.</param>
    public bool Answers(string word)
    {
        if (ShortNames.Contains(word)) return true;
        if (word.Equals(Plural, StringComparison.OrdinalIgnoreCase) || word.Equals(Singular, StringComparison.OrdinalIgnoreCase) || word.Equals(Kind, StringComparison.OrdinalIgnoreCase)) return true;
        return Group.Length > 0 && (word == $"{Plural}.{Group}" || word == $"{Plural}.{Version}.{Group}");
    }
}
