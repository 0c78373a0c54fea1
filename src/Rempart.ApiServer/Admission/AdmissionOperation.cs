namespace Rempart.ApiServer.Admission;

/// <summary>What a request does to an object.</summary>
internal enum AdmissionOperation
{
    /// <summary>The object is new.</summary>
    Create,

    /// <summary>The object is replaced or patched, or one of its subresources writes it.</summary>
    Update,

    /// <summary>The object is deleted.</summary>
    Delete,
}
