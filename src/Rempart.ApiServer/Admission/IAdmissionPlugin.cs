namespace Rempart.ApiServer.Admission;

/// <summary>
/// One step of admission. All plugins mutate in order, then the kind's rules validate, then all plugins validate in order.
/// A plugin refuses by throwing <see cref="Api.Meta.ApiException"/>; any other exception refuses the request with 500.
/// </summary>
internal interface IAdmissionPlugin
{
    /// <summary>Name for the audit trail and for errors.</summary>
    string Name { get; }

    /// <summary>May change <see cref="AdmissionRequest.Object"/>.</summary>
    /// <param name="request">The write.</param>
    /// <param name="cancellationToken">Gives up.</param>
    ValueTask MutateAsync(AdmissionRequest request, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>Sees the final document.</summary>
    /// <param name="request">The write.</param>
    /// <param name="cancellationToken">Gives up.</param>
    ValueTask ValidateAsync(AdmissionRequest request, CancellationToken cancellationToken) => ValueTask.CompletedTask;
}
