namespace Rempart.ApiServer.Validation;

/// <summary>What becomes of unknown and duplicate fields (query parameter <c>fieldValidation</c>).</summary>
internal enum FieldValidation
{
    /// <summary>The request fails. The default here; stricter than kube-apiserver, whose default is Warn.</summary>
    Strict,

    /// <summary>They are dropped, and the answer carries a Warning header for each.</summary>
    Warn,

    /// <summary>They are dropped in silence.</summary>
    Ignore,
}
