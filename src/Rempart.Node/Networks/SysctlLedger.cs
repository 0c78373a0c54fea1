using System.Globalization;

namespace Rempart.Node.Networks;

/// <summary>
/// Kernel settings that instances changed, with the value from before the first of them: the last one to leave restores it.
/// A folder a setting: `original`, and a file for each instance that holds it.
/// </summary>
/// <param name="stateFolder">shared by the host's instances; on a tmpfs, for the settings do not outlive a boot either.</param>
internal sealed class SysctlLedger(string stateFolder)
{
    private const int LockAttempts = 100;
    private static readonly TimeSpan _lockPause = TimeSpan.FromMilliseconds(50);

    private string Folder => Path.Combine(stateFolder, "sysctl");

    /// <summary>Sets <paramref name="key"/> to <paramref name="least"/> unless it is that or more.</summary>
    /// <returns>the value from before any instance; null when the kernel offers the setting only in the first network namespace.</returns>
    internal async Task<long?> HoldAsync(string key, long least, string instance, CancellationToken cancellation)
    {
        await using var held = await LockAsync(cancellation);
        var current = await ReadAsync(ProcPath(key), cancellation);
        var folder = Path.Combine(Folder, key);
        var original = Path.Combine(folder, "original");
        if (current < least)
        {
            if (!Holders(folder).Any())
            {
                Directory.CreateDirectory(folder);
                await WriteAtomicallyAsync(original, current, cancellation);
            }
            try
            {
                await File.WriteAllTextAsync(ProcPath(key), least.ToString(CultureInfo.InvariantCulture), cancellation);
            }
            catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
            {
                return null;
            }
        }
        if (!File.Exists(original)) return current;
        await File.WriteAllTextAsync(Path.Combine(folder, $"holder.{instance}"), "", cancellation);
        return await ReadAsync(original, cancellation);
    }

    /// <summary>Gives up all that <paramref name="instance"/> holds.</summary>
    internal async Task ReleaseAsync(string instance, CancellationToken cancellation)
    {
        if (!Directory.Exists(Folder)) return;
        await using var held = await LockAsync(cancellation);
        foreach (var folder in Directory.EnumerateDirectories(Folder).Order(StringComparer.Ordinal))
        {
            File.Delete(Path.Combine(folder, $"holder.{instance}"));
            if (Holders(folder).Any()) continue;
            var original = Path.Combine(folder, "original");
            if (File.Exists(original)) await RestoreAsync(ProcPath(Path.GetFileName(folder)), await ReadAsync(original, cancellation), cancellation);
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task RestoreAsync(string path, long value, CancellationToken cancellation)
    {
        try
        {
            await File.WriteAllTextAsync(path, value.ToString(CultureInfo.InvariantCulture), cancellation);
        }
        catch (UnauthorizedAccessException)
        {
            // Only in the first network namespace, and then it was not changed either.
        }
    }

    private static IEnumerable<string> Holders(string folder) => Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "holder.*") : [];

    private static string ProcPath(string key) => "/proc/sys/" + key.Replace('.', '/');

    private static async Task<long> ReadAsync(string path, CancellationToken cancellation) =>
        long.Parse((await File.ReadAllTextAsync(path, cancellation)).Trim(), CultureInfo.InvariantCulture);

    private static async Task WriteAtomicallyAsync(string path, long value, CancellationToken cancellation)
    {
        var temporary = path + ".new";
        await File.WriteAllTextAsync(temporary, value.ToString(CultureInfo.InvariantCulture), cancellation);
        File.Move(temporary, path, overwrite: true);
    }

    private async Task<FileStream> LockAsync(CancellationToken cancellation)
    {
        Directory.CreateDirectory(Folder);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return new FileStream(Path.Combine(stateFolder, "sysctl.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException exception)
            {
                if (attempt == LockAttempts) throw new NetworkSetupException($"another instance has held `{stateFolder}/sysctl.lock` for 5 s; is one hanging?", exception);
                await Task.Delay(_lockPause, TimeProvider.System, cancellation);
            }
        }
    }
}
