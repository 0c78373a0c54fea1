namespace Rempart.Server.Bootstrap;

/// <summary><c>rempart-server rotate-token-key</c>.</summary>
public static class RotateTokenKeyCommand
{
    private const int Usage = 64;

    /// <summary>Runs it.</summary>
    /// <param name="arguments">What follows the verb.</param>
    /// <param name="output">Told what to do next.</param>
    /// <param name="errors">Told what is wrong.</param>
    /// <returns>0, 1 when it failed, 64 when the arguments are wrong.</returns>
    public static int Run(IReadOnlyList<string> arguments, TextWriter output, TextWriter errors)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(errors);
        if (arguments is not ["--data", var data])
        {
            errors.WriteLine("usage: rempart-server rotate-token-key --data DIR");
            return Usage;
        }

        try
        {
            var folder = new DataFolder(Path.GetFullPath(data));
            if (!File.Exists(folder.Settings)) throw new BootstrapException($"`{folder.Root}` holds no cluster");
            // Keys that can't be read are told of before they are put behind another one.
            foreach (var key in KeyStore.Keys(folder.TokenKeys)) key.Dispose();
            KeyStore.Prepend(folder.TokenKeys);
            output.WriteLine($"wrote {folder.TokenKeys}: restart the server to sign with the new key; tokens of the two keys before it count until they end, a day at most");
            return 0;
        }
        catch (Exception e) when (e is BootstrapException or IOException or UnauthorizedAccessException)
        {
            errors.WriteLine($"rempart-server rotate-token-key: {e.Message}");
            return 1;
        }
    }
}
