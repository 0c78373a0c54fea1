namespace Rempart.ApiServer.Http;

/// <summary>One step that every request passes, in the order of the pipeline's list.</summary>
internal interface IRequestStage
{
    /// <summary>Finds out or does its part. Refuses by throwing <see cref="Api.Meta.ApiException"/>.</summary>
    ValueTask RunAsync(RequestContext context, CancellationToken cancellationToken);
}
