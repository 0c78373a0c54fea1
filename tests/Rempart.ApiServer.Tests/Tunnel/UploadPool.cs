extern alias agent;

using agent::Rempart.Node.Volumes;

namespace Rempart.ApiServer.Tests.Tunnel;

/// <summary>A node's real pool of images in a folder of its own, where nothing is converted.</summary>
internal sealed class UploadPool : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rempart-upload-").FullName;

    public UploadPool()
    {
        Pool = new PoolFolder(_folder);
        Pool.Prepare();
        Images = new DirectoryImages(Pool, new ImageConverter(new NoTool(), Pool, "/usr/bin/qemu-img", TimeProvider.System));
    }

    public PoolFolder Pool { get; }

    public DirectoryImages Images { get; }

    /// <summary>Every file in it.</summary>
    public IEnumerable<string> Left => Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories);

    public void Dispose()
    {
        Images.Dispose();
        Pool.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
