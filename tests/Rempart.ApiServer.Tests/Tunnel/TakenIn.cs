extern alias agent;

using agent::Rempart.Node.Volumes;
using Microsoft.Win32.SafeHandles;

namespace Rempart.ApiServer.Tests.Tunnel;

/// <summary>A store in which something happens between the moment that it has all of an image and its word of it.</summary>
internal sealed class TakenIn(IImageStore images, Func<Task> then) : IImageStore
{
    public Task<IReadOnlyList<ImageRecord>> ListAsync(CancellationToken cancellationToken) => images.ListAsync(cancellationToken);

    public Task<ImageRecord?> FindAsync(string digest, CancellationToken cancellationToken) => images.FindAsync(digest, cancellationToken);

    public async Task<ImageRecord> IngestAsync(ImageRequest request, Stream content, CancellationToken cancellationToken)
    {
        var record = await images.IngestAsync(request, content, cancellationToken);
        await then();
        return record;
    }

    public Task<ImageRecord> IngestFileAsync(ImageRequest request, string path, CancellationToken cancellationToken) => images.IngestFileAsync(request, path, cancellationToken);

    public Task<SafeFileHandle> OpenAsync(string digest, CancellationToken cancellationToken) => images.OpenAsync(digest, cancellationToken);

    public Task DeleteAsync(string digest, CancellationToken cancellationToken) => images.DeleteAsync(digest, cancellationToken);
}
