using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Rempart.Api.Meta;

namespace Rempart.Cli.Diagnostics;

/// <summary>A compressed archive of texts. A part that can't be had is named in <c>errors.txt</c>, and the others go on.</summary>
internal sealed class DebugBundle : IDisposable
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly GZipStream _compressed;
    private readonly TarWriter _archive;
    private readonly StringBuilder _errors = new();
    private readonly DateTimeOffset _time;

    /// <param name="output">Gets the archive; closed with this.</param>
    /// <param name="time">When it was made.</param>
    public DebugBundle(Stream output, DateTimeOffset time)
    {
        _compressed = new GZipStream(output, CompressionLevel.Optimal);
        _archive = new TarWriter(_compressed, TarEntryFormat.Pax, leaveOpen: false);
        _time = time;
    }

    /// <summary>Parts that could not be had.</summary>
    public int Missing { get; private set; }

    /// <summary>Adds a file.</summary>
    public async Task AddAsync(string name, Func<CancellationToken, Task<byte[]>> read, CancellationToken cancellationToken)
    {
        byte[] content;
        try
        {
            content = await read(cancellationToken);
        }
        catch (Exception missing) when (missing is ApiException or CliException or IOException or UnauthorizedAccessException or HttpRequestException)
        {
            Missing++;
            _errors.Append(name).Append(": ").Append(missing.Message).Append('\n');
            return;
        }

        await WriteAsync(name, content, cancellationToken);
    }

    /// <summary>Ends the archive with the list of what is missing.</summary>
    public Task CompleteAsync(CancellationToken cancellationToken) => WriteAsync("errors.txt", Encoding.UTF8.GetBytes(_errors.ToString()), cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        _archive.Dispose();
        _compressed.Dispose();
    }

    /// <summary>Names of nodes and kinds are the server's words: none of them leads out of the archive's folder.</summary>
    private static string Safe(string name) => string.Join('/', name.Split('/').Select(part => part is "." or ".." or "" ? "_" : string.Concat(part.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' ? c : '_'))));

    private async Task WriteAsync(string name, byte[] content, CancellationToken cancellationToken)
    {
        using var data = new MemoryStream(content);
        await _archive.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, $"rempart-debug/{Safe(name)}") { DataStream = data, Mode = Private, ModificationTime = _time }, cancellationToken);
    }
}
